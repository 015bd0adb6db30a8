//! The example with tokens, as it stands in `examples/`: keys that are exchanged, and a file that breaks, while it runs.

#[path = "../../examples/jwt.rs"]
#[expect(dead_code, reason = "its `main` isn't run")]
mod example;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use crate::site::{Site, eventually};

const ISSUER: &str = "https://login.example";

/// Who signs, with a key of this id.
struct Key(&'static str, EncodingKey);

impl Key {
    fn new(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        Self(id, EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap())
    }

    fn token(&self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({ "iss": ISSUER, "aud": "api", "sub": "ann", "exp": now + 600 });
        let header = Header { kid: Some(self.0.into()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &claims, &self.1).unwrap()
    }

    /// The file in one step, as whoever exchanges keys writes it.
    fn publish(&self, file: &Path) {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.1, Algorithm::ES256).unwrap())
                .unwrap();
        jwk["kid"] = json!(self.0);
        let fresh = file.with_extension("fresh");
        fs::write(&fresh, json!({ "keys": [jwk] }).to_string()).unwrap();
        fs::rename(fresh, file).unwrap();
    }
}

#[test]
fn keys_are_exchanged_while_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.json");
    let (first, second) = (Key::new("1"), Key::new("2"));
    first.publish(&file);
    let server = example::server(file.clone(), ISSUER, "api").unwrap();
    let site = Site::of(server.tick(Duration::from_millis(20)));
    let ask = |key: &Key| {
        let authorization = format!("Bearer {}", key.token());
        let answer = site.connect().ask("GET", "/me", &[("Authorization", &authorization)]);
        (answer.status, answer.text().to_owned())
    };
    let let_in = (200, "hello, ann\n".to_owned());
    assert_eq!(ask(&first), let_in);
    assert_eq!(ask(&second).0, 401);
    assert_eq!(site.connect().get("/me").status, 401);
    second.publish(&file);
    eventually(|| (ask(&second) == let_in).then_some(())).unwrap();
    // What was remembered of the old keys doesn't count any more.
    assert_eq!(ask(&first).0, 401);
    for broken in ["", "{\"keys\": [", "{\"keys\": []}"] {
        fs::write(&file, broken).unwrap();
        let error = site.handle.reload_files().unwrap_err().to_string();
        assert!(error.contains("keys.json: "), "{error}");
        assert_eq!(ask(&second), let_in, "{broken}");
    }
    first.publish(&file);
    site.handle.reload_files().unwrap();
    assert_eq!((ask(&first), ask(&second).0), (let_in, 401));
}
