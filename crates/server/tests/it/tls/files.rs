//! Certificates made for a test, in files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catzilla_server::{TlsConfig, TlsError};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;

/// Two files, and the certificate that they began with.
pub(crate) struct Files {
    pub(crate) dir: TempDir,
    pub(crate) first: Pair,
}

/// A certificate and its key, in PEM form and as it is sent.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) der: CertificateDer<'static>,
}

impl Pair {
    /// For `localhost`, for a long time.
    pub(crate) fn new() -> Self {
        Self::valid(2020, 2120)
    }

    /// For `localhost`, between the beginnings of two years.
    pub(crate) fn valid(from: i32, to: i32) -> Self {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) =
            (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        Self { cert: cert.pem(), key: key.serialize_pem(), der: cert.der().clone() }
    }

    /// What a client needs that trusts this certificate, and speaks these versions.
    pub(crate) fn client_of(&self, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        Arc::new(self.client_of(rustls::ALL_VERSIONS))
    }
}

impl Files {
    pub(crate) fn new() -> Self {
        let files = Self { dir: tempfile::tempdir().unwrap(), first: Pair::new() };
        files.write(&files.first);
        files
    }

    pub(crate) fn cert(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.dir.path().join("key.pem")
    }

    /// Renames other files over them.
    pub(crate) fn write(&self, pair: &Pair) {
        replace(&self.cert(), &pair.cert);
        replace(&self.key(), &pair.key);
    }

    pub(crate) fn config(&self) -> Result<TlsConfig, TlsError> {
        TlsConfig::from_pem_files(self.cert(), self.key())
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        self.first.client()
    }
}

pub(crate) fn replace(file: &Path, content: &str) {
    let fresh = file.with_extension("fresh");
    fs::write(&fresh, content).unwrap();
    fs::rename(fresh, file).unwrap();
}
