//! Names as the rules see them: extensions in any case, traps of Windows under any disguise.

use std::borrow::Cow;
use std::fmt;

use crate::folded::folded;
use crate::windows_names::{Trap, trap};

/// A set of extensions, compared as a forgiving file system would. `tar.gz` is one, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extensions(Vec<String>);

impl Extensions {
    /// Takes extensions in, or refuses the first one that no name could end in: a rule that never matches would
    /// be believed in.
    pub(super) fn add<I: IntoIterator<Item = S>, S: AsRef<str>>(
        &mut self,
        list: I,
    ) -> Result<(), ExtensionError> {
        for text in list {
            let text = text.as_ref();
            let plain = folded(text.trim().trim_start_matches('.')).to_ascii_lowercase();
            if plain.is_empty()
                || plain.ends_with('.')
                || plain.contains(['*', '?', '/', '\\', '[', ']', '{', '}'])
            {
                return Err(ExtensionError(text.to_owned()));
            }
            self.0.push(plain);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a name ends in a dot and one of these. A name may be all extension, as `.php`: what
    /// blocks must not be dodged by leaving the stem out.
    pub(super) fn end(&self, name: &str) -> bool {
        let name = folded(name);
        self.0.iter().any(|extension| {
            name.len() > extension.len()
                && name.as_bytes()[name.len() - extension.len() - 1] == b'.'
                && name.as_bytes()[name.len() - extension.len()..]
                    .eq_ignore_ascii_case(extension.as_bytes())
        })
    }
}

/// What stands in a list of extensions and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionError(String);

impl fmt::Display for ExtensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        if text.trim_matches(['.', ' ']).is_empty() {
            return write!(f, "{text:?} is no extension: write it as in php or tar.gz");
        }
        let end = text.rsplit(['.', '*', '?', '/', '\\']).next().unwrap_or_default();
        let is_plain = !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let example = if is_plain { end } else { "php" };
        write!(
            f,
            "{text:?} is no extension but a pattern: write {example}, or make it a pattern to be blocked"
        )
    }
}

impl std::error::Error for ExtensionError {}

/// Whether no name on a path can be hidden or a trap, without saying which of the others is one.
pub(super) fn are_ordinary(path: &str) -> bool {
    let bytes = path.as_bytes();
    let is_odd = |byte: &u8| !byte.is_ascii() || matches!(byte, b':' | b'~');
    !bytes.iter().fold(false, |odd, byte| odd | is_odd(byte))
        && bytes.split(|byte| *byte == b'/').all(is_ordinary)
}

fn is_ordinary(name: &[u8]) -> bool {
    !matches!(name, [b'.', ..] | [.., b'.' | b' ']) && !may_be_device(name)
}

/// Whether a name begins as a device does; such a name is looked at more closely.
fn may_be_device(name: &[u8]) -> bool {
    let [first, second, third, ..] = name else { return false };
    matches!(
        &[first | 0x20, second | 0x20, third | 0x20],
        b"con" | b"prn" | b"aux" | b"nul" | b"com" | b"lpt" | b"clo"
    )
}

/// The trap of Windows in a name, also behind characters that nobody sees.
pub(crate) fn trap_of(name: &str) -> Option<Trap> {
    trap(name).or_else(|| match folded(name) {
        Cow::Borrowed(_) => None,
        Cow::Owned(name) => trap(&name),
    })
}
