//! nginx: tuned as its users are told to, the same without `open_file_cache`, and as Debian ships it.

use std::process::Command;

use anyhow::Result;

use super::{BACKLOG, Certificate, HTTP2, Rival, Setting};

const OPEN_FILE_CACHE: &str = "open_file_cache max=20000 inactive=60s; open_file_cache_valid 60s; \
    open_file_cache_min_uses 1;";

const QUIET: &str = "access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; \
    keepalive_requests 100000000; keepalive_timeout 65;";

/// On the fly, for each response anew.
const GZIP: &str = "gzip on; gzip_comp_level 6; \
    gzip_types text/css application/javascript text/javascript application/json image/svg+xml;";

/// What Debian's configuration allows.
const SHIPPED_CONNECTIONS: usize = 768;

pub(super) const TUNED: Rival = Rival {
    name: "nginx",
    about: "tuned: open_file_cache, sendfile, tcp_nopush, gzip of level 6, no log, one worker",
    command: |setting| {
        start(setting, &tuned(setting, &format!("{QUIET} {OPEN_FILE_CACHE} {GZIP}")))
    },
    ..NGINX
};

pub(super) const UNCACHED: Rival = Rival {
    name: "nginx-uncached",
    about: "the same without open_file_cache",
    command: |setting| start(setting, &tuned(setting, &format!("{QUIET} {GZIP}"))),
    ..NGINX
};

pub(super) const SHIPPED: Rival = Rival {
    name: "nginx-shipped",
    about: "as Debian ships it (log, gzip of level 1 for HTML, 768 connections), one worker",
    lacks: &[(HTTP2, "as it is shipped it speaks no HTTP/2")],
    // One of them is the listener's.
    most_connections: Some(SHIPPED_CONNECTIONS - 1),
    command: |setting| start(setting, &shipped(setting)),
    ..NGINX
};

const NGINX: Rival = Rival {
    name: "",
    about: "",
    program: "nginx",
    version: &["-v"],
    prefix: "",
    is_ours: false,
    lacks: &[],
    most_connections: None,
    command: |setting| start(setting, ""),
};

/// The same number of connections for all workloads: nginx holds memory for them.
fn tuned(setting: &Setting<'_>, settings: &str) -> String {
    let (speaks, tls) = match setting.tls {
        // On such a port it speaks nothing else.
        None if setting.is_http2 => (" http2", String::new()),
        None => ("", String::new()),
        Some(tls) if setting.is_http2 => (" ssl http2", tls_settings(tls)),
        Some(tls) => (" ssl", tls_settings(tls)),
    };
    format!(
        "worker_processes 1; worker_rlimit_nofile 20000; daemon off; pid nginx.pid;\n\
         error_log stderr crit;\n\
         events {{ worker_connections 19000; }}\n\
         http {{\n  include /etc/nginx/mime.types; default_type application/octet-stream;\n  {settings}\n  \
         server {{ listen {}{speaks} backlog={BACKLOG};{tls} root \"{}\"; }}\n}}\n",
        setting.address,
        setting.root_text(),
    )
}

/// The versions that ours has, and sessions kept, as its users are told to.
fn tls_settings(tls: &Certificate) -> String {
    format!(
        " ssl_certificate \"{}\"; ssl_certificate_key \"{}\"; ssl_protocols TLSv1.2 TLSv1.3; \
         ssl_session_cache shared:tls:10m;",
        tls.cert.display(),
        tls.key.display(),
    )
}

/// Debian's `nginx.conf` and its default site. It differs in what a run beside others needs: one worker, in the
/// foreground, files in a folder of its own, the folder and port that are measured, no modules and no other sites.
fn shipped(setting: &Setting<'_>) -> String {
    format!(
        "worker_processes 1;\npid nginx.pid;\nerror_log error.log;\ndaemon off;\n\n\
         events {{\n\tworker_connections {SHIPPED_CONNECTIONS};\n}}\n\n\
         http {{\n\tsendfile on;\n\ttcp_nopush on;\n\ttypes_hash_max_size 2048;\n\n\
         \tinclude /etc/nginx/mime.types;\n\tdefault_type application/octet-stream;\n\n\
         \taccess_log access.log;\n\n\tgzip on;\n\n\
         \tserver {{\n\t\tlisten {} default_server;\n\t\troot {};\n\
         \t\tindex index.html index.htm index.nginx-debian.html;\n\t\tserver_name _;\n\
         \t\tlocation / {{\n\t\t\ttry_files $uri $uri/ =404;\n\t\t}}\n\t}}\n}}\n",
        setting.address,
        setting.root_text(),
    )
}

fn start(setting: &Setting<'_>, text: &str) -> Result<Command> {
    // Its worker would be somebody who may not read the files that are measured.
    let user = if rustix::process::getuid().is_root() { "user root;\n" } else { "" };
    setting.write("nginx.conf", &format!("{user}{text}"))?;
    let folder = setting.folder.as_os_str();
    Ok(setting.run(["-p".as_ref(), folder, "-c".as_ref(), "nginx.conf".as_ref()]))
}
