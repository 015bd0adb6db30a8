//! JWK Sets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{JwtAlgorithm, JwtKey, JwtKeyError, JwtKeySet, error};

/// Far beyond what 100 keys take.
const LONGEST: usize = 1 << 20;

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// RFC 7517 section 4, and RFC 7518 section 6.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// Private or secret parts: they are looked for, and never looked at.
    d: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

pub(super) fn parse(text: &str) -> Result<JwtKeySet, JwtKeyError> {
    if text.len() > LONGEST {
        return error(format!("the JWK Set has {} bytes: at most {LONGEST} are read", text.len()));
    }
    let set: Set = serde_json::from_str(text).map_err(|why| malformed(&why))?;
    let mut keys = Vec::new();
    for (index, key) in set.keys.into_iter().enumerate() {
        let number = format!("key {} of the JWK Set", index + 1);
        // The text of the error may quote what it has read.
        let Ok(jwk) = serde_json::from_value::<Jwk>(key) else {
            return error(format!(
                "{number} has no `kty`, or a member of another type than it should have"
            ));
        };
        let name = match &jwk.kid {
            // It comes from outside: a line feed in it must not look like a line of a log.
            Some(id) => format!("{number} ({:?})", id.chars().take(64).collect::<String>()),
            None => number,
        };
        if let Some(mut key) =
            read(&jwk).map_err(|why| JwtKeyError::new(format!("{name}: {why}")))?
        {
            key.id = jwk.kid.map(Into::into);
            keys.push(key);
        }
    }
    if keys.is_empty() {
        return error("the JWK Set has no key that verifies signatures".to_owned());
    }
    JwtKeySet::new(keys)
}

/// Not in the words of the parser, which may quote what it has read.
fn malformed(why: &serde_json::Error) -> JwtKeyError {
    let kind = match why.classify() {
        serde_json::error::Category::Data => "has no list of `keys`",
        serde_json::error::Category::Eof => "ends too early",
        _ => "is no JSON",
    };
    JwtKeyError::new(format!("the JWK Set {kind} (line {}, column {})", why.line(), why.column()))
}

/// `None` for one that isn't for us.
fn read(jwk: &Jwk) -> Result<Option<JwtKey>, JwtKeyError> {
    if jwk.kty == "oct" || jwk.k.is_some() {
        return error(
            "it is a shared secret, which must not stand in a set of public keys".to_owned(),
        );
    }
    if jwk.d.is_some() {
        return error("it holds the private key: publish the public one alone".to_owned());
    }
    let is_for_us = jwk.used_for.as_deref().is_none_or(|it| it == "sig")
        && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    let usual = match (&*jwk.kty, jwk.crv.as_deref()) {
        ("RSA", _) => JwtAlgorithm::Rs256,
        ("EC", Some("P-256")) => JwtAlgorithm::Es256,
        ("EC", Some("P-384")) => JwtAlgorithm::Es384,
        ("OKP", Some("Ed25519")) => JwtAlgorithm::EdDsa,
        _ => return Ok(None),
    };
    let algorithm = match &jwk.alg {
        None => usual,
        Some(name) => match JwtAlgorithm::named(name) {
            Some(algorithm) => algorithm,
            None => return Ok(None),
        },
    };
    if !is_for_us {
        return Ok(None);
    }
    if algorithm != usual && (usual != JwtAlgorithm::Rs256 || !is_rsa(algorithm)) {
        return error(format!("its `alg` {algorithm} is none for a key of its type, {}", jwk.kty));
    }
    let key = match usual {
        JwtAlgorithm::Rs256 => DecodingKey::from_rsa_raw_components(
            &part("n", jwk.n.as_ref())?,
            &part("e", jwk.e.as_ref())?,
        ),
        JwtAlgorithm::EdDsa => DecodingKey::from_ed_der(&part("x", jwk.x.as_ref())?),
        _ => {
            let (x, y) = (part("x", jwk.x.as_ref())?, part("y", jwk.y.as_ref())?);
            if x.len() != y.len() {
                return error("its `x` and `y` differ in length".to_owned());
            }
            DecodingKey::from_ec_der(&[&[4], &*x, &*y].concat())
        }
    };
    JwtKey::checked(algorithm, key).map(Some)
}

fn is_rsa(algorithm: JwtAlgorithm) -> bool {
    use JwtAlgorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512)
}

fn part(name: &str, text: Option<&String>) -> Result<Vec<u8>, JwtKeyError> {
    let Some(text) = text else { return error(format!("it has no `{name}`")) };
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| JwtKeyError::new(format!("its `{name}` is not in base64url without padding")))
}
