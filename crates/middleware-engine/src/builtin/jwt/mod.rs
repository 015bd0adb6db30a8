//! Signed tokens.

mod bearer;
mod builder;
mod cache;
mod claims;
mod keys;
mod refusal;
mod token;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bearer::{Credentials, compact, credentials};
pub use builder::JwtBuilder;
use cache::{Cache, Verified};
pub use claims::Claims;
pub use keys::{JwtAlgorithm, JwtKey, JwtKeyError, JwtKeySet, JwtKeys};
use refusal::Refusal;
use token::Header;

use super::shared_caches;
use crate::context::Context;
use crate::flow::{self, Done, Flow};
use crate::middleware::Middleware;
use crate::phase::Phases;
use crate::places::Places;

/// For how many seconds a token without an end is remembered.
const ENDLESS: i64 = 300;

/// Lets in who bears a signed token: `Authorization: Bearer` (RFC 6750) with a JWT (RFC 7519), by the rules of RFC 8725.
///
/// A token is tried with keys of the algorithm that it claims, and each key is for one algorithm: there is no `none`, and no
/// public key becomes a secret. Signatures by secrets are verified at once, those of public keys in a [job](Flow::defer);
/// and what was verified is remembered until it ends or the [keys](JwtKeys) change.
///
/// Who has no token, or none that is valid, is answered 401 and told why; who has two fields 400; who lacks a
/// [scope](JwtBuilder::require_scope) 403. The handler is given `Arc<`[`Claims`]`>`.
///
/// ```
/// use catzilla_middleware_engine::Chain;
/// use catzilla_middleware_engine::builtin::{Jwt, JwtAlgorithm, JwtKey, JwtKeySet};
///
/// let secret = b"at least as long as its hash: 32 bytes";
/// let keys = JwtKeySet::new([JwtKey::secret(JwtAlgorithm::Hs256, secret)?])?;
/// let jwt = Jwt::builder(keys).issuer("https://login.example").audience("api").build()?;
/// let chain = Chain::builder().with(jwt).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Jwt {
    name: Cow<'static, str>,
    inner: Arc<Inner>,
}

/// What jobs hold, too.
#[derive(Debug)]
struct Inner {
    keys: JwtKeys,
    rules: Rules,
    /// All that are required, for the challenge.
    scope: String,
    /// In seconds.
    leeway: i64,
    longest: usize,
    cache: Cache,
    verifications: Places,
}

/// What a token must say.
#[derive(Debug)]
struct Rules {
    realm: Box<str>,
    audiences: Vec<Box<str>>,
    any_audience: bool,
    issuers: Vec<Box<str>>,
    claims: Vec<Box<str>>,
    scopes: Vec<Box<str>>,
    token_type: Option<Box<str>>,
    require_expiry: bool,
    optional: bool,
}

impl Jwt {
    /// Verifies tokens by these keys; by a clone of their handle they can be replaced later.
    pub fn builder(keys: impl Into<JwtKeys>) -> JwtBuilder {
        JwtBuilder {
            name: "jwt".into(),
            keys: keys.into(),
            rules: Rules {
                realm: "restricted".into(),
                audiences: Vec::new(),
                any_audience: false,
                issuers: Vec::new(),
                claims: Vec::new(),
                scopes: Vec::new(),
                token_type: None,
                require_expiry: true,
                optional: false,
            },
            leeway: Duration::from_mins(1),
            longest: 8192,
            cached: 1024,
            max_verifications: 64,
        }
    }

    /// The keys, to be replaced while it is in use.
    pub fn keys(&self) -> &JwtKeys {
        &self.inner.keys
    }
}

impl Middleware for Jwt {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        40
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    /// What is for one client isn't for caches that many share.
    fn after(&self, cx: &mut Context<'_>) -> flow::Result<Done> {
        if cx.arena.get::<Arc<Claims>>().is_some() {
            shared_caches::keep_out(cx)?;
        }
        Ok(Done::Next)
    }

    fn before(&self, cx: &mut Context<'_>) -> flow::Result<Flow> {
        let inner = &self.inner;
        let request = cx.request;
        let token = match credentials(request, inner.longest) {
            Credentials::Token(token) => token,
            Credentials::None if inner.rules.optional => return Ok(Flow::Next),
            Credentials::None => return inner.refuse(cx, Refusal::NoToken),
            Credentials::TooLong => return inner.refuse(cx, Refusal::Malformed),
            Credentials::Repeated => return inner.refuse(cx, Refusal::Repeated),
        };
        let keys = inner.keys.load();
        if let Some((claims, has_scopes)) =
            inner.cache.get(token, keys.number, seconds(cx.moment.real))
        {
            return inner.admit(cx, claims, has_scopes);
        }
        // What is remembered has been looked at before, so that only what isn't is looked at here.
        let Some(token) = compact(token) else { return inner.refuse(cx, Refusal::Malformed) };
        let header = match inner.header(token, &keys.keys) {
            Ok(header) => header,
            Err(refusal) => return inner.refuse(cx, refusal),
        };
        if header.algorithm.is_quick() {
            let claims = token::verify(&keys.keys, token, &header);
            return inner.judge(cx, token, keys.number, claims);
        }
        let Some(place) = inner.verifications.take() else {
            return inner.refuse(cx, Refusal::TooManyJobs);
        };
        let (keys, token) = (Arc::clone(&keys), Box::<str>::from(token));
        let inner = Arc::clone(inner);
        Ok(Flow::defer(move || {
            let claims = token::verify(&keys.keys, &token, &header);
            drop(place);
            move |cx: &mut Context<'_>| inner.judge(cx, &token, keys.number, claims)
        }))
    }
}

impl Inner {
    /// Refuses by the header alone what no key could be tried with.
    fn header(&self, token: &str, keys: &JwtKeySet) -> Result<Header, Refusal> {
        let header = Header::of(token)?;
        if let Some(wanted) = &self.rules.token_type
            && !header.is_of_type(wanted)
        {
            return Err(Refusal::Type);
        }
        let is_there = |id| keys.candidates(header.algorithm, id).next().is_some();
        match header.key_id.as_deref() {
            id if is_there(id) => Ok(header),
            Some(_) if is_there(None) => Err(Refusal::UnknownKey),
            _ => Err(Refusal::Algorithm),
        }
    }

    /// What a token whose signature was verified comes to.
    fn judge(
        &self,
        cx: &mut Context<'_>,
        token: &str,
        generation: u64,
        claims: Result<Claims, Refusal>,
    ) -> flow::Result<Flow> {
        let now = seconds(cx.moment.real);
        let judged = claims.and_then(|claims| Ok((self.valid(&claims, now)?, claims)));
        let ((from, until), claims) = match judged {
            Ok(judged) => judged,
            Err(refusal) => return self.refuse(cx, refusal),
        };
        let has_scopes = self.rules.scopes.iter().all(|scope| claims.has_scope(scope));
        let claims = Arc::new(claims);
        let token = token.into();
        let verified = Arc::clone(&claims);
        self.cache.put(Verified { token, generation, from, until, has_scopes, claims: verified });
        self.admit(cx, claims, has_scopes)
    }

    /// From when until when a token is valid, now being within.
    fn valid(&self, claims: &Claims, now: i64) -> Result<(i64, i64), Refusal> {
        let rules = &self.rules;
        let date = |name| claims.date(name).map_err(|_| Refusal::Claims);
        let until = match date("exp")? {
            Some(expires) => expires.saturating_add(self.leeway),
            None if rules.require_expiry => return Err(Refusal::NoExpiry),
            None => now.saturating_add(ENDLESS),
        };
        let from = date("nbf")?.map_or(i64::MIN, |begins| begins.saturating_sub(self.leeway));
        if now >= until {
            return Err(Refusal::Expired);
        }
        if now < from {
            return Err(Refusal::NotYet);
        }
        let is_for_us = rules.any_audience
            || if rules.audiences.is_empty() {
                claims.get("aud").is_none()
            } else {
                claims.is_for(&rules.audiences)
            };
        if !is_for_us {
            return Err(Refusal::Audience);
        }
        let is_of = |issuer: &str| rules.issuers.iter().any(|it| **it == *issuer);
        if !rules.issuers.is_empty() && !claims.issuer().is_some_and(is_of) {
            return Err(Refusal::Issuer);
        }
        if rules.claims.iter().any(|name| claims.get(name).is_none_or(serde_json::Value::is_null)) {
            return Err(Refusal::MissingClaim);
        }
        Ok((from, until))
    }

    fn admit(
        &self,
        cx: &mut Context<'_>,
        claims: Arc<Claims>,
        has_scopes: bool,
    ) -> flow::Result<Flow> {
        if !has_scopes {
            return self.refuse(cx, Refusal::Scope);
        }
        cx.arena.provide(claims)?;
        Ok(Flow::Next)
    }

    fn refuse(&self, cx: &mut Context<'_>, refusal: Refusal) -> flow::Result<Flow> {
        refusal.answer(cx, &self.rules.realm, &self.scope)
    }
}

/// Of the calendar, since 1970.
fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}
