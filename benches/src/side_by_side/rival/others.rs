//! h2o, Caddy, static-web-server, and what a program of one page makes of hyper.

use super::{Also, BACKLOG, NO_HTTP2, Rival};

/// It takes its backlog from the kernel's `somaxconn`.
pub(super) const H2O: Rival = Rival {
    name: "h2o",
    about: "one thread, gzip, no log",
    program: "h2o",
    version: &["--version"],
    prefix: "",
    is_ours: false,
    lacks: &[],
    most_connections: None,
    command: |setting| {
        let (port, root) = (setting.address.port(), setting.root_text());
        let tls = setting.tls.map_or(String::new(), |tls| {
            format!(
                "  ssl:\n    certificate-file: \"{}\"\n    key-file: \"{}\"\n    minimum-version: TLSv1.2\n",
                tls.cert.display(),
                tls.key.display(),
            )
        });
        let text = format!(
            "listen:\n  host: 127.0.0.1\n  port: {port}\n{tls}num-threads: 1\nmax-connections: 20000\nhttp1-request-timeout: 65\ncompress: [ gzip ]\n\
             {}hosts:\n  default:\n    paths:\n      /:\n        file.dir: \"{root}\"\n",
            if rustix::process::getuid().is_root() { "user: root\n" } else { "" },
        );
        let file = setting.write("h2o.conf", &text)?;
        Ok(setting.run(["-c".as_ref(), file.as_os_str()]))
    },
};

/// It takes its backlog from the kernel's `somaxconn`.
pub(super) const CADDY: Rival = Rival {
    name: "caddy",
    about: "file_server, encode gzip, GOMAXPROCS=1",
    program: "caddy",
    version: &["version"],
    prefix: "",
    is_ours: false,
    lacks: &[],
    most_connections: None,
    command: |setting| {
        let (port, root) = (setting.address.port(), setting.root_text());
        let text = format!(
            "{{\n\tadmin off\n\tauto_https off\n\tservers {{\n\t\tprotocols h1 h2c\n\t}}\n}}\n\nhttp://:{port} {{\n\tbind 127.0.0.1\n\troot * {root}\n\t\
             encode gzip\n\tfile_server\n}}\n",
        );
        let file = setting.write("Caddyfile", &text)?;
        let mut command = setting.run(["run", "--adapter", "caddyfile", "--config"]).also([file]);
        command.env("GOMAXPROCS", "1").env("HOME", setting.folder);
        Ok(command)
    },
};

pub(super) const STATIC_WEB_SERVER: Rival = Rival {
    name: "static-web-server",
    about: "as it comes (compresses), one thread, log at error",
    program: "static-web-server",
    version: &["--version"],
    prefix: "",
    is_ours: false,
    lacks: &[
        NO_HTTP2,
        ("ranges", "of several ranges it sends the first"),
        ("connect", "it closes without saying so, which clients take for a broken connection"),
    ],
    most_connections: None,
    command: |setting| {
        let root = setting.root_text();
        Ok(setting
            .run(["--host=127.0.0.1", "--threads-multiplier=1", "--log-level=error", "--root"])
            .also([&root, "--port"])
            .arg_port(setting))
    },
};

/// Not of ours, although its few lines are in this repository: what it does is hyper's and tower-http's.
pub(super) const HYPER: Rival = Rival {
    name: "hyper",
    about: "hyper with ServeDir of tower-http on tokio, one thread",
    program: "hyper-files",
    version: &["--version"],
    prefix: "",
    is_ours: false,
    lacks: &[("ranges", "ServeDir answers several ranges with 416")],
    most_connections: None,
    command: |setting| {
        let backlog = BACKLOG.to_string();
        let protocol = if setting.is_http2 { "http2" } else { "http1" };
        Ok(setting
            .run(["serve-dir", &setting.root_text(), &backlog])
            .arg_port(setting)
            .also([protocol]))
    },
};
