//! From options to a [`BasicAuth`].

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::verified::Verified;
use super::{BasicAuth, BasicUsersHandle};
use crate::builtin::config_error::ConfigError;
use crate::overlay::{FieldLines, is_field_value};
use crate::places::Places;

/// The options of a [`BasicAuth`].
#[derive(Debug, Clone)]
pub struct BasicAuthBuilder {
    users: BasicUsersHandle,
    name: Cow<'static, str>,
    realm: String,
    charset: bool,
    cache: usize,
    lifetime: Duration,
    max_verifications: usize,
}

impl BasicAuthBuilder {
    pub(super) fn new(users: BasicUsersHandle) -> Self {
        Self {
            users,
            name: Cow::Borrowed("basic-auth"),
            realm: "restricted".to_owned(),
            charset: true,
            cache: 1024,
            lifetime: Duration::from_mins(5),
            max_verifications: 4,
        }
    }

    /// Its name in the chain. Default: `basic-auth`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// What is protected (RFC 9110 section 11.5): browsers show it, and send the same credentials for all of it. Default:
    /// `restricted`.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Whether the challenge asks for UTF-8 (RFC 7617 section 2.1). It is expected either way; browsers send it anyhow.
    /// Default: yes.
    pub fn charset(mut self, charset: bool) -> Self {
        self.charset = charset;
        self
    }

    /// For how many right credentials it is remembered that they are right, and for how long, so that only the first request
    /// of many waits for a password to be verified. A user who is gone from the list is gone at once. With room for none, each
    /// request waits. Default: 1,024, for five minutes.
    pub fn cache(mut self, entries: usize, lifetime: Duration) -> Self {
        self.cache = entries;
        self.lifetime = lifetime;
        self
    }

    /// How many verifications may wait or be under way at once; requests beyond are answered 503. Each takes a thread of the
    /// pool for as long as the hash asks for, and each of Argon2id its memory: so many threads are left to others. Default: 4.
    pub fn max_verifications(mut self, count: usize) -> Self {
        self.max_verifications = count;
        self
    }

    /// The middleware.
    ///
    /// # Errors
    /// When the realm is empty or can't stand in a field, and when nothing could ever be verified.
    pub fn build(self) -> Result<BasicAuth, ConfigError> {
        let error = |option, problem: String| ConfigError::new("basic-auth", option, problem);
        let realm = &self.realm;
        if realm.is_empty() || !realm.is_ascii() || !is_field_value(realm.as_bytes()) {
            let problem = "it can't be shown: write ASCII without control characters";
            return Err(error("realm", format!("{realm:?}: {problem}")));
        }
        if self.max_verifications == 0 {
            let problem = "with 0, nobody could come in: give 1 or more".to_owned();
            return Err(error("max_verifications", problem));
        }
        let realm = realm.replace('\\', "\\\\").replace('"', "\\\"");
        let charset = if self.charset { ", charset=\"UTF-8\"" } else { "" };
        let lines = |name, value| {
            let lines = FieldLines::new([(name, value)]);
            lines.map_err(|problem| error("realm", problem.to_string()))
        };
        Ok(BasicAuth {
            name: self.name,
            users: self.users,
            challenge: lines("www-authenticate", format!("Basic realm=\"{realm}\"{charset}"))?,
            retry_after: lines("retry-after", super::RETRY_AFTER.to_owned())?,
            verified: Arc::new(Verified::new(self.cache, self.lifetime)),
            verifications: Places::new(self.max_verifications),
        })
    }
}
