//! What one request adds to a pre-rendered block of field lines, or takes from it.

use std::fmt;

use crate::headers::{is_field_value, is_token_byte};

/// What the engine alone writes, or what would frame the message a second time.
const OF_THE_ENGINE: &[&str] = &[
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Edits of a block. Empty, it costs nothing: the block is copied as it stands.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// Names (lower case) whose lines in the block are left out.
    removed: Vec<Box<str>>,
    /// Lines that follow the block, each ended by CRLF.
    added: Vec<u8>,
}

impl Overlay {
    /// Adds a line beside any others of its name.
    ///
    /// # Errors
    /// When the name is not a token or the value holds a control character: such a line could end the
    /// head early. When the field is one of the connection or of framing, such as `Content-Length`:
    /// two opinions on where a response ends are a hole.
    pub fn append(&mut self, name: &str, value: &str) -> Result<(), InvalidField> {
        let is_valid = !name.is_empty() && name.bytes().all(is_token_byte) && is_field_value(value);
        if !is_valid || OF_THE_ENGINE.iter().any(|taken| taken.eq_ignore_ascii_case(name)) {
            return Err(InvalidField(()));
        }
        self.added.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        self.added.extend_from_slice(b": ");
        self.added.extend_from_slice(value.as_bytes());
        self.added.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Leaves out all lines of this name, in the block and among those added so far.
    pub fn remove(&mut self, name: &str) {
        let name: Box<str> = name.to_ascii_lowercase().into();
        if !self.added.is_empty() {
            let added = std::mem::take(&mut self.added);
            copy_without(&added, std::slice::from_ref(&name), &mut self.added);
        }
        if !self.removed.contains(&name) {
            self.removed.push(name);
        }
    }

    /// One line of this name instead of all others.
    ///
    /// # Errors
    /// As [`append`](Self::append); nothing is removed then.
    pub fn replace(&mut self, name: &str, value: &str) -> Result<(), InvalidField> {
        let mut line = Self::default();
        line.append(name, value)?;
        self.remove(name);
        self.added.append(&mut line.added);
        Ok(())
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }

    /// Writes the block with its edits to `out`.
    pub(crate) fn apply(&self, block: &[u8], out: &mut Vec<u8>) {
        if self.removed.is_empty() {
            out.extend_from_slice(block);
        } else {
            copy_without(block, &self.removed, out);
        }
        out.extend_from_slice(&self.added);
    }
}

fn copy_without(block: &[u8], names: &[Box<str>], out: &mut Vec<u8>) {
    for line in block.split_inclusive(|&byte| byte == b'\n') {
        let name = memchr::memchr(b':', line).map_or(line, |colon| &line[..colon]);
        if !names.iter().any(|removed| removed.as_bytes().eq_ignore_ascii_case(name)) {
            out.extend_from_slice(line);
        }
    }
}

/// A field line that can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidField(());

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a field needs a name of token characters that is not the connection's own, and a value \
             without control characters",
        )
    }
}

impl std::error::Error for InvalidField {}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "content-type: text/css\r\netag: \"1\"\r\n";

    #[track_caller]
    fn check(edit: impl FnOnce(&mut Overlay), expected: &str) {
        let mut overlay = Overlay::default();
        edit(&mut overlay);
        let mut out = Vec::new();
        overlay.apply(BLOCK.as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn edits() {
        check(|_| {}, BLOCK);
        check(
            |o| o.append("Vary", "accept").unwrap(),
            "content-type: text/css\r\netag: \"1\"\r\nvary: accept\r\n",
        );
        check(|o| o.remove("ETag"), "content-type: text/css\r\n");
        check(|o| o.replace("ETag", "\"2\"").unwrap(), "content-type: text/css\r\netag: \"2\"\r\n");
        check(
            |o| {
                o.append("a", "1").unwrap();
                o.append("b", "2").unwrap();
                o.remove("A");
                o.remove("content-type");
                o.remove("etag");
            },
            "b: 2\r\n",
        );
    }

    #[test]
    fn a_line_that_would_break_the_head_is_refused() {
        let mut overlay = Overlay::default();
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("a", "x\r\ny: z"),
            ("a", "\0"),
            ("a\r\n", "x"),
            ("Content-Length", "5"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
        ] {
            assert!(
                overlay.append(name, value).is_err() && overlay.replace(name, value).is_err(),
                "{name:?}: {value:?}"
            );
        }
        assert!(overlay.is_empty());
    }
}
