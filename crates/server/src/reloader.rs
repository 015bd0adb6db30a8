//! Reading files again that a running server has read.

use std::sync::Arc;

use crate::followed::{FollowError, Followed};
use crate::shared::Shared;
use crate::tls::TlsError;

/// Reloads what a server has read, from whatever thread has the time: [`Handle::reloader`](crate::Handle::reloader).
#[derive(Debug, Clone)]
pub struct Reloader {
    pub(crate) shared: Arc<Shared>,
}

impl Reloader {
    /// Certificates and all files that are followed. What comes of it is in the log.
    pub fn reload(&self) {
        let _ = self.reload_tls();
        let _ = self.reload_files();
    }

    /// As [`Handle::reload_tls`](crate::Handle::reload_tls).
    ///
    /// # Errors
    /// As there.
    pub fn reload_tls(&self) -> Result<(), TlsError> {
        let now = self.shared.clock.real();
        let reloaded = self.shared.tls.iter().map(|config| config.certificates().reload(now));
        reloaded.fold(Ok(()), Result::and)
    }

    /// As [`Handle::reload_files`](crate::Handle::reload_files).
    ///
    /// # Errors
    /// As there.
    pub fn reload_files(&self) -> Result<(), FollowError> {
        let reloaded = self.shared.followed.iter().map(Followed::reload);
        reloaded.fold(Ok(()), Result::and)
    }
}
