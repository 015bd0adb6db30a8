//! The algorithms of signatures that are known here.

use std::fmt;
use std::str::FromStr;

use super::JwtKeyError;

/// How a token is signed (RFC 7518 section 3.1, RFC 8037). `none` isn't among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256: whoever can verify can sign.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA (PKCS #1 v1.5) with SHA-256.
    Rs256,
    /// RSA (PKCS #1 v1.5) with SHA-384.
    Rs384,
    /// RSA (PKCS #1 v1.5) with SHA-512.
    Rs512,
    /// RSA (PSS) with SHA-256.
    Ps256,
    /// RSA (PSS) with SHA-384.
    Ps384,
    /// RSA (PSS) with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519, by either of its names: `EdDSA` and `Ed25519` (RFC 9864).
    EdDsa,
}

use JwtAlgorithm::{
    EdDsa, Es256, Es384, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512,
};

const NAMES: [(&str, JwtAlgorithm); 13] = [
    ("HS256", Hs256),
    ("HS384", Hs384),
    ("HS512", Hs512),
    ("RS256", Rs256),
    ("RS384", Rs384),
    ("RS512", Rs512),
    ("PS256", Ps256),
    ("PS384", Ps384),
    ("PS512", Ps512),
    ("ES256", Es256),
    ("ES384", Es384),
    ("EdDSA", EdDsa),
    ("Ed25519", EdDsa),
];

impl JwtAlgorithm {
    /// By its name in tokens.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|it| it.0 == name).map(|it| it.1)
    }

    /// How many bytes a secret needs at least (RFC 7518 section 3.2); `None` for those with a public key.
    pub(super) fn secret_len(self) -> Option<usize> {
        match self {
            Hs256 => Some(32),
            Hs384 => Some(48),
            Hs512 => Some(64),
            _ => None,
        }
    }

    /// Whether verifying takes a microsecond; with a public key it takes many.
    pub(crate) fn is_quick(self) -> bool {
        self.secret_len().is_some()
    }

    pub(super) fn of_crate(self) -> jsonwebtoken::Algorithm {
        use jsonwebtoken::Algorithm;
        match self {
            Hs256 => Algorithm::HS256,
            Hs384 => Algorithm::HS384,
            Hs512 => Algorithm::HS512,
            Rs256 => Algorithm::RS256,
            Rs384 => Algorithm::RS384,
            Rs512 => Algorithm::RS512,
            Ps256 => Algorithm::PS256,
            Ps384 => Algorithm::PS384,
            Ps512 => Algorithm::PS512,
            Es256 => Algorithm::ES256,
            Es384 => Algorithm::ES384,
            EdDsa => Algorithm::EdDSA,
        }
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|it| it.1 == *self).map_or("?", |it| it.0);
        f.write_str(name)
    }
}

impl FromStr for JwtAlgorithm {
    type Err = JwtKeyError;

    fn from_str(name: &str) -> Result<Self, JwtKeyError> {
        Self::named(name).ok_or_else(|| {
            let known: Vec<_> = NAMES.iter().map(|it| it.0).collect();
            JwtKeyError::new(format!(
                "{name:?} is no algorithm that is known; there is: {}",
                known.join(", ")
            ))
        })
    }
}
