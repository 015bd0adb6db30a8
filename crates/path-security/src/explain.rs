//! Why a path is served or not, in words for an operator. Never for a client: it tells of rules and files.

use std::fmt;

use crate::error::OpenError;
use crate::policy::{Policy, Symlinks, trap_of};
use crate::refusal::Refusal;
use crate::request_path::RequestPath;
use crate::root::Root;

/// What becomes of a path, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    path: String,
    refusal: Option<Refusal>,
    reason: String,
    remedy: Option<&'static str>,
}

impl Explanation {
    /// The rule that refuses the path, if one does.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// What becomes of it, in a sentence.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What would change it, if anything should.
    pub fn remedy(&self) -> Option<&'static str> {
        self.remedy
    }

    fn refused(path: &str, refusal: Refusal, policy: &Policy, what: &str) -> Self {
        let reason = format!("refused: {refusal}{what}");
        Self {
            path: path.to_owned(),
            refusal: Some(refusal),
            reason,
            remedy: remedy(refusal, policy),
        }
    }

    fn plain(path: &str, reason: String, remedy: Option<&'static str>) -> Self {
        Self { path: path.to_owned(), refusal: None, reason, remedy }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)?;
        match self.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

impl Policy {
    /// Says what the rules make of the raw path of a request, without looking at any file.
    pub fn explain(&self, raw: &[u8]) -> Explanation {
        let shown = raw.escape_ascii().to_string();
        match RequestPath::parse(raw) {
            Err(refusal) => Explanation::refused(&shown, refusal, self, ""),
            Ok(path) => match self.judge(&path) {
                Err(refusal) => {
                    Explanation::refused(&shown, refusal, self, &self.culprit(&path, refusal))
                }
                Ok(()) => Explanation::plain(&shown, format!("the rules allow {path}"), None),
            },
        }
    }

    /// Which name it was, where one can be told.
    fn culprit(&self, path: &RequestPath<'_>, refusal: Refusal) -> String {
        match refusal {
            Refusal::WindowsName => path
                .segments()
                .find_map(|name| Some((name, trap_of(name)?)))
                .map_or(String::new(), |(name, trap)| format!(": {name:?} is {}", trap.describe())),
            Refusal::Extension => {
                path.file_name().map_or(String::new(), |name| format!(": {name:?}"))
            }
            Refusal::TooLarge => format!(": the limit is {} bytes", self.size_limit()),
            _ => String::new(),
        }
    }
}

impl Root {
    /// Says what becomes of the raw path of a request: the rules, then what stands in the folder.
    pub fn explain(&self, raw: &[u8]) -> Explanation {
        let by_rules = self.policy().explain(raw);
        if by_rules.refusal.is_some() {
            return by_rules;
        }
        let shown = by_rules.path;
        let path = match RequestPath::parse(raw) {
            Ok(path) => path,
            Err(refusal) => return Explanation::refused(&shown, refusal, self.policy(), ""),
        };
        match self.get(&path) {
            Ok(opened) if opened.metadata().is_dir() => {
                Explanation::plain(&shown, format!("{path} is a folder"), None)
            }
            Ok(opened) => Explanation::plain(
                &shown,
                format!("{path} is a file of {} bytes", opened.metadata().len()),
                None,
            ),
            Err(OpenError::Refused(refusal)) => {
                let what = self.policy().culprit(&path, refusal);
                Explanation::refused(&shown, refusal, self.policy(), &what)
            }
            Err(OpenError::NotFound) => {
                Explanation::plain(&shown, format!("nothing stands at {path}"), None)
            }
            Err(OpenError::PermissionDenied) => Explanation::plain(
                &shown,
                format!("this user may not open {path}"),
                Some("give the server's user permission to read it and to enter the folders above"),
            ),
            Err(err) => Explanation::plain(&shown, format!("{path} can't be opened: {err}"), None),
        }
    }
}

fn remedy(refusal: Refusal, policy: &Policy) -> Option<&'static str> {
    Some(match refusal {
        Refusal::Hidden => "Policy::hidden(true) serves hidden files",
        Refusal::Extension => "the lists of allow_extensions and block_extensions decide",
        Refusal::Pattern => "a pattern of block_pattern matches",
        // Where links are followed already, this one is a loop, or leads to a name that can't be.
        Refusal::Symlink if policy.links() != Symlinks::Never => return None,
        Refusal::Symlink => "Policy::symlinks(Symlinks::Within) follows links inside the folder",
        Refusal::OutsideRoot => "mount the folder that the link leads to, or copy the file",
        Refusal::WindowsName => "Policy::windows_names(true) serves such names",
        Refusal::TooLarge => "Policy::max_file_size raises the limit",
        Refusal::BadEscape => "write a percent sign as %25",
        _ => return None,
    })
}
