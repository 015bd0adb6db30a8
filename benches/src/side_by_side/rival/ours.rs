//! What is of this repository: the server, with its cache and without, and the floor.

use std::process::Command;

use super::{Also, BACKLOG, HTTP2, Rival, Setting};

/// The server as it comes.
pub(in crate::side_by_side) const CATZILLA: Rival = Rival {
    name: "catzilla",
    about: "as it comes, one thread",
    program: "catzilla",
    version: &["--version"],
    prefix: "",
    is_ours: true,
    lacks: &[],
    most_connections: None,
    command: |setting| Ok(serve(setting, &[])),
};

/// The same without its cache.
pub(super) const UNCACHED: Rival = Rival {
    name: "catzilla-no-cache",
    about: "--no-cache, one thread",
    command: |setting| Ok(serve(setting, &["--no-cache"])),
    ..CATZILLA
};

/// Our service, where others have `ServeDir`.
pub(super) const HYPER_SERVICE: Rival = Rival {
    name: "hyper-service",
    about: "hyper with our StaticService on tokio, one thread",
    program: "hyper-files",
    command: |setting| {
        let (root, backlog) = (setting.root_text(), BACKLOG.to_string());
        let protocol = if setting.is_http2 { "http2" } else { "http1" };
        let command = setting.run(["static-service", &root, &backlog]);
        Ok(command.arg_port(setting).also([protocol]))
    },
    ..CATZILLA
};

/// The loop that only receives and sends.
pub(super) const FLOOR: Rival = Rival {
    name: "floor",
    about: "receives, sends a constant",
    program: "floor",
    version: &[],
    lacks: &[(HTTP2, "it speaks HTTP/1.1 alone")],
    command: |setting| {
        let mut command = setting.run([""; 0]).arg_port(setting);
        command.arg(setting.size.to_string());
        if setting.closes {
            command.arg("close");
        }
        Ok(command)
    },
    ..CATZILLA
};

fn serve(setting: &Setting<'_>, flags: &[&str]) -> Command {
    let mut command = setting.run(["serve", &setting.root_text(), "-q", "--threads", "1"]);
    command.args(flags);
    if let Some(tls) = setting.tls {
        command.arg("--tls-cert").arg(&tls.cert).arg("--tls-key").arg(&tls.key);
    }
    command.also(["--port"]).arg_port(setting)
}
