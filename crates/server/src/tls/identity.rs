//! A certificate with its key, out of two files.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::InconsistentKeys;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::error::{Problem, TlsError};
use super::validity::Validity;
use crate::plain_file;

/// More than any chain of certificates has.
const MAX_FILE: u64 = 1 << 20;

/// Who the server says it is.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: Arc<CertifiedKey>,
    validity: Option<Validity>,
}

impl Identity {
    /// Reads it, and checks that the two belong together. Waits for the disk.
    pub(super) fn read(
        cert_file: &Path,
        key_file: &Path,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let of_cert = |problem| TlsError::new(cert_file, problem);
        let of_key = |problem| TlsError::new(key_file, problem);
        let chain = certificates(&read(cert_file).map_err(of_cert)?).map_err(of_cert)?;
        let key = private_key(&read(key_file).map_err(of_key)?).map_err(of_key)?;
        let validity = chain.first().and_then(|first| Validity::of(first));
        let key = CertifiedKey::from_der(chain, key, provider).map_err(|err| match err {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                of_key(Problem::Mismatch(cert_file.to_owned()))
            }
            rustls::Error::InvalidCertificate(_) => of_cert(Problem::Certificate(err)),
            _ => of_key(Problem::Key(err)),
        })?;
        Ok(Self { key: Arc::new(key), validity })
    }

    /// Whether now is the time of the certificate; what is wrong with it, if not.
    pub(super) fn check(&self, now: SystemTime) -> Result<(), Problem> {
        // A date that can't be read is for the client to judge.
        let Some(validity) = self.validity else { return Ok(()) };
        if let Ok(ago) = now.duration_since(validity.not_after)
            && !ago.is_zero()
        {
            return Err(Problem::Expired(ago));
        }
        match validity.not_before.duration_since(now) {
            Ok(ahead) if !ahead.is_zero() => Err(Problem::NotYetValid(ahead)),
            _ => Ok(()),
        }
    }

    /// Whether both show the same certificates. Then they have the same key, too.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.key.cert == other.key.cert
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    plain_file::read(file, MAX_FILE).map_err(|err| match err.kind() {
        ErrorKind::FileTooLarge => Problem::TooLarge,
        _ => Problem::Read(err),
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|err| broken(&err))?;
    if !chain.is_empty() {
        return Ok(chain);
    }
    Err(if is_pem(pem) {
        Problem::NoCertificate { has_key: PrivateKeyDer::from_pem_slice(pem).is_ok() }
    } else {
        Problem::NotPem
    })
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Problem> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|err| match err {
        pem::Error::NoItemsFound if is_pem(pem) => {
            Problem::NoKey { is_encrypted: contains(pem, b"BEGIN ENCRYPTED PRIVATE KEY") }
        }
        pem::Error::NoItemsFound => Problem::NotPem,
        err => broken(&err),
    })
}

/// In words of our own: those of the error may hold a line of the file, and a key whose line ends were lost is one line.
fn broken(err: &pem::Error) -> Problem {
    Problem::BrokenPem(match err {
        pem::Error::IllegalSectionStart { .. } => {
            "a BEGIN line is malformed; perhaps the line ends were lost"
        }
        pem::Error::MissingSectionEnd { .. } => "an END line is missing",
        pem::Error::Base64Decode(_) => "what stands between BEGIN and END isn't base64",
        _ => "its sections can't be told apart",
    })
}

fn is_pem(bytes: &[u8]) -> bool {
    contains(bytes, b"-----BEGIN ")
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}
