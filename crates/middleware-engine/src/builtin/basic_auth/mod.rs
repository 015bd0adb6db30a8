//! Who asks, by name and password.

mod builder;
mod credentials;
mod hash;
mod users;
mod verified;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

pub use self::builder::BasicAuthBuilder;
pub use self::users::{BasicUsers, BasicUsersError};

use self::credentials::Credentials;
use self::verified::Verified;
use super::shared_caches;
use crate::context::Context;
use crate::flow::{Done, Flow, Result};
use crate::middleware::Middleware;
use crate::overlay::FieldLines;
use crate::phase::Phases;
use crate::places::Places;
use crate::response::Response;

/// No credentials, wrong ones, or what can't be read as such (RFC 9110 section 15.5.2).
const UNAUTHORIZED: u16 = 401;
/// Too many are being verified. That is no doing of this client, so it isn't 429.
const BUSY: u16 = 503;
/// In seconds.
const RETRY_AFTER: &str = "1";

/// Lets users of a list in by name and password (RFC 7617), and answers others 401.
///
/// What is right is a [`BasicUser`] in the arena and for the handler. Passwords travel in plain text, so this is for TLS.
///
/// **Slow on purpose**: a password is [verified](Flow::defer) where it may take long, and somebody who isn't on the list is
/// verified against the hash of somebody who is, so that time doesn't tell who exists. What was right is remembered
/// [for a while](BasicAuthBuilder::cache), under a hash with a key that nobody knows. While too many are being verified
/// ([`max_verifications`](BasicAuthBuilder::max_verifications)), those who aren't remembered get 503 with `Retry-After`:
/// guessing costs the guesser's patience, and of the pool no more than that. It doesn't count failures by client: a rate limit in front does.
///
/// A field that is repeated, longer than 4 KiB, or holds no credentials that RFC 7617 allows is answered 401 without such work.
///
/// Answers to those who are let in don't stay in shared caches: `Cache-Control` loses `public` and `s-maxage` and gets
/// `private` where it would allow that (RFC 9111 section 3.5).
///
/// ```
/// use catzilla_middleware_engine::builtin::{BasicAuth, BasicUsers, BasicUsersHandle};
///
/// let text = "alice:$2y$10$8tVrPjE4kPwzXbPTv7Zk2.5C3kkLtBGdl9H9vs9AJDkg0pZ5u2G7G\n";
/// let users = BasicUsersHandle::new(BasicUsers::parse(text)?);
/// let auth = BasicAuth::builder(users.clone()).realm("The kitchen").build()?;
/// // Later, when the file has changed:
/// users.set(BasicUsers::parse("")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BasicAuth {
    name: Cow<'static, str>,
    users: BasicUsersHandle,
    challenge: FieldLines,
    retry_after: FieldLines,
    verified: Arc<Verified>,
    verifications: Places,
}

/// The list of users that a [`BasicAuth`] goes by, to be replaced while it runs. Clones are the same list.
#[derive(Debug, Clone)]
pub struct BasicUsersHandle(Arc<ArcSwap<Listed>>);

/// A list, and its number, which no other list of this process has.
#[derive(Debug)]
struct Listed {
    users: BasicUsers,
    generation: u64,
}

impl Listed {
    fn new(users: BasicUsers) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self { users, generation: NEXT.fetch_add(1, Ordering::Relaxed) })
    }
}

impl BasicUsersHandle {
    /// Begins with this list.
    pub fn new(users: BasicUsers) -> Self {
        Self(Arc::new(ArcSwap::new(Listed::new(users))))
    }

    /// From now on it is this one. What was right by the other must be verified again; a verification that is under way goes
    /// by the list that it has begun with, and is remembered for no other.
    pub fn set(&self, users: BasicUsers) {
        self.0.store(Listed::new(users));
    }
}

/// Who asks, as the list has it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BasicUser(Arc<str>);

impl BasicUser {
    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BasicUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl BasicAuth {
    /// Begins one for these users.
    pub fn builder(users: BasicUsersHandle) -> BasicAuthBuilder {
        BasicAuthBuilder::new(users)
    }
}

impl Middleware for BasicAuth {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        40
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        let field = cx.request.single("authorization").ok().flatten();
        let Some(encoded) = field.and_then(credentials::encoded) else {
            return Ok(refuse(cx, &self.challenge));
        };
        let now = cx.moment.monotonic;
        let listed = self.users.0.load();
        let tag = self.verified.tag(encoded);
        if let Some(user) = self.verified.get(tag, listed.generation, now) {
            cx.arena.provide(BasicUser(user))?;
            return Ok(Flow::Next);
        }
        let credentials = Credentials::decode(encoded).filter(|_| !listed.users.is_empty());
        let Some(credentials) = credentials else {
            return Ok(refuse(cx, &self.challenge));
        };
        let Some(place) = self.verifications.take() else {
            cx.response.append_lines(&self.retry_after);
            return Ok(Flow::Stop(Response::new(BUSY)));
        };
        let (listed, verified) = (Arc::clone(&listed), Arc::clone(&self.verified));
        let challenge = self.challenge.clone();
        Ok(Flow::defer(move || {
            // Of many that come at once, as browsers ask, the first does the work for those that still wait.
            let known = verified.get(tag, listed.generation, now);
            let user = known.or_else(|| {
                let number = verified.tag(credentials.name().as_bytes()).number();
                let (user, is_listed) = listed.users.find(credentials.name(), number)?;
                let is_right = user.hash.verify(credentials.password()) & is_listed;
                is_right.then(|| {
                    verified.put(tag, listed.generation, now, Arc::clone(&user.name));
                    Arc::clone(&user.name)
                })
            });
            drop(place);
            move |cx: &mut Context<'_>| match user {
                Some(user) => {
                    cx.arena.provide(BasicUser(user))?;
                    Ok(Flow::Next)
                }
                None => Ok(refuse(cx, &challenge)),
            }
        }))
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        if cx.arena.get::<BasicUser>().is_some() {
            shared_caches::keep_out(cx)?;
        }
        Ok(Done::Next)
    }
}

fn refuse(cx: &mut Context<'_>, challenge: &FieldLines) -> Flow {
    cx.response.append_lines(challenge);
    Flow::Stop(Response::new(UNAUTHORIZED))
}
