//! A token, taken apart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::claims::Claims;
use super::keys::{JwtAlgorithm, JwtKeySet};
use super::refusal::Refusal;

/// What the header of a token says (RFC 7515 section 4.1): which key to try. Nothing of it is believed.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: JwtAlgorithm,
    pub(super) key_id: Option<String>,
    pub(super) media_type: Option<String>,
}

impl Header {
    pub(super) fn of(token: &str) -> Result<Self, Refusal> {
        let header = token.split('.').next().unwrap_or_default();
        let header = object(header).ok_or(Refusal::Malformed)?;
        // None of the extensions that must be understood is (section 4.1.11).
        if header.contains_key("crit") {
            return Err(Refusal::Header);
        }
        let text = |name| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::Header),
        };
        let algorithm = text("alg")?.ok_or(Refusal::Header)?;
        let algorithm = JwtAlgorithm::named(&algorithm).ok_or(Refusal::Algorithm)?;
        Ok(Self { algorithm, key_id: text("kid")?, media_type: text("typ")? })
    }

    /// Whether the type is this one; `application/` may be left out (section 4.1.9).
    pub(super) fn is_of_type(&self, wanted: &str) -> bool {
        let short = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.strip_prefix("application/").map_or(name.clone(), str::to_owned)
        };
        self.media_type.as_deref().is_some_and(|name| short(name) == short(wanted))
    }
}

/// The claims of a token whose signature is that of one of the keys. What may take long.
pub(super) fn verify(keys: &JwtKeySet, token: &str, header: &Header) -> Result<Claims, Refusal> {
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?;
    let mut candidates = keys.candidates(header.algorithm, header.key_id.as_deref());
    if !candidates.any(|key| key.verifies(message.as_bytes(), &signature)) {
        return Err(Refusal::Signature);
    }
    let (_, claims) = message.split_once('.').ok_or(Refusal::Malformed)?;
    object(claims).map(Claims::new).ok_or(Refusal::Claims)
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
