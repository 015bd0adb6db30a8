//! A name for each request, by which logs of several servers are put together.

mod made;

use std::borrow::Cow;
use std::fmt;

use self::made::Maker;
use super::config_error::{ConfigError, is_token};
use crate::arena::ArenaFull;
use crate::context::Context;
use crate::flow::{Done, Flow, Result};
use crate::middleware::Middleware;
use crate::overlay::FieldLines;
use crate::phase::Phases;

/// Longer ones are not taken over.
const MAX_LEN: usize = 128;

/// Gives each request an identifier: 128 bits in hexadecimal, of this process and this request alone.
///
/// It is the value of `X-Request-Id` in the answer, whoever gives it, and a [`RequestIdentifier`] in the arena and for the
/// handler. One that comes with the request is taken over only where [told to](Self::trust_incoming), if it is 1 to 128 token
/// characters (RFC 9110 section 5.6.2) in one line; what isn't is passed over, and the request gets one of ours.
///
/// Making one takes no system call. They are unique, not secret. A process that forks after it has made a `RequestId` makes
/// the same ones in both halves: make it after the fork.
#[derive(Debug)]
pub struct RequestId {
    name: Cow<'static, str>,
    field: Cow<'static, str>,
    trusts: bool,
    maker: Maker,
}

impl Default for RequestId {
    fn default() -> Self {
        Self {
            name: "request-id".into(),
            field: "x-request-id".into(),
            trusts: false,
            maker: Maker::new(),
        }
    }
}

impl RequestId {
    /// One that gives each request an identifier of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name in the chain. Default: `request-id`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Whether a request may bring its own, as a proxy in front gives it one. Anybody could, then, so that it says nothing
    /// about who asks. Default: no.
    pub fn trust_incoming(mut self, trust: bool) -> Self {
        self.trusts = trust;
        self
    }

    /// The field, of requests and answers. Default: `x-request-id`.
    ///
    /// # Errors
    /// When that is no name of a field, or one of the connection's own.
    pub fn field(mut self, name: impl Into<Cow<'static, str>>) -> Result<Self, ConfigError> {
        self.field = name.into();
        if FieldLines::new([(&self.field, "id")]).is_err() {
            let problem = format!("{:?} can't be set: write such as x-request-id", self.field);
            return Err(ConfigError::new("request-id", "field", problem));
        }
        Ok(self)
    }

    fn identify<'a>(&self, cx: &Context<'a>) -> Result<&'a RequestIdentifier, ArenaFull> {
        if let Some(identifier) = cx.arena.get() {
            return Ok(identifier);
        }
        let incoming =
            if self.trusts { cx.request.single(&self.field).ok().flatten() } else { None };
        let taken = incoming.and_then(RequestIdentifier::new);
        cx.arena.provide(taken.unwrap_or_else(|| RequestIdentifier::made(self.maker.make())))
    }
}

impl Middleware for RequestId {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        5
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        self.identify(cx)?;
        Ok(Flow::Next)
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        let identifier = self.identify(cx)?;
        cx.response.replace(&self.field, identifier.as_str())?;
        Ok(Done::Next)
    }
}

/// The identifier of a request: 1 to 128 token characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestIdentifier {
    bytes: [u8; MAX_LEN],
    len: u8,
}

impl RequestIdentifier {
    fn new(value: &[u8]) -> Option<Self> {
        if value.len() > MAX_LEN || !is_token(value) {
            return None;
        }
        let mut bytes = [0; MAX_LEN];
        bytes[..value.len()].copy_from_slice(value);
        Some(Self { bytes, len: value.len() as u8 })
    }

    fn made(made: [u8; made::LEN]) -> Self {
        let mut bytes = [0; MAX_LEN];
        bytes[..made::LEN].copy_from_slice(&made);
        Self { bytes, len: made::LEN as u8 }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        let bytes = &self.bytes[..usize::from(self.len)];
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Display for RequestIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
