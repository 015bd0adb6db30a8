//! Which strategy holds where.

use std::path::{Path, PathBuf};

use crate::{Coverage, Invalidation};

/// The strategies of a mount: one for all of it, others for folders or single files of it.
///
/// A rule is for a path relative to the root and what lies beneath; the longest one that fits holds. A cache asks
/// once, when it loads an entry, and keeps the answer in it.
///
/// # Examples
///
/// ```
/// use std::path::Path;
/// use catzilla_file_watcher::{Freshness, Invalidation};
///
/// let freshness = Freshness::new(Invalidation::Immediate)
///     .rule("assets", Invalidation::Ttl)
///     .rule("assets/live.json", "lazy".parse()?);
///
/// assert_eq!(freshness.of(Path::new("index.html")), Invalidation::Immediate);
/// assert_eq!(freshness.of(Path::new("assets/app.0f3c.js")), Invalidation::Ttl);
/// assert_eq!(freshness.of(Path::new("assets/live.json")).to_string(), "lazy");
/// assert_eq!(freshness.of(Path::new("assets-old/x")), Invalidation::Immediate);
/// # Ok::<(), catzilla_file_watcher::UnknownInvalidation>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freshness {
    mount: Invalidation,
    /// Longest path first.
    rules: Vec<(PathBuf, Invalidation)>,
}

impl Freshness {
    /// One strategy for all.
    pub fn new(mount: Invalidation) -> Self {
        Self { mount, rules: Vec::new() }
    }

    /// Another strategy for this path, relative to the root, and what lies beneath it. A second rule for the same path
    /// replaces the first.
    pub fn rule(mut self, path: impl Into<PathBuf>, invalidation: Invalidation) -> Self {
        let path = path.into();
        self.rules.retain(|(ruled, _)| *ruled != path);
        let len = |path: &Path| path.components().count();
        let at = self.rules.partition_point(|(ruled, _)| len(ruled) >= len(&path));
        self.rules.insert(at, (path, invalidation));
        self
    }

    /// The strategy for this path, relative to the root.
    pub fn of(&self, path: &Path) -> Invalidation {
        let rule = self.rules.iter().find(|(ruled, _)| path.starts_with(ruled));
        rule.map_or(self.mount, |&(_, invalidation)| invalidation)
    }

    /// Whether anything in it acts on events: whether a watcher is of use.
    pub fn wants_events(&self) -> bool {
        self.mount.wants_events() || self.rules.iter().any(|(_, rule)| rule.wants_events())
    }

    /// The same under this coverage, strategy by strategy as [`Invalidation::under`].
    pub fn under(&self, coverage: &Coverage) -> Self {
        let rules = self.rules.iter().map(|(path, rule)| (path.clone(), rule.under(coverage)));
        Self { mount: self.mount.under(coverage), rules: rules.collect() }
    }
}
