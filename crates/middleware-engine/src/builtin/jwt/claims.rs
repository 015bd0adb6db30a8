//! What a token says.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

/// What a verified token says of its bearer (RFC 7519 section 4). The handler finds it as `Arc<Claims>` in the extensions of
/// its request, and other middlewares in the [arena](crate::RequestArena::get).
///
/// What it prints for debugging are the names of the claims, not what they say.
#[derive(Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// All claims.
    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A claim by its name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whom the token is about: `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.get("sub")?.as_str()
    }

    /// Who has made it: `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.get("iss")?.as_str()
    }

    /// When it ends: `exp`, in whole seconds.
    pub fn expires(&self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.date("exp").ok()??).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Whether this scope is among those that the token grants: in `scope`, separated by spaces (RFC 9068 section 2.2.3), or
    /// in `scp`, a list.
    pub fn has_scope(&self, scope: &str) -> bool {
        ["scope", "scp"].into_iter().filter_map(|name| self.get(name)).any(|value| match value {
            Value::String(scopes) => scopes.split(' ').any(|it| it == scope),
            Value::Array(scopes) => scopes.iter().any(|it| it.as_str() == Some(scope)),
            _ => false,
        })
    }

    /// A date (RFC 7519 section 2) in seconds, without what is behind the point.
    pub(super) fn date(&self, name: &str) -> Result<Option<i64>, NoDate> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => {
                let date =
                    value.as_i64().or_else(|| value.as_f64().map(|date| date.floor() as i64));
                date.map(Some).ok_or(NoDate)
            }
        }
    }

    /// Whether the token is for one of these: `aud` is a name or a list of names.
    pub(super) fn is_for(&self, audiences: &[Box<str>]) -> bool {
        let is_one = |value: &Value| {
            value.as_str().is_some_and(|it| audiences.iter().any(|audience| **audience == *it))
        };
        match self.get("aud") {
            Some(Value::Array(names)) => names.iter().any(is_one),
            Some(name) => is_one(name),
            None => false,
        }
    }
}

/// A date that is no number.
#[derive(Debug)]
pub(super) struct NoDate;

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
