//! nginx: tuned as its users are told to, the same without `open_file_cache`, and as Debian ships it.

use std::process::Command;

use anyhow::Result;

use super::{Rival, Setting};

const OPEN_FILE_CACHE: &str = "open_file_cache max=20000 inactive=60s; open_file_cache_valid 60s; \
    open_file_cache_min_uses 1;";

const QUIET: &str = "access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; \
    keepalive_requests 100000000; keepalive_timeout 65;";

/// On the fly, for each response anew.
const GZIP: &str = "gzip on; gzip_comp_level 6; \
    gzip_types text/css application/javascript text/javascript application/json image/svg+xml;";

/// As Debian's `nginx.conf` has it, but for the number of workers.
const SHIPPED_SETTINGS: &str =
    "sendfile on; tcp_nopush on; types_hash_max_size 2048; access_log access.log; gzip on;";

pub(super) const TUNED: Rival = Rival {
    name: "nginx",
    about: "tuned: open_file_cache, sendfile, tcp_nopush, gzip of level 6, no log, one worker",
    command: |setting| start(setting, &format!("{QUIET} {OPEN_FILE_CACHE} {GZIP}")),
    ..NGINX
};

pub(super) const UNCACHED: Rival = Rival {
    name: "nginx-uncached",
    about: "the same without open_file_cache",
    command: |setting| start(setting, &format!("{QUIET} {GZIP}")),
    ..NGINX
};

pub(super) const SHIPPED: Rival = Rival {
    name: "nginx-shipped",
    about: "as Debian ships it (log, gzip), one worker",
    command: |setting| start(setting, SHIPPED_SETTINGS),
    ..NGINX
};

const NGINX: Rival = Rival {
    name: "",
    about: "",
    program: "nginx",
    version: &["-v"],
    prefix: "",
    command: |setting| start(setting, ""),
};

fn start(setting: &Setting<'_>, settings: &str) -> Result<Command> {
    let text = format!(
        "{}worker_processes 1; worker_rlimit_nofile 20000; daemon off; pid nginx.pid;\n\
         error_log stderr crit;\n\
         events {{ worker_connections 19000; }}\n\
         http {{\n  include /etc/nginx/mime.types; default_type application/octet-stream;\n  {settings}\n  \
         server {{ listen {} reuseport backlog=4096; root \"{}\"; }}\n}}\n",
        if rustix::process::getuid().is_root() { "user root;\n" } else { "" },
        setting.address,
        setting.root_text(),
    );
    setting.write("nginx.conf", &text)?;
    let folder = setting.folder.as_os_str();
    Ok(setting.run(["-p".as_ref(), folder, "-c".as_ref(), "nginx.conf".as_ref()]))
}
