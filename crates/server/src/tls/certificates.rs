//! The certificate that is shown, and its exchange for another while connections go on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::error::TlsError;
use super::identity::Identity;
use crate::file_looks::FileLooks;

/// Two files, and what was read of them last.
#[derive(Debug)]
pub(crate) struct Certificates {
    cert_file: PathBuf,
    key_file: PathBuf,
    provider: Arc<CryptoProvider>,
    /// Swapped as a whole; a handshake takes it once.
    current: ArcSwap<Identity>,
    /// Held while the files are read, so that what was read last is what is shown.
    looks: Mutex<FileLooks<2>>,
}

impl Certificates {
    pub(super) fn read(
        cert_file: PathBuf,
        key_file: PathBuf,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        // The files may change while they are read: the next look sees it.
        let looks = FileLooks::new([&cert_file, &key_file]);
        let identity = Identity::read(&cert_file, &key_file, &provider)?;
        let current = ArcSwap::from_pointee(identity);
        Ok(Self { cert_file, key_file, provider, current, looks: Mutex::new(looks) })
    }

    /// Whether the time of the certificate is over, or has not come.
    pub(crate) fn check(&self, now: SystemTime) -> Result<(), TlsError> {
        self.current.load().check(now).map_err(|problem| TlsError::new(&self.cert_file, problem))
    }

    /// Reads the files again; what is wrong with them leaves what is shown as it is. Says so in the log, either way.
    pub(crate) fn reload(&self, now: SystemTime) -> Result<(), TlsError> {
        self.exchange(&mut self.looks.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    /// Reads the files again if they have changed, and have been quiet since the last look.
    pub(crate) fn look(&self, now: SystemTime) {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.look(self.files()) || looks.is_due(now) {
            // It is in the log.
            let _ = self.exchange(&mut looks, now);
        }
    }

    fn exchange(&self, looks: &mut FileLooks<2>, now: SystemTime) -> Result<(), TlsError> {
        *looks = FileLooks::new(self.files());
        let exchanged = self.try_exchange(now);
        if let Some(ahead) = exchanged.as_ref().err().and_then(TlsError::passes_in) {
            looks.come_back(now + ahead);
        }
        match &exchanged {
            Ok(true) => {
                tracing::info!(file = %self.cert_file.display(), "the certificate was exchanged");
            }
            Ok(false) => {
                tracing::debug!(file = %self.cert_file.display(), "the certificate is the same");
            }
            Err(err) => {
                tracing::error!(%err, "the certificate was not exchanged: the one before it stays");
            }
        }
        exchanged.map(|_| ())
    }

    fn files(&self) -> [&Path; 2] {
        [&self.cert_file, &self.key_file]
    }

    fn try_exchange(&self, now: SystemTime) -> Result<bool, TlsError> {
        let fresh = Identity::read(&self.cert_file, &self.key_file, &self.provider)?;
        if fresh.is_same(&self.current.load()) {
            return Ok(false);
        }
        fresh.check(now).map_err(|problem| TlsError::new(&self.cert_file, problem))?;
        self.current.store(Arc::new(fresh));
        Ok(true)
    }
}

impl ResolvesServerCert for Certificates {
    /// There is one, and it answers every name: a client that wanted another sees it, and says so.
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().key))
    }
}
