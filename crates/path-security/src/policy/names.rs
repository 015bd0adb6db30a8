//! Names as the rules see them: extensions in any case, traps of Windows under any disguise.

use std::borrow::Cow;

use crate::folded::folded;
use crate::windows_names::{Trap, trap};

/// A set of extensions, compared as a forgiving file system would.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions(Vec<String>);

impl Extensions {
    pub(super) fn new<I: IntoIterator<Item = S>, S: AsRef<str>>(list: I) -> Self {
        let plain =
            |text: S| folded(text.as_ref().trim().trim_start_matches('.')).to_ascii_lowercase();
        Self(list.into_iter().map(plain).filter(|extension| !extension.is_empty()).collect())
    }

    pub(super) fn contain(&self, extension: &str) -> bool {
        let extension = folded(extension);
        self.0.iter().any(|known| known.eq_ignore_ascii_case(&extension))
    }
}

/// What follows the last dot of a name. A name that only begins with a dot has no extension.
pub(super) fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
}

/// The trap of Windows in a name, also behind characters that nobody sees.
pub(crate) fn trap_of(name: &str) -> Option<Trap> {
    trap(name).or_else(|| match folded(name) {
        Cow::Borrowed(_) => None,
        Cow::Owned(name) => trap(&name),
    })
}
