//! Who makes tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use catzilla_middleware_engine::builtin::{Jwt, JwtAlgorithm, JwtBuilder, JwtKey, JwtKeySet};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

pub(crate) const SECRET: &[u8] =
    b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) struct Issuer {
    pub(crate) id: Option<&'static str>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: EncodingKey,
    /// Of the public key.
    pub(crate) pem: String,
}

impl Issuer {
    pub(crate) fn secret() -> Self {
        let key = EncodingKey::from_secret(SECRET).unwrap();
        Self { id: None, algorithm: Algorithm::HS256, key, pem: String::new() }
    }

    pub(crate) fn ecdsa(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { id: Some(id), algorithm: Algorithm::ES256, key, pem: pair.public_key_pem() }
    }

    pub(crate) fn ecdsa_384(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { id: Some(id), algorithm: Algorithm::ES384, key, pem: pair.public_key_pem() }
    }

    pub(crate) fn edwards(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let key = EncodingKey::from_ed_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { id: Some(id), algorithm: Algorithm::EdDSA, key, pem: pair.public_key_pem() }
    }

    pub(crate) fn rsa(id: &'static str, algorithm: Algorithm) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { id: Some(id), algorithm, key, pem: pair.public_key_pem() }
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = Header { kid: self.id.map(Into::into), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    pub(crate) fn algorithm(&self) -> JwtAlgorithm {
        format!("{:?}", self.algorithm).parse().unwrap()
    }

    /// The public key, as it is published.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = if self.algorithm == Algorithm::EdDSA {
            let der: String = self.pem.lines().filter(|line| !line.starts_with('-')).collect();
            let der = STANDARD.decode(der).unwrap();
            let x = URL_SAFE_NO_PAD.encode(&der[der.len() - 32..]);
            json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x })
        } else {
            let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
            serde_json::to_value(&jwk).unwrap()
        };
        jwk["kid"] = json!(self.id);
        jwk
    }

    pub(crate) fn jwks(issuers: &[&Self]) -> String {
        let keys: Vec<Value> = issuers.iter().map(|issuer| issuer.jwk()).collect();
        json!({ "keys": keys }).to_string()
    }

    pub(crate) fn keys(&self) -> JwtKeySet {
        let key = match self.algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                JwtKey::secret(self.algorithm(), SECRET)
            }
            _ => JwtKey::pem(self.algorithm(), self.pem.as_bytes()),
        };
        JwtKeySet::new([key.unwrap()]).unwrap()
    }

    pub(crate) fn judge(&self) -> JwtBuilder {
        Jwt::builder(self.keys())
    }
}
