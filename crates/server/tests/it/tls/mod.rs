//! The server over TLS.

mod app;
mod begin;
mod bodies;
mod certificates;
mod client;
mod ends;
mod files;
mod http2;
mod reload;
mod wrong_port;

use catzilla_server::{MountConfig, ServerBuilder};

use crate::site::Site;
use client::TlsClient;
use files::Files;

/// A site that speaks TLS.
pub(crate) struct Secure {
    pub(crate) site: Site,
    pub(crate) files: Files,
}

impl Secure {
    pub(crate) fn start(files: &[(&str, &[u8])]) -> Self {
        Self::with(files, |server| server, |mount| mount)
    }

    pub(crate) fn with(
        content: &[(&str, &[u8])],
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
        mount: impl FnOnce(MountConfig) -> MountConfig,
    ) -> Self {
        let files = Files::new();
        let config = files.config().unwrap();
        let with_tls = |builder: ServerBuilder| {
            server(builder.listen_tls("127.0.0.1:0".parse().unwrap(), &config))
        };
        Self { site: Site::with(content, with_tls, mount), files }
    }

    /// A client that trusts the first certificate of the site.
    pub(crate) fn connect(&self) -> TlsClient {
        TlsClient::connect(self.site.address(), &self.files.client()).expect("a handshake")
    }
}
