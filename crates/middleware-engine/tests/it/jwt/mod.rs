//! Who bears a token that is valid.

pub(crate) mod issuer;
mod keys;

use std::sync::Arc;
use std::time::Duration;

use catzilla_middleware_engine::Chain;
use catzilla_middleware_engine::builtin::{Claims, JwtBuilder};
use http::Request;
use issuer::Issuer;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::drive::{Driven, Host};

/// What the clock of a host shows.
const NOW: i64 = 1_700_000_000;

fn host(jwt: JwtBuilder) -> Host {
    Host::new(Chain::builder().with(jwt.build().unwrap()).build().unwrap())
}

fn ask(host: &mut Host, authorization: &str) -> Driven {
    host.drive(Request::get("/").header("authorization", authorization))
}

#[track_caller]
fn passes(host: &mut Host, token: &str) -> Driven {
    let driven = ask(host, &format!("Bearer {token}"));
    assert_eq!((driven.status, driven.handled), (200, true), "{}", driven.fields);
    driven
}

#[track_caller]
fn is_refused(host: &mut Host, token: &str, why: &str) {
    let driven = ask(host, &format!("Bearer {token}"));
    assert_eq!((driven.status, driven.handled), (401, false), "{}", driven.fields);
    let challenge = driven.field("www-authenticate").unwrap();
    let begins = "Bearer realm=\"restricted\", error=\"invalid_token\", error_description=\"";
    assert!(challenge.starts_with(begins) && challenge.contains(why), "{challenge}");
}

fn claims() -> Value {
    json!({ "sub": "somebody", "exp": NOW + 1000 })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn each_algorithm_by_a_key_of_its_own() {
    use Algorithm::{ES256, ES384, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512};
    let hmac = |algorithm| Issuer { algorithm, ..Issuer::secret() };
    let rsa = Issuer::rsa("r", RS256);
    let with_rsa =
        |algorithm| Issuer { id: None, algorithm, key: rsa.key.clone(), pem: rsa.pem.clone() };
    let issuers: Vec<Issuer> = [HS256, HS384, HS512]
        .into_iter()
        .map(hmac)
        .chain([RS256, RS384, RS512, PS256, PS384, PS512].into_iter().map(with_rsa))
        .chain([Issuer::ecdsa("1"), Issuer::ecdsa_384("1"), Issuer::edwards("1")])
        .collect();
    for issuer in &issuers {
        let mut host = host(issuer.judge());
        let first = passes(&mut host, &issuer.token(&claims()));
        // A public key takes its time, once.
        assert_eq!(first.jobs, usize::from(!matches!(issuer.algorithm, HS256 | HS384 | HS512)));
        let again = passes(&mut host, &issuer.token(&claims()));
        let is_random = matches!(issuer.algorithm, PS256 | PS384 | PS512 | ES256 | ES384);
        assert!(is_random || again.jobs == 0);
        let given = again.extensions.get::<Arc<Claims>>().unwrap();
        assert_eq!(
            (given.subject(), given.get("sub")),
            (Some("somebody"), Some(&json!("somebody")))
        );
        for other in issuers.iter().filter(|other| other.algorithm != issuer.algorithm) {
            is_refused(&mut host, &other.token(&claims()), "algorithm");
        }
        let mut forged = issuer.token(&claims());
        let last = forged.pop().unwrap();
        let other = if forged.pop() == Some('A') { 'B' } else { 'A' };
        forged.push(other);
        forged.push(last);
        is_refused(&mut host, &forged, "signature");
    }
}

#[test]
fn a_public_key_is_no_secret_and_none_is_no_algorithm() {
    let issuer = Issuer::rsa("r", Algorithm::RS256);
    let mut host = host(issuer.judge());
    // Signed with what everybody knows.
    let key = jsonwebtoken::EncodingKey::from_secret(issuer.pem.as_bytes()).unwrap();
    let confused = Issuer { key, algorithm: Algorithm::HS256, ..Issuer::secret() };
    is_refused(&mut host, &confused.token(&claims()), "algorithm");
    let token = issuer.token(&claims());
    let (_, rest) = token.split_once('.').unwrap();
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJOT05FIn0", "eyJhbGciOiIifQ"] {
        is_refused(&mut host, &format!("{header}.{rest}"), "algorithm");
    }
    let (unsigned, _) = rest.split_once('.').unwrap();
    is_refused(&mut host, &format!("eyJhbGciOiJub25lIn0.{unsigned}."), "malformed");
}

#[test]
fn what_is_no_token() {
    let issuer = Issuer::secret();
    let mut host = host(issuer.judge().longest_token(500));
    let token = issuer.token(&claims());
    for malformed in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        &format!("{token}."),
        &format!(".{token}"),
        &format!("{token}="),
        &format!("{token} {token}"),
        &format!("{token}, {token}"),
        &token.replace('.', ".."),
        &format!("\"{token}\""),
        &token.replacen("ey", "e+", 1),
        "eyJhbGciOiJIUzI1NiJ.e30.AA",
        "e30A.e30.AA",
        "AAAA.e30.AA",
        &"a".repeat(501),
        &format!("{token}{}", "A".repeat(500)),
    ] {
        is_refused(&mut host, malformed, "malformed");
    }
    // {"alg":"HS256","crit":["b64"]}, {"alg":1}, {}, {"alg":"HS256","kid":1}
    for header in [
        "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiYjY0Il19",
        "eyJhbGciOjF9",
        "e30",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6MX0",
    ] {
        is_refused(&mut host, &format!("{header}.e30.AAAA"), "header");
    }
    is_refused(&mut host, &issuer.token(&json!(["a list"])), "claims");
}

#[test]
fn without_a_token_there_is_no_error() {
    let issuer = Issuer::secret();
    let mut host = host(issuer.judge().realm("the office"));
    let mut check = |request, status, challenge: &str| {
        let driven = host.drive(request);
        assert_eq!((driven.status, driven.handled), (status, false));
        assert_eq!(driven.field("www-authenticate"), Some(challenge));
    };
    let missing = "Bearer realm=\"the office\"";
    check(Request::get("/"), 401, missing);
    for other in ["Basic YTpi", "Bearerx a.b.c", "Digest", "", "Bear"] {
        check(Request::get("/").header("authorization", other), 401, missing);
    }
    let token = format!("Bearer {}", issuer.token(&claims()));
    let twice = Request::get("/").header("authorization", &token).header("authorization", &token);
    let challenge = "Bearer realm=\"the office\", error=\"invalid_request\", \
                     error_description=\"more than one Authorization field\"";
    check(twice, 400, challenge);
}

#[test]
fn the_scheme_is_read_in_any_case() {
    let issuer = Issuer::secret();
    let mut host = host(issuer.judge());
    for scheme in ["Bearer ", "bearer ", "BEARER   "] {
        assert!(ask(&mut host, &format!("{scheme}{}", issuer.token(&claims()))).handled);
    }
}

#[test]
fn it_may_be_optional_and_a_wrong_token_is_refused_nonetheless() {
    let issuer = Issuer::secret();
    let mut host = host(issuer.judge().optional(true));
    let without = host.drive(Request::get("/"));
    assert!(without.handled && without.extensions.get::<Arc<Claims>>().is_none());
    passes(&mut host, &issuer.token(&claims()));
    is_refused(&mut host, &issuer.token(&json!({ "exp": 1 })), "expired");
}

#[test]
fn dates() {
    let issuer = Issuer::secret();
    let mut host = host(issuer.judge().leeway(Duration::from_secs(10)));
    for (exp, why) in [
        (json!(NOW - 9), None),
        (json!(NOW - 10), Some("expired")),
        (json!(NOW as f64 - 9.5), Some("expired")),
        (json!(0), Some("expired")),
        (json!(-1), Some("expired")),
        (json!(1e300), None),
        (json!("1800000000"), Some("claims")),
        (json!(null), Some("claims")),
    ] {
        let token = issuer.token(&json!({ "exp": exp }));
        match why {
            None => drop(passes(&mut host, &token)),
            Some(why) => is_refused(&mut host, &token, why),
        }
    }
    is_refused(&mut host, &issuer.token(&json!({ "sub": "a" })), "never expires");
    is_refused(&mut host, &issuer.token(&with("nbf", json!(NOW + 11))), "not valid yet");
    is_refused(&mut host, &issuer.token(&with("nbf", json!(true))), "claims");
    passes(&mut host, &issuer.token(&with("nbf", json!(NOW + 10))));
    let mut host = self::host(issuer.judge().require_expiry(false));
    passes(&mut host, &issuer.token(&json!({ "sub": "a" })));
    passes(&mut host, &issuer.token(&json!({ "sub": "a" })));
}

#[test]
fn what_is_remembered_ends_with_the_token() {
    for issuer in [Issuer::secret(), Issuer::ecdsa("1")] {
        let mut host = host(issuer.judge().leeway(Duration::ZERO));
        let token = issuer.token(&with("nbf", json!(NOW)));
        passes(&mut host, &token);
        assert_eq!(passes(&mut host, &token).jobs, 0);
        host.pass(Duration::from_secs(999));
        passes(&mut host, &token);
        host.pass(Duration::from_secs(1));
        is_refused(&mut host, &token, "expired");
        // And a clock that goes back is a clock.
        host.moment.real -= Duration::from_secs(1001);
        is_refused(&mut host, &token, "not valid yet");
    }
}

#[test]
fn audience_issuer_and_other_claims() {
    let issuer = Issuer::secret();
    let check = |jwt: JwtBuilder, name: &str, value: Value, why: Option<&str>| {
        let (mut host, token) = (host(jwt), issuer.token(&with(name, value)));
        match why {
            None => drop(passes(&mut host, &token)),
            Some(why) => is_refused(&mut host, &token, why),
        }
    };
    let audience = || issuer.judge().audience("api").audience("web");
    check(audience(), "aud", json!("api"), None);
    check(audience(), "aud", json!(["other", "web"]), None);
    for wrong in [json!("apis"), json!([]), json!(["other"]), json!(1), json!({ "api": 1 })] {
        check(audience(), "aud", wrong.clone(), Some("audience"));
        // A token that is for somebody isn't for who has no name.
        check(issuer.judge(), "aud", wrong.clone(), Some("audience"));
        check(issuer.judge().any_audience(true), "aud", wrong, None);
    }
    check(audience(), "x", json!(1), Some("audience"));
    let from = || issuer.judge().issuer("https://a.example");
    check(from(), "iss", json!("https://a.example"), None);
    check(from(), "iss", json!("https://a.example/"), Some("issuer"));
    check(from(), "iss", json!(["https://a.example"]), Some("issuer"));
    check(from(), "x", json!(1), Some("issuer"));
    check(issuer.judge().require_claim("tenant"), "tenant", json!(7), None);
    check(issuer.judge().require_claim("tenant"), "tenant", json!(null), Some("claim"));
    check(issuer.judge().require_claim("tenant"), "x", json!(7), Some("claim"));
    check(issuer.judge().token_type("JWT"), "x", json!(7), None);
    check(issuer.judge().token_type("application/jwt"), "x", json!(7), None);
    check(issuer.judge().token_type("at+jwt"), "x", json!(7), Some("type"));
}

#[test]
fn scopes() {
    let issuer = Issuer::secret();
    let mut host = host(issuer.judge().require_scope("read").require_scope("files:write"));
    for granted in [json!("a read files:write"), json!(["files:write", "read"])] {
        let name = if granted.is_array() { "scp" } else { "scope" };
        passes(&mut host, &issuer.token(&with(name, granted)));
    }
    for lacking in [json!("read"), json!("reader files:write"), json!(1), json!("")] {
        let token = format!("Bearer {}", issuer.token(&with("scope", lacking)));
        // Remembered or not.
        for _ in 0..2 {
            let driven = ask(&mut host, &token);
            assert_eq!((driven.status, driven.handled), (403, false));
            let challenge = "Bearer realm=\"restricted\", error=\"insufficient_scope\", \
                             error_description=\"the token does not grant what it takes\", \
                             scope=\"read files:write\"";
            assert_eq!(driven.field("www-authenticate"), Some(challenge));
        }
    }
}

#[test]
fn jobs_are_bounded_and_places_come_back() {
    use catzilla_middleware_engine::Before;
    let issuer = Issuer::ecdsa("1");
    let host = host(issuer.judge().max_verifications(2).cache(0));
    let token = format!("Bearer {}", issuer.token(&claims()));
    let request = Request::get("/").header("authorization", token).body(()).unwrap().into_parts().0;
    let begin = || {
        let mut run =
            host.chain.begin(catzilla_middleware_engine::RequestArena::new(4096), Vec::new());
        let before = host.chain.before(&mut run, &request, host.moment);
        (run, before)
    };
    let (mut run, first) = begin();
    let second = begin();
    let (third_run, third) = begin();
    assert!(matches!(third, Before::Answer(response) if response.status() == 503));
    assert_eq!(third_run.finish().overlay.added("retry-after"), Some(&b"1"[..]));
    // One that went away without having run, and one that has.
    drop(second);
    let Before::Wait(job) = first else { panic!("{first:?}") };
    let resumed = host.chain.resume(&mut run, &request, host.moment, job.run());
    assert!(matches!(resumed, Before::Handle));
    assert!(matches!(begin().1, Before::Wait(_)));
}

#[test]
fn what_makes_no_sense_is_not_built() {
    #[track_caller]
    fn check(jwt: JwtBuilder, option: &str) {
        let error = jwt.build().unwrap_err().to_string();
        assert!(error.starts_with(&format!("jwt: {option}: ")), "{error}");
    }
    let issuer = Issuer::secret();
    check(issuer.judge().realm("a\"b"), "realm");
    check(issuer.judge().realm("a\r\nb"), "realm");
    check(issuer.judge().require_scope("a b"), "require_scope");
    check(issuer.judge().require_scope(""), "require_scope");
    check(issuer.judge().audience("a").any_audience(true), "any_audience");
    check(issuer.judge().leeway(Duration::from_hours(2)), "leeway");
    check(issuer.judge().longest_token(0), "longest_token");
    check(issuer.judge().cache(usize::MAX), "cache");
    check(issuer.judge().max_verifications(0), "max_verifications");
}
