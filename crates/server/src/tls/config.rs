//! What an address needs to speak TLS.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ServerSessionMemoryCache;

use super::certificates::Certificates;
use super::error::{Problem, TlsError};
use super::protocol::Protocol;

/// Sessions that are remembered for clients without tickets: TLS 1.2 of long ago.
const MAX_SESSIONS: usize = 1024;

/// A certificate and its key, and how TLS is spoken with them: versions 1.2 and 1.3, with the defaults of rustls,
/// sessions resumed by tickets whose keys change every six hours.
///
/// Cheap to clone: clones share the certificate, and exchange it together. Give it to
/// [`ServerBuilder::listen_tls`](crate::ServerBuilder::listen_tls).
#[derive(Debug, Clone)]
pub struct TlsConfig {
    certificates: Arc<Certificates>,
    rustls: Arc<ServerConfig>,
    reloads_on_change: bool,
}

impl TlsConfig {
    /// Reads a certificate with those above it, the server's own first, and its private key (PKCS#8, PKCS#1 or SEC1),
    /// both in PEM form. The files are read again by [`Handle::reload_tls`](crate::Handle::reload_tls), and when they
    /// change. Waits for the disk.
    ///
    /// Whether the time of the certificate is over is no matter here: a server starts with it, and warns. A browser
    /// can be told to go on with an expired certificate, and with none at all it can't.
    ///
    /// # Errors
    /// When a file can't be read, holds something else, or the key is of another certificate. The message says which
    /// file, and how to mend it.
    pub fn from_pem_files(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let library = |err| TlsError::new(&certificate, Problem::Library(err));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(library)?
            .with_no_client_auth();
        let ticketer = aws_lc_rs::Ticketer::new().map_err(library)?;
        let certificates = Arc::new(Certificates::read(certificate.clone(), key, provider)?);
        let mut rustls = builder.with_cert_resolver(Arc::clone(&certificates) as _);
        rustls.alpn_protocols = Protocol::names();
        rustls.ticketer = ticketer;
        rustls.session_storage = ServerSessionMemoryCache::new(MAX_SESSIONS);
        Ok(Self { certificates, rustls: Arc::new(rustls), reloads_on_change: true })
    }

    /// Whether the files are looked at once a second, and read again when they have changed and were quiet for that
    /// long. Default: yes.
    #[must_use]
    pub fn reload_on_change(mut self, on: bool) -> Self {
        self.reloads_on_change = on;
        self
    }

    /// Reads the files again, for this and all its clones; waits for the disk. What is wrong with them leaves what is shown as
    /// it is, and is logged. [`Handle::reload_tls`](crate::Handle::reload_tls) does this for all of a server.
    ///
    /// # Errors
    /// As [`from_pem_files`](Self::from_pem_files), and when the time of the certificate is over or has not come.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.certificates.reload(SystemTime::now())
    }

    /// The files that clones share.
    pub(crate) fn certificates(&self) -> &Arc<Certificates> {
        &self.certificates
    }

    pub(crate) fn rustls(&self) -> &Arc<ServerConfig> {
        &self.rustls
    }

    pub(crate) fn reloads_on_change(&self) -> bool {
        self.reloads_on_change
    }
}

/// Each certificate once, however many addresses show it.
pub(crate) fn distinct<'a>(configs: impl Iterator<Item = &'a TlsConfig>) -> Vec<TlsConfig> {
    let mut distinct: Vec<TlsConfig> = Vec::new();
    for config in configs {
        if !distinct.iter().any(|it| Arc::ptr_eq(&it.certificates, &config.certificates)) {
            distinct.push(config.clone());
        }
    }
    distinct
}
