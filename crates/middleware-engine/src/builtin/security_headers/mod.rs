//! Fields by which a browser protects a site and its users.

mod builder;
mod values;

use std::borrow::Cow;

pub use self::builder::SecurityHeadersBuilder;
pub use self::values::{
    EmbedderPolicy, FrameOptions, Hsts, OpenerPolicy, ReferrerPolicy, ResourcePolicy,
};

use crate::context::Context;
use crate::flow::{Done, Result};
use crate::middleware::Middleware;
use crate::overlay::FieldLines;
use crate::phase::Phases;

/// Writes the fields that browsers look for before they trust a page, on every answer, whoever gives it.
///
/// A field that the answer has already stays as it is, unless [told otherwise](SecurityHeadersBuilder::override_handler).
/// `Strict-Transport-Security` is written over secure connections only (RFC 6797 section 7.2), or where
/// [somebody else](SecurityHeadersBuilder::behind_tls) makes them secure.
///
/// ```
/// use catzilla_middleware_engine::builtin::{FrameOptions, SecurityHeaders};
///
/// let headers = SecurityHeaders::builder()
///     .frame_options(FrameOptions::Deny)
///     .resource_policy(None)
///     .permissions_policy("camera=(), microphone=()".to_owned())
///     .build()?;
/// # Ok::<(), catzilla_middleware_engine::builtin::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SecurityHeaders {
    name: Cow<'static, str>,
    /// One by one, with their names.
    always: Box<[(&'static str, FieldLines)]>,
    hsts: Option<(&'static str, FieldLines)>,
    /// Of all of them, that of `hsts` last.
    names: Box<[&'static str]>,
    /// All of them for a plain connection, and for a secure one.
    plain: FieldLines,
    secure: FieldLines,
    behind_tls: bool,
    overrides: bool,
}

impl SecurityHeaders {
    /// Begins one, with what is good for most sites.
    pub fn builder() -> SecurityHeadersBuilder {
        SecurityHeadersBuilder::default()
    }
}

impl Middleware for SecurityHeaders {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        60
    }

    fn phases(&self) -> Phases {
        Phases::AFTER
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        let is_secure = self.behind_tls || cx.request.is_secure();
        let fields = || self.always.iter().chain(self.hsts.iter().filter(|_| is_secure));
        let block = if is_secure { &self.secure } else { &self.plain };
        let names = if is_secure { &self.names } else { &self.names[..self.always.len()] };
        if !cx.response.has_any(names) {
            cx.response.append_lines(block);
        } else if self.overrides {
            cx.response.replace_lines(block);
        } else {
            for (name, line) in fields() {
                if cx.response.field(name).is_none() {
                    cx.response.append_lines(line);
                }
            }
        }
        Ok(Done::Next)
    }
}
