//! Keys, and what becomes of them while they are in use.

use catzilla_middleware_engine::builtin::{Jwt, JwtAlgorithm, JwtKey, JwtKeySet, JwtKeys};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::issuer::{Issuer, SECRET};
use super::{claims, host, is_refused, passes};

#[test]
fn a_key_is_found_by_its_id() {
    let (one, two) = (Issuer::ecdsa("one"), Issuer::ecdsa("two"));
    let (rsa, edwards) = (Issuer::rsa("r", Algorithm::RS256), Issuer::edwards("e"));
    let all = [&one, &two, &rsa, &edwards];
    let keys = JwtKeySet::from_jwks(&Issuer::jwks(&all)).unwrap();
    assert!(keys.len() == 4 && !keys.is_empty());
    let mut host = host(Jwt::builder(keys));
    for issuer in all {
        passes(&mut host, &issuer.token(&claims()));
    }
    // Another one's id; one that isn't there; and none, which is tried with both.
    let named = |id, issuer: &Issuer| Issuer { id, key: issuer.key.clone(), ..Issuer::ecdsa("x") };
    is_refused(&mut host, &named(Some("one"), &two).token(&claims()), "signature");
    is_refused(&mut host, &named(Some("r"), &two).token(&claims()), "key");
    is_refused(&mut host, &named(Some("three"), &two).token(&claims()), "key");
    passes(&mut host, &named(None, &two).token(&claims()));
    is_refused(&mut host, &Issuer::secret().token(&claims()), "algorithm");
}

#[test]
fn a_key_without_an_id_is_tried_with_ids_that_nobody_has() {
    let issuer = Issuer::secret();
    let named = Issuer { id: Some("any"), ..Issuer::secret() };
    passes(&mut host(issuer.judge()), &named.token(&claims()));
    let key = JwtKey::secret(JwtAlgorithm::Hs256, SECRET).unwrap().with_id("mine");
    let mut host = host(Jwt::builder(JwtKeySet::new([key]).unwrap()));
    is_refused(&mut host, &named.token(&claims()), "key");
    passes(&mut host, &issuer.token(&claims()));
}

#[test]
fn keys_change_while_they_are_in_use() {
    let (old, new) = (Issuer::ecdsa("1"), Issuer::ecdsa("1"));
    let keys = JwtKeys::from(JwtKeySet::from_jwks(&Issuer::jwks(&[&old])).unwrap());
    let mut host = host(Jwt::builder(keys.clone()));
    let (by_old, by_new) = (old.token(&claims()), new.token(&claims()));
    passes(&mut host, &by_old);
    is_refused(&mut host, &by_new, "signature");
    // What is broken changes nothing.
    for broken in ["", "{", "[]", "{\"keys\":[]}", "{\"keys\":[{}]}", "{\"keys\":{}}"] {
        keys.set_jwks(broken).unwrap_err();
        assert_eq!(passes(&mut host, &by_old).jobs, 0);
    }
    // What was remembered is forgotten.
    keys.set_jwks(&Issuer::jwks(&[&new])).unwrap();
    is_refused(&mut host, &by_old, "signature");
    passes(&mut host, &by_new);
    keys.set_jwks(&Issuer::jwks(&[&old])).unwrap();
    assert_eq!(passes(&mut host, &by_old).jobs, 1);
}

/// A JWK of each issuer, changed.
fn changed(issuer: &Issuer, name: &str, value: Value) -> String {
    let mut jwk = issuer.jwk();
    jwk[name] = value;
    json!({ "keys": [jwk] }).to_string()
}

#[test]
fn a_key_without_an_algorithm_takes_that_of_its_type() {
    let issuers = [
        Issuer::rsa("1", Algorithm::RS256),
        Issuer::ecdsa("1"),
        Issuer::ecdsa_384("1"),
        Issuer::edwards("1"),
    ];
    for issuer in issuers {
        let keys = JwtKeySet::from_jwks(&changed(&issuer, "alg", Value::Null)).unwrap();
        passes(&mut host(Jwt::builder(keys)), &issuer.token(&claims()));
    }
    let pss = Issuer::rsa("1", Algorithm::PS384);
    let keys = JwtKeySet::from_jwks(&Issuer::jwks(&[&pss])).unwrap();
    let mut host = host(Jwt::builder(keys));
    passes(&mut host, &pss.token(&claims()));
    let other = Issuer { algorithm: Algorithm::RS256, ..pss };
    is_refused(&mut host, &other.token(&claims()), "algorithm");
}

#[test]
fn what_is_not_for_us_is_passed_over() {
    let (used, other) = (Issuer::ecdsa("used"), Issuer::ecdsa("other"));
    for (name, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("alg", json!("ECDH-ES")),
        ("crv", json!("secp256k1")),
        ("kty", json!("AKP")),
    ] {
        let only = changed(&other, name, value.clone());
        let error = JwtKeySet::from_jwks(&only).unwrap_err().to_string();
        assert!(error.contains("no key that verifies"), "{name}: {error}");
        let mut jwk = other.jwk();
        jwk[name] = value;
        let both = json!({ "keys": [jwk, used.jwk()] }).to_string();
        assert_eq!(JwtKeySet::from_jwks(&both).unwrap().len(), 1);
    }
}

#[test]
fn a_set_that_is_not_safe_is_refused_without_a_word_of_the_key() {
    #[track_caller]
    fn check(text: &str, why: &str) {
        let error = JwtKeySet::from_jwks(text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("sesame") && !error.contains('\n'), "{error}");
    }
    let (ecdsa, rsa, edwards) =
        (Issuer::ecdsa("1"), Issuer::rsa("1", Algorithm::RS256), Issuer::edwards("1"));
    check("{\"keys\":[{\"kty\":\"oct\",\"k\":\"sesame\"}]}", "shared secret");
    check(&changed(&rsa, "k", json!("sesame")), "shared secret");
    check(&changed(&rsa, "d", json!("sesame")), "private key");
    check(&changed(&ecdsa, "d", json!("sesame")), "key 1 of the JWK Set (\"1\")");
    check(&changed(&ecdsa, "x", json!("sesame=")), "`x` is not in base64url");
    check(&changed(&ecdsa, "x", json!("AAAA")), "differ in length");
    check(&changed(&ecdsa, "x", Value::Null), "no `x`");
    check(&changed(&ecdsa, "x", json!(["sesame"])), "another type");
    check(&changed(&ecdsa, "crv", json!("P-384")), "none for a key of its type");
    check(&changed(&ecdsa, "alg", json!("RS256")), "none for a key of its type");
    check(&changed(&ecdsa, "alg", json!("HS256")), "none for a key of its type");
    check(&changed(&rsa, "alg", json!("HS256")), "none for a key of its type");
    check(&changed(&edwards, "x", json!("AAAA")), "none of Ed25519");
    check(&changed(&rsa, "n", json!("AAAA")), "none of RSA");
    check(&changed(&rsa, "n", json!("_".repeat(170) + "8")), "1024 bits");
    check(&changed(&rsa, "e", json!("AAAA")), "none of RSA");
    let id = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\\nb\"}]}";
    check(id, "key 1 of the JWK Set (\"a\\nb\")");
    check("sesame", "no JSON (line 1, column 1)");
    check("{\"keys\":[\"sesame\"]}", "key 1");
    check("{\"keys\":\"sesame\"}", "no list of `keys`");
    check("{\"keys\":[", "ends too early");
    check(&" ".repeat(2 << 20), "at most");
    check(&Issuer::jwks(&[&ecdsa, &ecdsa]), "two keys");
    check(&Issuer::jwks(&vec![&ecdsa; 101]), "more than 100");
}

#[test]
fn a_key_that_is_not_safe_is_refused() {
    #[track_caller]
    fn check(key: Result<JwtKey, impl std::fmt::Display>, why: &str) {
        let error = key.map(|_| ()).map_err(|error| error.to_string()).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    let (ecdsa, edwards) = (Issuer::ecdsa("1"), Issuer::edwards("1"));
    check(JwtKey::secret(JwtAlgorithm::Hs256, &SECRET[..31]), "31 bytes: it needs 32");
    check(JwtKey::secret(JwtAlgorithm::Hs384, &SECRET[..47]), "47 bytes: it needs 48");
    check(JwtKey::secret(JwtAlgorithm::Hs512, &SECRET[..63]), "63 bytes: it needs 64");
    check(JwtKey::secret(JwtAlgorithm::Hs256, ecdsa.pem.as_bytes()), "PEM");
    check(JwtKey::secret(JwtAlgorithm::Rs256, SECRET), "no secret");
    check(JwtKey::pem(JwtAlgorithm::Hs256, ecdsa.pem.as_bytes()), "no PEM");
    check(JwtKey::pem(JwtAlgorithm::Rs256, ecdsa.pem.as_bytes()), "RS256");
    check(JwtKey::pem(JwtAlgorithm::Es384, ecdsa.pem.as_bytes()), "P-384");
    check(JwtKey::pem(JwtAlgorithm::Es256, edwards.pem.as_bytes()), "ES256");
    check(JwtKey::pem(JwtAlgorithm::EdDsa, b"nonsense"), "EdDSA");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    check(JwtKey::pem(JwtAlgorithm::EdDsa, pair.serialize_pem().as_bytes()), "private key");
    assert!("none".parse::<JwtAlgorithm>().unwrap_err().to_string().contains("HS256"));
    assert!(JwtKeySet::new([]).is_err());
    let secret = JwtKey::secret(JwtAlgorithm::Hs256, SECRET).unwrap();
    assert_eq!(format!("{secret:?}"), "JwtKey { id: None, algorithm: Hs256, .. }");
}
