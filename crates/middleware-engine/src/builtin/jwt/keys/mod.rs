//! The keys that tokens are verified with.

mod algorithm;
mod jwks;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use algorithm::JwtAlgorithm;
use arc_swap::ArcSwap;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{DecodingKey, DecodingKeyKind};

use JwtAlgorithm::{EdDsa, Es256, Es384, Hs256, Hs384, Hs512};

/// More keys than any issuer has at a time.
const MOST_KEYS: usize = 100;

/// Of so many keys at most a token without a key id is tried with.
const TRIES: usize = 4;

/// A key for one algorithm: a token that claims another one is not tried with it.
#[derive(Clone)]
pub struct JwtKey {
    id: Option<Box<str>>,
    algorithm: JwtAlgorithm,
    key: DecodingKey,
}

impl JwtKey {
    /// A shared secret, for `HS256`, `HS384` or `HS512`: these bytes as they are. Of a file that is all of it: the end of the
    /// line that an editor or `echo` has put there is part of the key, with which no token of the issuer verifies. Write it by
    /// `printf`, or trim what was read.
    ///
    /// # Errors
    /// When the algorithm has no secret. When it is shorter than its hash, 32, 48 or 64 bytes, which could be guessed
    /// (RFC 7518 section 3.2); or when it is the text of a public key, which everybody knows.
    pub fn secret(algorithm: JwtAlgorithm, secret: &[u8]) -> Result<Self, JwtKeyError> {
        let Some(least) = algorithm.secret_len() else {
            return error(format!("{algorithm} has no secret: give its public key as PEM"));
        };
        if secret.trim_ascii_start().starts_with(b"-----BEGIN") {
            return error(format!(
                "the secret for {algorithm} is a PEM file: everybody may know it"
            ));
        }
        if secret.len() < least {
            return error(format!(
                "the secret for {algorithm} has {} bytes: it needs {least} at least",
                secret.len()
            ));
        }
        let key = DecodingKey::from_secret(secret);
        let key = key.map_err(|_| JwtKeyError::new("the secret is empty".to_owned()))?;
        Ok(Self { id: None, algorithm, key })
    }

    /// A public key, or a certificate, as a PEM file has it.
    ///
    /// # Errors
    /// When it is no key for this algorithm, is a private key, or is an RSA key of less than 2048 bits.
    pub fn pem(algorithm: JwtAlgorithm, pem: &[u8]) -> Result<Self, JwtKeyError> {
        let is_private = pem.windows(11).any(|part| part == b"PRIVATE KEY");
        if is_private {
            return error(format!(
                "the PEM file for {algorithm} holds a private key: give the public one, which is all it takes"
            ));
        }
        let key = match algorithm {
            Hs256 | Hs384 | Hs512 => {
                return error(format!("{algorithm} has a secret, and no PEM file"));
            }
            Es256 | Es384 => DecodingKey::from_ec_pem(pem),
            EdDsa => DecodingKey::from_ed_pem(pem),
            _ => DecodingKey::from_rsa_pem(pem),
        };
        let Ok(key) = key else {
            return error(format!("the PEM file holds no public key for {algorithm}"));
        };
        Self::checked(algorithm, key)
    }

    /// Its id: tokens name the key they are signed with by `kid`. Default: none, so that it is tried with tokens whose id is
    /// that of no other.
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Refuses what could never verify anything, or could be broken.
    fn checked(algorithm: JwtAlgorithm, key: DecodingKey) -> Result<Self, JwtKeyError> {
        let len = match key.kind() {
            DecodingKeyKind::SecretOrDer(bytes) => bytes.len(),
            DecodingKeyKind::RsaModulusExponent { .. } => 0,
        };
        match algorithm {
            Es256 if len != 65 => error(format!("the key for {algorithm} is no point of P-256")),
            Es384 if len != 97 => error(format!("the key for {algorithm} is no point of P-384")),
            EdDsa if len != 32 => error(format!("the key for {algorithm} is none of Ed25519")),
            Es256 | Es384 | EdDsa => Ok(Self { id: None, algorithm, key }),
            _ => {
                let components = match key.kind() {
                    DecodingKeyKind::RsaModulusExponent { n, e } => Some((n.clone(), e.clone())),
                    DecodingKeyKind::SecretOrDer(der) => {
                        (DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key)(der).ok()
                    }
                };
                let bits = components.map_or(0, |(n, e)| {
                    let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
                    let first = n.iter().position(|&byte| byte != 0).unwrap_or(n.len());
                    let leading = n.get(first).map_or(0, |byte| byte.leading_zeros() as usize);
                    let bits = (n.len() - first) * 8 - leading;
                    if is_odd(&n) && is_odd(&e) && e.len() <= 8 { bits } else { 0 }
                });
                match bits {
                    0 => error(format!("the key for {algorithm} is none of RSA")),
                    2048..=8192 => Ok(Self { id: None, algorithm, key }),
                    _ => error(format!(
                        "the key for {algorithm} has {bits} bits: it needs 2048 to 8192"
                    )),
                }
            }
        }
    }

    /// Whether the signature is that of this key.
    pub(super) fn verifies(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        let algorithm = self.algorithm.of_crate();
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.key)
            .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The keys of an issuer.
#[derive(Debug, Clone)]
pub struct JwtKeySet(Box<[JwtKey]>);

impl JwtKeySet {
    /// These keys.
    ///
    /// # Errors
    /// When there are none, more than 100, or two of one id and algorithm.
    pub fn new(keys: impl IntoIterator<Item = JwtKey>) -> Result<Self, JwtKeyError> {
        let keys: Box<[JwtKey]> = keys.into_iter().take(MOST_KEYS + 1).collect();
        if keys.is_empty() {
            return error("there is no key to verify tokens with".to_owned());
        }
        if keys.len() > MOST_KEYS {
            return error(format!("there are more than {MOST_KEYS} keys"));
        }
        for (index, key) in keys.iter().enumerate() {
            let is_same = |it: &&JwtKey| it.id == key.id && it.algorithm == key.algorithm;
            if let Some(id) = &key.id
                && keys[..index].iter().any(|it| is_same(&it))
            {
                return error(format!(
                    "there are two keys for {} with the id {id:?}",
                    key.algorithm
                ));
            }
        }
        Ok(Self(keys))
    }

    /// The public keys of a JWK Set (RFC 7517 section 5), as issuers publish it. What isn't for verifying signatures, or is
    /// for an algorithm that isn't known, is passed over. A key without `alg` is one for `RS256`, `ES256`, `ES384` or
    /// `EdDSA`, by its type.
    ///
    /// # Errors
    /// When the text is no JWK Set, or has no key that can be used. When a key is malformed, or is weak. When it holds a
    /// secret or a private key: what is meant for the public must not have one. The error tells which key it is by its
    /// number and its id, and nothing of it.
    pub fn from_jwks(text: &str) -> Result<Self, JwtKeyError> {
        jwks::parse(text)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none: never.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that a token may be signed with: of its algorithm, and with its id; where no key has that id, those without one.
    pub(super) fn candidates(
        &self,
        algorithm: JwtAlgorithm,
        id: Option<&str>,
    ) -> impl Iterator<Item = &JwtKey> {
        let is_known = id.is_some_and(|id| self.0.iter().any(|key| key.id.as_deref() == Some(id)));
        let may_be = move |key: &&JwtKey| {
            key.algorithm == algorithm
                && match id {
                    None => true,
                    Some(id) if is_known => key.id.as_deref() == Some(id),
                    Some(_) => key.id.is_none(),
                }
        };
        self.0.iter().filter(may_be).take(TRIES)
    }
}

/// Keys that can be replaced at any time. Its clones hold the same keys.
///
/// Who makes a [secret](JwtKey::secret) of a file that is followed minds the end of the line in it.
#[derive(Debug, Clone)]
pub struct JwtKeys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    current: ArcSwap<Generation>,
    next: AtomicU64,
}

/// A set of keys, and which one it is of those that have been.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) keys: JwtKeySet,
}

impl From<JwtKeySet> for JwtKeys {
    fn from(keys: JwtKeySet) -> Self {
        let current = ArcSwap::from_pointee(Generation { number: 0, keys });
        Self(Arc::new(Shared { current, next: AtomicU64::new(1) }))
    }
}

impl JwtKeys {
    /// Replaces the keys. What was verified by the old ones is verified anew.
    pub fn set(&self, keys: JwtKeySet) {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.current.store(Arc::new(Generation { number, keys }));
    }

    /// Replaces the keys by those of a JWK Set.
    ///
    /// # Errors
    /// As [`JwtKeySet::from_jwks`]. The keys stay as they are then.
    pub fn set_jwks(&self, text: &str) -> Result<(), JwtKeyError> {
        self.set(JwtKeySet::from_jwks(text)?);
        Ok(())
    }

    pub(super) fn load(&self) -> arc_swap::Guard<Arc<Generation>> {
        self.0.current.load()
    }
}

/// Keys that can't be used. Its text says why, and nothing that is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtKeyError(Box<str>);

impl JwtKeyError {
    fn new(text: String) -> Self {
        Self(text.into())
    }
}

fn error<T>(text: String) -> Result<T, JwtKeyError> {
    Err(JwtKeyError::new(text))
}

impl fmt::Display for JwtKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JwtKeyError {}
