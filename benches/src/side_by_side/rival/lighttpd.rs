//! lighttpd, without its log.

use std::path::Path;

use super::{BACKLOG, Rival};

/// What it has compressed is kept in `deflate.cache-dir`, as our cache keeps it.
const DEFLATE: &str = "server.modules += ( \"mod_deflate\" )\ndeflate.allowed-encodings = ( \"gzip\" )\n\
    deflate.mimetypes = ( \"text/html\", \"text/javascript\", \"text/css\", \"image/svg+xml\" )\n";

/// Debian has it in a package of its own, and lighttpd doesn't start without what it is told to load.
fn has_deflate() -> bool {
    let folders = ["/usr/lib/lighttpd", "/usr/lib64/lighttpd", "/usr/local/lib"];
    folders.iter().any(|folder| Path::new(folder).join("mod_deflate.so").is_file())
}

pub(super) const LIGHTTPD: Rival = Rival {
    name: "lighttpd",
    about: "mod_deflate with a folder to keep what it has compressed, no log, connections kept alive",
    program: "lighttpd",
    version: &["-v"],
    prefix: "",
    is_ours: false,
    lacks: &[],
    most_connections: None,
    command: |setting| {
        let deflate = if has_deflate() {
            let kept = setting.folder.join("compressed");
            std::fs::create_dir_all(&kept)?;
            format!("{DEFLATE}deflate.cache-dir = \"{}\"\n", kept.display())
        } else {
            String::new()
        };
        let text = format!(
            "{deflate}server.document-root = \"{}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {}\n\
             server.listen-backlog = {BACKLOG}\nserver.max-connections = 16384\nserver.max-fds = 20000\n\
             server.max-keep-alive-requests = 100000000\nserver.max-keep-alive-idle = 65\n\
             index-file.names = ( \"index.html\" )\n\
             mimetype.assign = ( \".html\" => \"text/html\", \".js\" => \"text/javascript\",\n  \
             \".css\" => \"text/css\", \".svg\" => \"image/svg+xml\", \".woff2\" => \"font/woff2\",\n  \
             \"\" => \"application/octet-stream\" )\n",
            setting.root_text(),
            setting.address.port(),
        );
        let file = setting.write("lighttpd.conf", &text)?;
        Ok(setting.run(["-D".as_ref(), "-f".as_ref(), file.as_os_str()]))
    },
};
