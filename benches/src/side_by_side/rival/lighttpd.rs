//! lighttpd, without its log.

use super::Rival;

pub(super) const LIGHTTPD: Rival = Rival {
    name: "lighttpd",
    about: "as it comes, no log, connections kept alive",
    program: "lighttpd",
    version: &["-v"],
    prefix: "",
    command: |setting| {
        let text = format!(
            "server.document-root = \"{}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {}\n\
             server.max-connections = 16384\nserver.max-fds = 20000\n\
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
