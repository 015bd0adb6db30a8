//! Cross-origin resource sharing.

mod builder;
mod origin;

use std::borrow::Cow;
use std::fmt;

pub use self::builder::CorsBuilder;

use self::origin::Origin;
use super::config_error::is_token;
use crate::context::Context;
use crate::flow::{Done, Flow, Result};
use crate::middleware::Middleware;
use crate::overlay::FieldLines;
use crate::phase::Phases;
use crate::request::RequestView;
use crate::response::Response;

/// An answer without content, to a preflight: the fields say what is allowed.
const PREFLIGHT: u16 = 204;
/// To a preflight from an origin that isn't allowed, or from none: a browser treats it as one without fields, but logs
/// and people see that it was refused.
const REFUSED: u16 = 403;

/// Longer ones are of no browser.
const MAX_REQUESTED: usize = 4096;

/// What a response would say of another's policy.
const OF_RESPONSES: [&str; 3] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
];

/// Which pages of other origins may read the answers ([Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol),
/// section 3.3).
///
/// A **preflight** (`OPTIONS` with `Origin` and `Access-Control-Request-Method`) is answered right here, before anybody asks
/// for credentials, which it never has: 204 and what is allowed, whether or not it asks for more, as the browser compares and
/// tells its user what is missing; 403 without those fields when its origin is not allowed or something in it is malformed.
/// Every other request goes on, from wherever it comes: it is the browser that keeps an answer from a page, and who must not
/// be asked by other pages at all needs more than this. Its answer gets the fields whoever gives it, errors too; those of the
/// handler, or of a CORS middleware before this one, are replaced.
///
/// Where the answer depends on `Origin` it says so (`Vary`), with and without one in the request. An origin that is allowed is
/// written as it was normalised, never as it was sent; `null` is never allowed but by `*`.
///
/// Private networks are those of the [draft](https://wicg.github.io/private-network-access/) that Chromium has shipped.
///
/// ```
/// use std::time::Duration;
///
/// use catzilla_middleware_engine::builtin::Cors;
///
/// let cors = Cors::builder()
///     .origins(["https://app.example.com"])
///     .credentials(true)
///     .methods(["GET", "HEAD", "PUT"])
///     .headers(["content-type", "authorization"])
///     .max_age(Duration::from_secs(7200))
///     .build()?;
/// # Ok::<(), catzilla_middleware_engine::builtin::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Cors {
    name: Cow<'static, str>,
    origins: Origins,
    /// What an allowed origin gets beside the line that names it.
    simple: FieldLines,
    /// The same, in the answer to a preflight.
    preflight: FieldLines,
    /// What a preflight gets that is refused.
    refusal: FieldLines,
    mirror_headers: bool,
    private_network: bool,
}

#[derive(Debug)]
enum Origins {
    /// `*`
    Any(FieldLines),
    /// In the order of their bytes, and those of which a function says so.
    Some { known: Box<[Known]>, predicate: Option<Predicate> },
}

/// An origin that is allowed by name.
#[derive(Debug)]
struct Known {
    origin: Box<[u8]>,
    line: FieldLines,
}

/// Says which origins are allowed.
struct Predicate(Box<dyn Fn(&str) -> bool + Send + Sync>);

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function")
    }
}

impl Cors {
    /// Begins one. Somebody must be allowed: [`origins`](CorsBuilder::origins), [`origins_where`](CorsBuilder::origins_where)
    /// or [`any_origin`](CorsBuilder::any_origin).
    pub fn builder() -> CorsBuilder {
        CorsBuilder::default()
    }

    /// Writes the line that names the origin; `false` when it isn't allowed.
    fn allow(&self, cx: &mut Context<'_>) -> Result<bool> {
        let (known, predicate) = match &self.origins {
            Origins::Any(line) => {
                cx.response.append_lines(line);
                return Ok(true);
            }
            Origins::Some { known, predicate } => (known, predicate),
        };
        let line_of = |origin: &[u8]| {
            let at = known.binary_search_by(|known| (*known.origin).cmp(origin)).ok()?;
            Some(&known[at].line)
        };
        let Ok(Some(value)) = cx.request.single("origin") else { return Ok(false) };
        // Browsers send it as it is normalised.
        if let Some(line) = line_of(value) {
            cx.response.append_lines(line);
            return Ok(true);
        }
        let Some(origin) = Origin::parse(value) else { return Ok(false) };
        if let Some(line) = line_of(origin.as_bytes()) {
            cx.response.append_lines(line);
            return Ok(true);
        }
        let is_allowed = predicate.as_ref().is_some_and(|predicate| predicate.0(origin.as_str()));
        if is_allowed {
            cx.response.append("access-control-allow-origin", origin.as_bytes())?;
        }
        Ok(is_allowed)
    }
}

impl Middleware for Cors {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        25
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        if !is_preflight(cx.request) {
            return Ok(Flow::Next);
        }
        let headers = match requested(cx.request) {
            Some(headers) if self.allow(cx)? => headers,
            _ => {
                cx.response.append_lines(&self.refusal);
                return Ok(Flow::Stop(Response::new(REFUSED)));
            }
        };
        cx.response.append_lines(&self.preflight);
        if self.mirror_headers && !headers.is_empty() {
            cx.response.append("access-control-allow-headers", headers)?;
        }
        let asks = cx.request.field("access-control-request-private-network");
        if self.private_network && asks == Some(b"true") {
            cx.response.append("access-control-allow-private-network", "true")?;
        }
        Ok(Flow::Stop(Response::new(PREFLIGHT)))
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        // It has its answer, or was refused before it came here; it doesn't get a second set of fields.
        if is_preflight(cx.request) {
            return Ok(Done::Next);
        }
        if cx.response.has_any(&OF_RESPONSES) {
            for name in OF_RESPONSES {
                cx.response.remove(name);
            }
        }
        if matches!(self.origins, Origins::Some { .. }) {
            cx.response.vary("Origin")?;
        }
        if self.allow(cx)? {
            cx.response.append_lines(&self.simple);
        }
        Ok(Done::Next)
    }
}

/// Fetch standard, section 3.3.2.
fn is_preflight(request: &dyn RequestView) -> bool {
    request.method() == "OPTIONS"
        && request.field("origin").is_some()
        && request.field("access-control-request-method").is_some()
}

/// What a preflight asks for, where it is well-formed: the fields that it wants to set.
fn requested(request: &dyn RequestView) -> Option<&[u8]> {
    let origin = request.single("origin").ok()??;
    let method = request.single("access-control-request-method").ok()??;
    let headers = request.single("access-control-request-headers").ok()?.unwrap_or_default();
    let is_origin = origin == b"null" || Origin::parse(origin).is_some();
    (is_origin && is_token(method) && is_list(headers)).then_some(headers)
}

/// Names with commas between them: nothing that could be anything else when it is written into a field.
fn is_list(value: &[u8]) -> bool {
    value.len() <= MAX_REQUESTED
        && (value.is_empty()
            || value.split(|&byte| byte == b',').all(|name| is_token(name.trim_ascii())))
}
