//! The rules that somebody chose: which names, kinds and sizes may be served.
//! What holds for every path is in `lexical.rs`.

mod names;

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

use crate::folded::folded;
use crate::metadata::Metadata;
use crate::refusal::Refusal;
use crate::request_path::RequestPath;
use names::Extensions;

pub use names::ExtensionError;
pub(crate) use names::trap_of;

/// Which symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Symlinks {
    /// None: a link on the way, or at its end, is a missing file.
    #[default]
    Never,
    /// Relative links that stay beneath the root; the rules for names hold for what they lead to, too.
    Within,
    /// All of them, wherever they lead: containment is given up.
    Follow,
}

/// Which files may be served. The default is meant for the open internet: no hidden files but those of
/// `.well-known`, no links, no names with a meaning on Windows, nothing over 100 MiB.
///
/// ```
/// use catzilla_path_security::{Policy, Refusal, RequestPath};
///
/// let policy = Policy::default().block_extensions(["php"])?.block_pattern("backup/**")?;
/// let judge = |path: &str| policy.judge(&RequestPath::parse(path.as_bytes())?);
/// assert_eq!(judge("/style.css"), Ok(()));
/// assert_eq!(judge("/.git/config"), Err(Refusal::Hidden));
/// assert_eq!(judge("/x.PHP"), Err(Refusal::Extension));
/// assert_eq!(judge("/Backup/2024.tar"), Err(Refusal::Pattern));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    hidden: bool,
    symlinks: Symlinks,
    windows_names: bool,
    allowed: Option<Extensions>,
    blocked: Extensions,
    patterns: Vec<Pattern>,
    max_file_size: u64,
}

#[derive(Debug, Clone)]
struct Pattern {
    glob: GlobMatcher,
    /// Without a slash in it, a pattern is about single names.
    is_about_names: bool,
}

/// By what they were made from.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.glob.glob() == other.glob.glob() && self.is_about_names == other.is_about_names
    }
}

impl Eq for Pattern {}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hidden: false,
            symlinks: Symlinks::Never,
            windows_names: false,
            allowed: None,
            blocked: Extensions::default(),
            patterns: Vec::new(),
            max_file_size: 100 << 20,
        }
    }
}

impl Policy {
    /// Whether names that begin with a dot are served. Default: no, but for `.well-known` (RFC 8615) at the
    /// top.
    pub fn hidden(mut self, served: bool) -> Self {
        self.hidden = served;
        self
    }

    /// Which symbolic links are followed. Default: none.
    pub fn symlinks(mut self, rule: Symlinks) -> Self {
        self.symlinks = rule;
        self
    }

    /// Whether names that mean something else on Windows are served: devices, alternate streams, trailing
    /// dots and spaces. Default: no, on any platform.
    pub fn windows_names(mut self, served: bool) -> Self {
        self.windows_names = served;
        self
    }

    /// Only files with these extensions (with or without the dot, any case) are served; files without one
    /// are not. May be called again for more.
    ///
    /// # Errors
    ///
    /// When one is empty or a pattern, as `*.php` is: no name ends in it.
    pub fn allow_extensions<I: IntoIterator<Item = S>, S: AsRef<str>>(
        mut self,
        list: I,
    ) -> Result<Self, ExtensionError> {
        self.allowed.get_or_insert_default().add(list)?;
        Ok(self)
    }

    /// Files with these extensions (with or without the dot, any case) are not served. May be called again
    /// for more.
    ///
    /// # Errors
    ///
    /// As [`allow_extensions`](Self::allow_extensions).
    pub fn block_extensions<I: IntoIterator<Item = S>, S: AsRef<str>>(
        mut self,
        list: I,
    ) -> Result<Self, ExtensionError> {
        self.blocked.add(list)?;
        Ok(self)
    }

    /// What matches this glob is not served, in any case. A pattern with a slash is about paths from the root
    /// (`backup/**`), one without is about every name on the way (`*.bak`, `node_modules`); what lies beneath a
    /// folder that matches is blocked, too. May be called again for more.
    ///
    /// # Errors
    ///
    /// When the glob is malformed.
    pub fn block_pattern(mut self, glob: &str) -> Result<Self, PatternError> {
        let plain = glob.trim_matches('/');
        if plain.is_empty() {
            return Err(PatternError(format!("{glob:?} would match nothing or everything")));
        }
        let matcher = GlobBuilder::new(&folded(plain))
            .case_insensitive(true)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|err| PatternError(err.to_string()))?
            .compile_matcher();
        let is_about_names = !glob.contains('/');
        self.patterns.push(Pattern { glob: matcher, is_about_names });
        Ok(self)
    }

    /// Files over this many bytes are not served. Default 100 MiB.
    pub fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = bytes;
        self
    }

    /// The same without the rules about extensions and patterns.
    pub(crate) fn with_any_name(self) -> Self {
        Self { allowed: None, blocked: Extensions::default(), patterns: Vec::new(), ..self }
    }

    /// Judges a path as that of a file, by its names alone. For a path with a slash at its end, which
    /// can only be a folder's, extensions don't matter.
    ///
    /// # Errors
    ///
    /// The rule that refuses it.
    pub fn judge(&self, path: &RequestPath<'_>) -> Result<(), Refusal> {
        self.judge_names(path)?;
        self.judge_extension(path)
    }

    /// The rules for every name on the way, whatever stands there.
    pub(crate) fn judge_names(&self, path: &RequestPath<'_>) -> Result<(), Refusal> {
        // Perf: nearly all paths have nothing to look at more closely; one pass over the bytes says so.
        let is_ordinary = names::are_ordinary(path.as_str());
        let names = path.segments().enumerate();
        for (depth, name) in names.take_while(|_| !is_ordinary) {
            if !self.hidden && is_hidden(name) && !(depth == 0 && name == ".well-known") {
                return Err(Refusal::Hidden);
            }
            if !self.windows_names && trap_of(name).is_some() {
                return Err(Refusal::WindowsName);
            }
        }
        if !self.patterns.is_empty() && self.patterns.iter().any(|pattern| pattern.matches(path)) {
            return Err(Refusal::Pattern);
        }
        Ok(())
    }

    /// The rules for the last name, if it is a file's.
    pub(crate) fn judge_extension(&self, path: &RequestPath<'_>) -> Result<(), Refusal> {
        if path.is_directory() || (self.allowed.is_none() && self.blocked.is_empty()) {
            return Ok(());
        }
        let Some(name) = path.file_name() else { return Ok(()) };
        let is_allowed = self.allowed.as_ref().is_none_or(|allowed| allowed.end(name));
        if is_allowed && !self.blocked.end(name) { Ok(()) } else { Err(Refusal::Extension) }
    }

    /// Judges what was opened.
    pub(crate) fn judge_opened(&self, metadata: &Metadata) -> Result<(), Refusal> {
        if metadata.is_dir() {
            return Ok(());
        }
        if !metadata.is_file() {
            return Err(Refusal::NotAFile);
        }
        if metadata.len() > self.max_file_size { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    /// Which links are followed.
    pub(crate) fn links(&self) -> Symlinks {
        self.symlinks
    }

    /// The largest file that is served, in bytes.
    pub(crate) fn size_limit(&self) -> u64 {
        self.max_file_size
    }
}

/// A leading dot, also behind characters that nobody sees and some file systems skip.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || (!name.is_ascii() && folded(name).starts_with('.'))
}

impl Pattern {
    fn matches(&self, path: &RequestPath<'_>) -> bool {
        if self.is_about_names {
            return path.segments().any(|name| self.glob.is_match(&*folded(name)));
        }
        let text = folded(path.as_str());
        // The path itself, and every folder above it.
        let ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
        ends.into_iter().any(|end| self.glob.is_match(&text[..end]))
    }
}

/// A malformed glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed pattern: {}", self.0)
    }
}

impl std::error::Error for PatternError {}
