//! `RequestPath`: proof that the path of a URL is lexically safe.
//! Whether a file may be served, and whether there is one, is for `policy/` and `root.rs` to say.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::decode::decode;
use crate::lexical::{self, MAX_PATH_BYTES, Scan};
use crate::refusal::Refusal;

/// A decoded path, relative to some root, that can only exist if it is lexically safe.
///
/// It is UTF-8 without control characters and backslashes; its segments are neither empty nor `.`
/// nor `..`, and none is over 255 bytes. Paths with and without the trailing slash differ.
///
/// ```
/// use catzilla_path_security::{Refusal, RequestPath};
///
/// let path = RequestPath::parse(b"/caf%C3%A9//menu/")?;
/// assert_eq!(path.as_str(), "café/menu");
/// assert!(path.is_directory());
/// assert_eq!(path.to_string(), "/caf%C3%A9/menu/");
/// assert_eq!(RequestPath::parse(b"/a/%2e%2E/b"), Err(Refusal::Traversal));
/// # Ok::<(), Refusal>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestPath<'a> {
    // Invariant: what `lexical::fold` returns: no leading, trailing or doubled slash, no dot segment.
    text: Cow<'a, str>,
    // Invariant: true for the root.
    is_directory: bool,
}

impl<'a> RequestPath<'a> {
    /// Reads the path of a request target: percent-encoded, beginning with `/`, without the query.
    ///
    /// Escapes are decoded exactly once; `//` and `/./` are folded. Borrows, without allocating,
    /// when there was nothing to decode or to fold and everything is ASCII.
    ///
    /// # Errors
    ///
    /// The lexical rule that the path breaks. Where it breaks several, one of them.
    pub fn parse(raw: &'a [u8]) -> Result<Self, Refusal> {
        let Some(raw) = raw.strip_prefix(b"/") else {
            return Err(Refusal::NotAPath);
        };
        match lexical::scan(raw) {
            Scan::Plain { text, is_directory } => {
                Ok(Self { text: Cow::Borrowed(text), is_directory })
            }
            Scan::Rewrite => Self::rewrite(raw),
        }
    }

    #[cold]
    fn rewrite(raw: &[u8]) -> Result<Self, Refusal> {
        // Every byte encoded makes three of one; more than that isn't worth the memory.
        if raw.len() > 3 * MAX_PATH_BYTES {
            return Err(Refusal::TooLong);
        }
        RequestPath::from_text(&decode(raw)?)
    }

    /// Makes a path of decoded text, folding and judging it.
    pub(crate) fn from_text(decoded: &str) -> Result<RequestPath<'static>, Refusal> {
        let (text, is_directory) = lexical::fold(decoded)?;
        Ok(RequestPath { text: Cow::Owned(text), is_directory })
    }

    /// The decoded path: relative, without leading and trailing slash; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of [`as_str`](Self::as_str).
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether this is the root itself.
    pub fn is_root(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the path names a folder: it had a trailing slash, or is the root.
    pub fn is_directory(&self) -> bool {
        self.is_directory
    }

    /// The names on the way, from the root down; none for the root.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split('/').filter(|segment| !segment.is_empty())
    }

    /// The last name; `None` for the root.
    pub fn file_name(&self) -> Option<&str> {
        self.segments().next_back()
    }

    /// The path of something beneath this one. The name is text, not percent-encoded; it may have
    /// several segments, and a slash at its end makes it a folder.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotAPath`] for a name that is empty or begins with `/`, else the lexical rule that
    /// the name breaks.
    pub fn join(&self, name: &str) -> Result<RequestPath<'static>, Refusal> {
        if name.is_empty() || name.starts_with('/') {
            return Err(Refusal::NotAPath);
        }
        RequestPath::from_text(&format!("{}/{name}", self.text))
    }

    /// The path with a suffix at the end of its last name, as in `style.css` and `style.css.br`.
    /// The slash at the end of a folder is lost.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotAPath`] for the root and for a suffix with a slash, else the lexical rule that
    /// the longer name breaks.
    pub fn with_suffix(&self, suffix: &str) -> Result<RequestPath<'static>, Refusal> {
        if self.is_root() || suffix.contains('/') {
            return Err(Refusal::NotAPath);
        }
        RequestPath::from_text(&format!("{}{suffix}", self.text))
    }

    /// What is left of the path beneath a prefix that ends on a border between segments; `None` if
    /// the path is elsewhere. Whether the prefix was written with a slash at its end is no matter.
    pub fn strip_prefix(&self, prefix: &RequestPath<'_>) -> Option<RequestPath<'_>> {
        let rest = if prefix.is_root() {
            &*self.text
        } else {
            match self.text.strip_prefix(&*prefix.text)? {
                "" => "",
                rest => rest.strip_prefix('/')?,
            }
        };
        let is_directory = self.is_directory || rest.is_empty();
        Some(RequestPath { text: Cow::Borrowed(rest), is_directory })
    }

    /// The same path, without a borrow.
    pub fn into_owned(self) -> RequestPath<'static> {
        RequestPath { text: Cow::Owned(self.text.into_owned()), is_directory: self.is_directory }
    }
}

/// Percent-encoded: ASCII, beginning with exactly one slash, safe inside a `Location` field.
impl fmt::Display for RequestPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('/')?;
        let mut rest = &*self.text;
        while !rest.is_empty() {
            let plain = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
            let (head, tail) = rest.split_at(plain);
            f.write_str(head)?;
            // What isn't plain is encoded by whole characters: `rest` stays text.
            let mut characters = tail.chars();
            if let Some(character) = characters.next() {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    write!(f, "%{byte:02X}")?;
                }
            }
            rest = characters.as_str();
        }
        if self.is_directory && !self.is_root() {
            f.write_char('/')?;
        }
        Ok(())
    }
}

/// The characters that a path holds as they are: `pchar` of RFC 3986 section 3.3, and the slash.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

impl fmt::Debug for RequestPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestPath({self})")
    }
}
