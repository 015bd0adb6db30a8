//! What is of this repository: the server, with its cache and without, and the floor.

use super::{Also, HTTP2, Rival};

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
    command: |setting| {
        Ok(setting
            .run(["serve", &setting.root_text(), "-q", "--threads", "1", "--port"])
            .arg_port(setting))
    },
};

/// The same without its cache.
pub(super) const UNCACHED: Rival = Rival {
    name: "catzilla-no-cache",
    about: "--no-cache, one thread",
    command: |setting| {
        Ok(setting
            .run(["serve", &setting.root_text(), "-q", "--threads", "1", "--no-cache", "--port"])
            .arg_port(setting))
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
