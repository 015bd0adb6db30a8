//! What Python has: Granian's mount, Starlette on uvicorn, and the Catzilla of before.

use super::{Also, BACKLOG, NO_HTTP2, Rival};

/// The smallest application, for servers that insist on one.
const APPLICATION: &str = "async def app(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 404, 'headers': []})
    await send({'type': 'http.response.body', 'body': b''})
";

pub(super) const GRANIAN: Rival = Rival {
    name: "granian",
    about: "static mount, one worker, one thread",
    program: "granian",
    version: &["--version"],
    // A mount of / finds nothing.
    prefix: "/static",
    is_ours: false,
    lacks: &[NO_HTTP2],
    most_connections: None,
    command: |setting| {
        setting.write("app.py", APPLICATION)?;
        let (port, root) = (setting.address.port().to_string(), setting.root_text());
        Ok(setting
            .run(["--interface", "asgi", "--log-level", "error", "--host", "127.0.0.1"])
            .also(["--backlog".to_owned(), BACKLOG.to_string()])
            .also(["--port", &port, "--static-path-route", "/static", "--static-path-mount", &root])
            .also(["app:app"]))
    },
};

pub(super) const STARLETTE: Rival = Rival {
    name: "starlette",
    about: "StaticFiles on uvicorn, no log, one worker; GZipMiddleware under compressed",
    program: "uvicorn",
    version: &["--version"],
    prefix: "",
    is_ours: false,
    lacks: &[NO_HTTP2],
    most_connections: None,
    command: |setting| {
        let mut text = format!(
            "from starlette.staticfiles import StaticFiles\napp = StaticFiles(directory={:?}, html=True)\n",
            setting.root_text()
        );
        if setting.compresses {
            text +=
                "from starlette.middleware.gzip import GZipMiddleware\napp = GZipMiddleware(app)\n";
        }
        setting.write("app.py", &text)?;
        let port = setting.address.port().to_string();
        Ok(setting.run(["--host", "127.0.0.1", "--port", &port, "--no-access-log"]).also([
            "--log-level",
            "error",
            "--timeout-keep-alive",
            "65",
            "--backlog",
            &BACKLOG.to_string(),
            "app:app",
        ]))
    },
};

pub(super) const CATZILLA_02: Rival = Rival {
    name: "catzilla-0.2",
    about: "mount_static of Catzilla 0.2.3, C and libuv",
    program: "python",
    version: &["-c", "import importlib.metadata as m; print(m.version('catzilla'))"],
    // Its mount of / matches nothing but /.
    prefix: "/static",
    is_ours: false,
    lacks: &[NO_HTTP2, ("connect", "it keeps connections that are to be closed")],
    most_connections: None,
    command: |setting| {
        let text = format!(
            "from catzilla import Catzilla\n\
             app = Catzilla(production=True, show_banner=False, log_requests=False)\n\
             app.mount_static('/static', {:?})\napp.listen(port={}, host='127.0.0.1')\n",
            setting.root_text(),
            setting.address.port(),
        );
        let file = setting.write("catzilla_02.py", &text)?;
        Ok(setting.run([file]))
    },
};
