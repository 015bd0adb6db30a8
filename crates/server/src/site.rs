//! A site: all mounts and routes as one immutable snapshot, and which mount a path belongs to.
//! Swapped as a whole; each request takes it once.

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::sync::Arc;

use catzilla_middleware_engine::Chain;
use catzilla_path_security::RequestPath;

use crate::app::{RouteError, Routes};
use crate::http1::{Request, Target};
use crate::mount::{Mount, MountError};
use crate::mount_config::MountConfig;

/// The mounts of a server, longest prefix first, and the routes of its application.
#[derive(Debug, Default)]
pub struct Site {
    mounts: Vec<Arc<Mount>>,
    /// The application, if there is one.
    routes: Option<Arc<Routes>>,
    chains: Chains,
}

/// The chains that requests go through.
#[derive(Debug, Default)]
struct Chains {
    /// Of all requests.
    of_all: Option<Chain>,
    /// Of each mount, that of all before its own. Empty where no mount has its own, so that nobody looks for the mount.
    of_mounts: Vec<Option<Chain>>,
}

impl Site {
    /// Opens every folder and checks every rule.
    ///
    /// # Errors
    /// When a mount is wrong by itself, or two stand at the same prefix.
    pub fn build(configs: Vec<MountConfig>) -> Result<Self, SiteError> {
        let mut opening = Opening::new(true);
        Self::of(configs.into_iter().map(|config| opening.open(config)).collect::<Result<_, _>>()?)
    }

    /// Puts mounts together, if they go together.
    pub(crate) fn of(mut mounts: Vec<Arc<Mount>>) -> Result<Self, SiteError> {
        let mut taken: HashMap<&[u8], &Arc<Mount>> = HashMap::new();
        for mount in &mounts {
            if let Some(first) = taken.insert(mount.prefix.as_bytes(), mount) {
                return Err(SiteError::MountedTwice {
                    prefix: mount.prefix().to_owned(),
                    first: first.dir().display().to_string(),
                    second: mount.dir().display().to_string(),
                });
            }
        }
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.as_bytes().len()));
        Ok(Self { mounts, ..Self::default() })
    }

    /// The same with an application, or without.
    ///
    /// # Errors
    /// When a route could never be reached because a mount answers for all its paths, or a mount lets requests fall
    /// through to nothing.
    pub(crate) fn with_routes(self, routes: Option<Arc<Routes>>) -> Result<Self, SiteError> {
        let site = Self { routes, ..self };
        let Some(routes) = &site.routes else {
            let falls = |mount: &&Arc<Mount>| mount.config.fallthrough == Some(true);
            return match site.mounts.iter().find(falls) {
                Some(mount) => {
                    Err(SiteError::NothingToFallTo { prefix: mount.prefix().to_owned() })
                }
                None => Ok(site),
            };
        };
        for route in routes.patterns() {
            // The longest prefix is the one that counts, as for a path.
            let is_beneath = |mount: &&Arc<Mount>| Routes::is_beneath(route, &mount.prefix);
            if let Some(mount) = site.mounts.iter().find(is_beneath)
                && !site.falls_through(mount)
            {
                let (route, prefix) = (route.clone(), mount.prefix().to_owned());
                return Err(SiteError::RouteBeneathMount { route, prefix });
            }
        }
        Ok(site)
    }

    /// The same with a chain that all requests go through, before that of a mount or a route.
    ///
    /// # Errors
    /// When it has a middleware of the same name as that of a mount.
    pub(crate) fn with_chain(mut self, of_all: Option<Chain>) -> Result<Self, SiteError> {
        let of_all = of_all.filter(|chain| !chain.is_empty());
        let join = |mount: &Arc<Mount>| {
            let chain = match (&of_all, own_chain(mount)) {
                (Some(first), Some(own)) => first.join(own).map(Some),
                (first, own) => Ok(own.or(first.as_ref()).cloned()),
            };
            chain.map_err(|error| SiteError::Chain { at: mount.prefix().to_owned(), error })
        };
        let has_own = |mount: &Arc<Mount>| own_chain(mount).is_some();
        let joined = if self.mounts.iter().any(has_own) { &self.mounts[..] } else { &[] };
        let of_mounts = joined.iter().map(join).collect::<Result<Vec<_>, _>>()?;
        self.chains = Chains { of_all, of_mounts };
        Ok(self)
    }

    /// Whether requests go through chains before a route is looked for.
    pub(crate) fn has_chains(&self) -> bool {
        self.chains.of_all.is_some() || !self.chains.of_mounts.is_empty()
    }

    /// The chain of what has no place.
    pub(crate) fn chain(&self) -> Option<&Chain> {
        self.chains.of_all.as_ref()
    }

    /// The chain of a path, as it was sent: that of the mount which it belongs to, else that of all.
    pub(crate) fn chain_of(&self, path: &[u8]) -> Option<&Chain> {
        if self.chains.of_mounts.is_empty() {
            return self.chain();
        }
        match self.position_of(path) {
            Some(mount) => self.chains.of_mounts.get(mount)?.as_ref(),
            None => self.chain(),
        }
    }

    /// The mount which a request belongs to.
    pub(crate) fn mount_of(&self, request: Request<'_>) -> Option<&Arc<Mount>> {
        let Target::Path { path, .. } = request.target() else { return None };
        self.mounts.get(self.position_of(path)?)
    }

    /// The mount of a path as it was sent, by its number. A path that will be refused belongs to the one whose prefix it
    /// begins with.
    ///
    /// Perf: where chains stand on mounts, each request is asked this before anything else, and nearly all paths begin as
    /// plainly as they are read (`file, chain on another mount` of the suite `middleware`).
    fn position_of(&self, path: &[u8]) -> Option<usize> {
        let longest = self.mounts.first().map_or(0, |mount| mount.prefix.as_bytes().len());
        if begins_plainly(path, longest) {
            return self.position_by_begin(path);
        }
        self.position_by_text(path)
    }

    fn position_by_text(&self, path: &[u8]) -> Option<usize> {
        match RequestPath::parse(path) {
            Ok(path) => self.mounts.iter().position(|it| path.strip_prefix(&it.prefix).is_some()),
            Err(_) => self.position_by_begin(path),
        }
    }

    /// The application, if there is one.
    pub(crate) fn routes(&self) -> Option<&Arc<Routes>> {
        self.routes.as_ref()
    }

    /// Whether what this mount doesn't have is asked of the application.
    pub(crate) fn falls_through(&self, mount: &Mount) -> bool {
        self.routes.is_some() && mount.config.fallthrough.unwrap_or(mount.prefix.is_root())
    }

    /// The mount with the longest prefix on segment borders, and the path beneath it.
    ///
    /// A scan, longest first: sites have a handful of mounts, and the prefix that wins is compared last.
    pub fn find<'p>(&self, path: &'p RequestPath<'_>) -> Option<(&Arc<Mount>, RequestPath<'p>)> {
        self.mounts.iter().find_map(|mount| Some((mount, path.strip_prefix(&mount.prefix)?)))
    }

    /// The mount whose fields go with the answer to a path that is refused: the longest prefix that the path begins
    /// with as it was sent. Nothing is opened by it, for where such a path leads, nobody knows.
    pub(crate) fn find_by_begin(&self, path: &[u8]) -> Option<&Arc<Mount>> {
        self.mounts.get(self.position_by_begin(path)?)
    }

    fn position_by_begin(&self, path: &[u8]) -> Option<usize> {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        self.mounts.iter().position(|mount| {
            let rest = path.strip_prefix(mount.prefix.as_bytes());
            mount.prefix.is_root() || matches!(rest, Some([] | [b'/', ..]))
        })
    }

    /// The mounts, longest prefix first.
    pub fn mounts(&self) -> &[Arc<Mount>] {
        &self.mounts
    }
}

/// Opens the mounts of a server, each under a number that no other has, not even one after it.
#[derive(Debug)]
pub(crate) struct Opening {
    next: u64,
    has_cache: bool,
}

impl Opening {
    pub(crate) fn new(has_cache: bool) -> Self {
        Self { next: 0, has_cache }
    }

    /// Opens the folder of a mount and checks every rule.
    pub(crate) fn open(&mut self, config: MountConfig) -> Result<Arc<Mount>, SiteError> {
        if config.validate_content && !self.has_cache {
            return Err(SiteError::ContentWithoutCache(config.prefix));
        }
        let mount = Mount::open(self.next, config).map_err(SiteError::Mount)?;
        self.next += 1;
        Ok(Arc::new(mount))
    }
}

/// Why a site could not be built, or changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SiteError {
    /// A mount is wrong by itself.
    Mount(MountError),
    /// Two folders at one prefix: one of them could never be reached.
    MountedTwice {
        /// The prefix, as given.
        prefix: String,
        /// The folder that was mounted there first.
        first: String,
        /// The folder that came second.
        second: String,
    },
    /// The mount of this prefix validates content, which is done per load, and there is no cache that loads.
    ContentWithoutCache(String),
    /// The chains of a place have middlewares that don't go together.
    Chain {
        /// The prefix of the mount.
        at: String,
        /// Why not.
        error: catzilla_middleware_engine::BuildError,
    },
    /// Nothing is mounted at a prefix that is to be replaced or taken away.
    NotMounted {
        /// The prefix, as given.
        prefix: String,
        /// What is mounted.
        mounted: Vec<String>,
    },
    /// A route is wrong by itself, or contradicts another.
    Route(RouteError),
    /// A route whose paths all belong to a mount: it could never be reached.
    RouteBeneathMount {
        /// The pattern of the route.
        route: String,
        /// The prefix of the mount.
        prefix: String,
    },
    /// A mount lets requests fall through, and there is no application.
    NothingToFallTo {
        /// The prefix of the mount.
        prefix: String,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount(err) => err.fmt(f),
            Self::Route(err) => err.fmt(f),
            Self::Chain { at, error } => {
                write!(f, "mount {at:?}, whose chain follows that of the server: {error}")
            }
            Self::RouteBeneathMount { route, prefix } => write!(
                f,
                "route {route:?} lies at or beneath mount {prefix:?}, which answers for it: move one of them, or let the mount fall through"
            ),
            Self::NothingToFallTo { prefix } => write!(
                f,
                "mount {prefix:?} falls through, but there is no application: add a route or a fallback, or leave it out"
            ),
            Self::MountedTwice { prefix, first, second } => {
                write!(
                    f,
                    "{prefix:?} is mounted twice, to {first:?} and to {second:?}: remove one or change its prefix"
                )
            }
            Self::ContentWithoutCache(prefix) => write!(
                f,
                "mount {prefix:?} validates content when it is loaded into the cache: it needs one, of more than 0 bytes"
            ),
            Self::NotMounted { prefix, mounted } if mounted.is_empty() => {
                write!(f, "nothing is mounted at {prefix:?}, nor anywhere else: mount it first")
            }
            Self::NotMounted { prefix, mounted } => {
                write!(f, "nothing is mounted at {prefix:?}: mount it first, or give one of ")?;
                f.debug_list().entries(mounted).finish()
            }
        }
    }
}

impl std::error::Error for SiteError {}

/// Whether a path begins in its text as it does as it was sent, as far as prefixes of so many bytes and the border behind
/// them reach: nothing there is decoded or folded, and so no rest of the path makes it another mount's.
fn begins_plainly(path: &[u8], longest: usize) -> bool {
    let Some(path) = path.strip_prefix(b"/") else { return false };
    let begin = &path[..path.len().min(longest + 1)];
    let mut before = b'/';
    begin.iter().all(|&byte| {
        let begins_segment = mem::replace(&mut before, byte) == b'/';
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        is_plain || (!begins_segment && matches!(byte, b'/' | b'.'))
    })
}

/// The chain of a mount alone, if it does anything.
fn own_chain(mount: &Mount) -> Option<&Chain> {
    mount.config.middleware.as_ref().filter(|chain| !chain.is_empty())
}

#[cfg(test)]
mod tests;
