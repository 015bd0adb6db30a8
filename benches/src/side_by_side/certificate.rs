//! The certificate that all servers show: one of ECDSA P-256, signed by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore};

/// A certificate in files, and a client that trusts no other.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
    pub(super) client: Arc<ClientConfig>,
}

impl Certificate {
    /// Makes one, and writes it to a folder.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names)?;
        let (cert_file, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        fs::write(&cert_file, cert.pem())?;
        fs::write(&key, signing_key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone())?;
        let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Ok(Self { cert: cert_file, key, client: Arc::new(client) })
    }
}
