//! What can be wrong with a certificate or its key, and how to mend it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A certificate that can't be used. It names the file and says how to mend it.
#[derive(Debug)]
pub struct TlsError {
    file: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
pub(super) enum Problem {
    /// The file can't be read.
    Read(io::Error),
    /// The file is larger than any certificate.
    TooLarge,
    /// There is no section of PEM in it.
    NotPem,
    /// A section of PEM is malformed.
    BrokenPem(&'static str),
    /// There is PEM, but no certificate.
    NoCertificate {
        /// A key is there instead.
        has_key: bool,
    },
    /// There is PEM, but no private key.
    NoKey {
        /// A key that needs a password is there instead.
        is_encrypted: bool,
    },
    /// The first certificate is malformed.
    Certificate(rustls::Error),
    /// The private key is malformed, or of a kind that can't sign.
    Key(rustls::Error),
    /// The key is of another certificate, that of this file.
    Mismatch(PathBuf),
    /// The certificate has been invalid for so long.
    Expired(Duration),
    /// The certificate becomes valid in so long.
    NotYetValid(Duration),
    /// There is no randomness, or the library refuses its own defaults.
    Library(rustls::Error),
}

impl TlsError {
    pub(super) fn new(file: &Path, problem: Problem) -> Self {
        Self { file: file.to_owned(), problem }
    }

    /// The file that has to be mended.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether the certificate is sound, and only its time is over or has not come.
    pub fn is_about_time(&self) -> bool {
        matches!(self.problem, Problem::Expired(_) | Problem::NotYetValid(_))
    }

    /// How long to wait until it is nothing, where waiting is all it takes.
    pub(super) fn passes_in(&self) -> Option<Duration> {
        match self.problem {
            Problem::NotYetValid(ahead) => Some(ahead),
            _ => None,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        match &self.problem {
            Problem::Read(err) => write!(f, "can't be read: {err}"),
            Problem::TooLarge => {
                write!(f, "too large for a certificate or a key: choose the file in PEM form")
            }
            Problem::NotPem => write!(
                f,
                "not PEM (lines between `-----BEGIN …-----` and `-----END …-----`): convert it with `openssl x509` or `openssl pkey`"
            ),
            Problem::BrokenPem(why) => write!(f, "malformed PEM ({why}): write the file anew"),
            Problem::NoCertificate { has_key: true } => {
                write!(f, "a private key, where the certificate belongs: swap the two files")
            }
            Problem::NoCertificate { has_key: false } => write!(
                f,
                "no certificate in it: it takes the server's own, then those above it (`fullchain.pem`)"
            ),
            Problem::NoKey { is_encrypted: true } => write!(
                f,
                "the private key has a password, and nobody could type it: write it without one by `openssl pkey -in KEY -out FILE`"
            ),
            Problem::NoKey { is_encrypted: false } => {
                write!(f, "no private key in it: it takes PKCS#8, PKCS#1 or SEC1 (`privkey.pem`)")
            }
            Problem::Certificate(err) => write!(f, "its first certificate is malformed: {err}"),
            Problem::Key(err) => write!(
                f,
                "its private key can't be used ({err}): make one of RSA with 2048 bits or more, ECDSA or Ed25519"
            ),
            Problem::Mismatch(certificate) => write!(
                f,
                "not the key of the first certificate in {}: choose the files that were made together, with the server's own certificate first",
                certificate.display()
            ),
            Problem::Expired(ago) => {
                write!(f, "the certificate expired {} ago: renew it", Span(*ago))
            }
            Problem::NotYetValid(ahead) => write!(
                f,
                "the certificate is not valid before {} from now: set the clock, or wait",
                Span(*ahead)
            ),
            Problem::Library(err) => write!(f, "TLS can't be set up: {err}"),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Read(err) => Some(err),
            Problem::Certificate(err) | Problem::Key(err) | Problem::Library(err) => Some(err),
            _ => None,
        }
    }
}

/// A time as a person would say it.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (count, unit) = match seconds {
            0..60 => (seconds, "second"),
            60..3600 => (seconds / 60, "minute"),
            3600..86_400 => (seconds / 3600, "hour"),
            _ => (seconds / 86_400, "day"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}
