//! How many requests somebody may make.

mod builder;
mod gcra;
mod key;
mod table;

use std::borrow::Cow;
use std::time::Duration;

pub use builder::RateLimitBuilder;
use gcra::{Gcra, Verdict};
use key::Key;
pub use key::{KeyFunction, RateLimitKey};
use table::Table;

use super::trusted_proxies::TrustedProxies;
use crate::context::Context;
use crate::flow::{Flow, Result};
use crate::middleware::Middleware;
use crate::overlay::FieldLines;
use crate::phase::Phases;
use crate::response::Response;

/// Too many requests (RFC 6585 section 4).
const TOO_MANY: Response = Response::new(429);

/// Whose request it is can't be told: the field that says it stands there twice.
const AMBIGUOUS: Response = Response::new(400);

/// In nanoseconds: beyond any clock, and so early that sums don't overflow.
const LATEST: u128 = 1 << 62;

/// Refuses requests beyond a rate, by 429 with `Retry-After`.
///
/// Everybody has so many requests at once, the burst, and gets them back at the rate, evenly. What is refused costs
/// nothing. All memory is taken when it is built; see [`RateLimitBuilder::keys`] for what happens when there are more
/// clients than that.
///
/// ```
/// use std::time::Duration;
///
/// use catzilla_middleware_engine::Chain;
/// use catzilla_middleware_engine::builtin::RateLimit;
///
/// let limit = RateLimit::builder(100, Duration::from_secs(60)).burst(20).announce(true).build()?;
/// let chain = Chain::builder().with(limit).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RateLimit {
    name: Cow<'static, str>,
    gcra: Gcra,
    table: Table,
    key: RateLimitKey,
    proxies: TrustedProxies,
    ipv6_mask: u128,
    announcement: Option<Box<Announcement>>,
}

/// What an answer says of the limit.
#[derive(Debug)]
struct Announcement {
    policy: FieldLines,
    /// The beginning of `RateLimit`: `"name";r=`.
    name: Box<[u8]>,
}

impl RateLimit {
    /// A limit of so many requests per period.
    pub fn builder(requests: u32, per: Duration) -> RateLimitBuilder {
        RateLimitBuilder {
            name: "rate-limit".into(),
            requests,
            per,
            burst: None,
            key: RateLimitKey::Client,
            proxies: TrustedProxies::default(),
            ipv6_prefix: 64,
            keys: 65_536,
            announce: false,
        }
    }

    fn client(&self, cx: &Context<'_>) -> Key<'static> {
        Key::of(self.proxies.client(cx.request), self.ipv6_mask)
    }

    fn announce(&self, verdict: Verdict, cx: &mut Context<'_>) -> Result<()> {
        let Some(announcement) = &self.announcement else { return Ok(()) };
        cx.response.append_lines(&announcement.policy);
        let (left, more) = self.gcra.left(verdict);
        let mut line = [0; 128];
        let (mut left_text, mut more_text) = (itoa::Buffer::new(), itoa::Buffer::new());
        // The name has 66 bytes at most, and each number 20.
        let parts: [&[u8]; 4] = [
            &announcement.name,
            left_text.format(left).as_bytes(),
            b";t=",
            more_text.format(seconds(more)).as_bytes(),
        ];
        let mut end = 0;
        for part in parts {
            line[end..end + part.len()].copy_from_slice(part);
            end += part.len();
        }
        cx.response.append("ratelimit", &line[..end])?;
        Ok(())
    }
}

impl Middleware for RateLimit {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        30
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        let key = match &self.key {
            RateLimitKey::Client => self.client(cx),
            RateLimitKey::Header(name) => match cx.request.single(name) {
                Ok(Some(value)) => Key::Value(value),
                Ok(None) => self.client(cx),
                Err(_) => return Ok(Flow::Stop(AMBIGUOUS)),
            },
            RateLimitKey::Function(function) => match function(cx) {
                Some(number) => Key::Number(number),
                None => return Ok(Flow::Next),
            },
            RateLimitKey::Everybody => Key::Everybody,
        };
        let now = cx.moment.monotonic.as_nanos().min(LATEST) as u64;
        let verdict = self.table.decide(&self.gcra, key, now);
        self.announce(verdict, cx)?;
        let Verdict::Refused { wait } = verdict else { return Ok(Flow::Next) };
        cx.response.replace("retry-after", itoa::Buffer::new().format(seconds(wait)))?;
        Ok(Flow::Stop(TOO_MANY))
    }
}

/// Upwards, so that who waits so long is let in.
fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(1_000_000_000)
}
