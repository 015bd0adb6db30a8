//! What is added to the field lines of a response, or taken from them.

use std::fmt;

use memchr::memchr;

use crate::names;

/// What whoever sends a response writes itself, or what would frame it a second time.
const OF_THE_SENDER: &[&str] = &[
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Edits of a block of field lines (`name: value`, each ended by CRLF). Empty, it costs nothing: the block is copied as it
/// stands.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// First the names (lower case), each ended by a line feed, whose lines in the block are left out; then the lines that
    /// follow the block, each ended by CRLF. One buffer, so that one comes from a pool and goes back.
    buffer: Vec<u8>,
    /// How many bytes the names have.
    removed: usize,
}

impl Overlay {
    /// With room that was allocated before; what is in it is forgotten.
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { buffer, removed: 0 }
    }

    /// The room for the next one.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Adds a line beside any others of its name.
    ///
    /// # Errors
    /// When the name is not a token, or the value holds a control character or has spaces around it: such a line could
    /// end the head early. When the field is one of the connection or of framing, such as `Content-Length`: two opinions
    /// on where a response ends are a hole.
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidField> {
        let value = value.as_ref();
        check(name, value)?;
        self.append_checked(name, value);
        Ok(())
    }

    fn append_checked(&mut self, name: &str, value: &[u8]) {
        self.append_name(name.as_bytes());
        self.buffer.extend_from_slice(b": ");
        self.buffer.extend_from_slice(value);
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// In lower case.
    fn append_name(&mut self, name: &[u8]) {
        self.buffer.extend(name.iter().map(u8::to_ascii_lowercase));
    }

    /// Adds lines that were rendered ahead.
    pub fn append_lines(&mut self, lines: &FieldLines) {
        self.buffer.extend_from_slice(&lines.lines);
    }

    /// Leaves out all lines of this name, in the block and among those added so far.
    pub fn remove(&mut self, name: &str) {
        // Anything else names no line, or one that belongs to the sender.
        let is_of_the_sender = || is_any(name.as_bytes(), OF_THE_SENDER);
        if name.bytes().all(is_token_byte) && !is_of_the_sender() {
            self.remove_name(name.as_bytes());
        }
    }

    /// One line of this name instead of all others.
    ///
    /// # Errors
    /// As [`append`](Self::append); nothing is removed then.
    pub fn replace(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidField> {
        let value = value.as_ref();
        check(name, value)?;
        self.remove_name(name.as_bytes());
        self.append_checked(name, value);
        Ok(())
    }

    /// Lines that were rendered ahead instead of all others of their names.
    pub fn replace_lines(&mut self, lines: &FieldLines) {
        for line in lines.lines.split_inclusive(|&byte| byte == b'\n') {
            self.remove_name(name_of(line));
        }
        self.append_lines(lines);
    }

    /// Edits by others what these edits give.
    pub fn then(&mut self, next: &Self) {
        for name in next.removed_names() {
            self.remove_name(name);
        }
        self.buffer.extend_from_slice(next.added_lines());
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Whether lines of this name are left out of the block.
    pub fn removes(&self, name: &str) -> bool {
        self.removed_names().any(|removed| names::same(removed, name.as_bytes()))
    }

    /// The value of the first line of this name among those that are added.
    pub fn added(&self, name: &str) -> Option<&[u8]> {
        find(self.added_lines(), name)
    }

    /// All lines that are added, each ended by CRLF.
    pub fn added_lines(&self) -> &[u8] {
        &self.buffer[self.removed..]
    }

    /// Writes the block with its edits to `out`.
    pub fn apply(&self, block: &[u8], out: &mut Vec<u8>) {
        if self.removed == 0 {
            out.extend_from_slice(block);
        } else {
            for line in block.split_inclusive(|&byte| byte == b'\n') {
                let name = name_of(line);
                if !self.removed_names().any(|removed| names::same(removed, name)) {
                    out.extend_from_slice(line);
                }
            }
        }
        out.extend_from_slice(self.added_lines());
    }

    /// The names (in lower case) of lines that are left out of the block.
    pub fn removed_names(&self) -> impl Iterator<Item = &[u8]> {
        let names = &self.buffer[..self.removed];
        names.split_inclusive(|&byte| byte == b'\n').map(|name| &name[..name.len() - 1])
    }

    /// Forgets what is left out of the block where the block has none of it, so that the block is copied as it stands. This
    /// is for who sends the response, when no other block takes the place of this one any more.
    pub fn settle(&mut self, block: &[u8]) {
        if self.removed > 0 && !self.removed_names().any(|name| find_named(block, name).is_some()) {
            self.buffer.drain(..self.removed);
            self.removed = 0;
        }
    }

    fn remove_name(&mut self, name: &[u8]) {
        let mut at = self.removed;
        while at < self.buffer.len() {
            let rest = &self.buffer[at..];
            let len = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            if names::same(name_of(&rest[..len]), name) {
                self.buffer.drain(at..at + len);
            } else {
                at += len;
            }
        }
        if !self.removed_names().any(|removed| names::same(removed, name)) {
            self.append_name(name);
            self.buffer.push(b'\n');
            // To the other names, before the lines.
            self.buffer[self.removed..].rotate_right(name.len() + 1);
            self.removed += name.len() + 1;
        }
    }
}

/// Field lines that are the same for many responses, checked and rendered once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldLines {
    lines: Box<[u8]>,
}

impl FieldLines {
    /// Renders them.
    ///
    /// # Errors
    /// As [`Overlay::append`].
    pub fn new<N, V>(fields: impl IntoIterator<Item = (N, V)>) -> Result<Self, InvalidField>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut overlay = Overlay::default();
        for (name, value) in fields {
            overlay.append(name.as_ref(), value)?;
        }
        Ok(Self { lines: overlay.buffer.into() })
    }

    /// The lines, each ended by CRLF.
    pub fn as_bytes(&self) -> &[u8] {
        &self.lines
    }
}

/// Calls `look` with the value of each line of a name in a block of lines, each ended by CRLF.
pub fn each_line(block: &[u8], name: &str, look: &mut dyn FnMut(&[u8])) {
    let mut rest = block;
    while !rest.is_empty() {
        let len = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        if let Some(value) = find(&rest[..len], name) {
            look(value);
        }
        rest = &rest[len..];
    }
}

/// The value of the first line of a name in a block of lines, each ended by CRLF.
pub fn find<'a>(block: &'a [u8], name: &str) -> Option<&'a [u8]> {
    find_named(block, name.as_bytes())
}

fn find_named<'a>(block: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = block;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, next) = rest.split_at(end);
        // Where the name would end is looked at first: that settles nearly all lines.
        if line.get(name.len()) == Some(&b':') && names::same(&line[..name.len()], name) {
            return Some(line[name.len() + 1..].trim_ascii());
        }
        rest = next.get(1..).unwrap_or_default();
    }
    None
}

/// Whether a block of lines has one of any of these names.
pub fn has_any(block: &[u8], names: &[&str]) -> bool {
    let mut rest = block;
    while let Some(colon) = memchr(b':', rest) {
        if is_any(&rest[..colon], names) {
            return true;
        }
        let value = &rest[colon..];
        rest = &value[memchr(b'\n', value).map_or(value.len(), |end| end + 1)..];
    }
    false
}

/// Whether this is one of these names.
pub(crate) fn is_any(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|it| names::same(name, it.as_bytes()))
}

fn name_of(line: &[u8]) -> &[u8] {
    line.iter().position(|&byte| byte == b':').map_or(line, |colon| &line[..colon])
}

fn check(name: &str, value: &[u8]) -> Result<(), InvalidField> {
    let is_valid = !name.is_empty() && name.bytes().all(is_token_byte) && is_field_value(value);
    if !is_valid || is_any(name.as_bytes(), OF_THE_SENDER) {
        return Err(InvalidField(Rule::broken(name, value)));
    }
    Ok(())
}

/// RFC 9110 section 5.6.2.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    /// A look into a table costs less than comparing.
    const TOKEN: [bool; 256] = {
        let others = *b"!#$%&'*+-.^_`|~";
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 0x80_u8 {
            table[byte as usize] = byte.is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < others.len() {
            table[others[at] as usize] = true;
            at += 1;
        }
        table
    };
    TOKEN[usize::from(byte)]
}

/// RFC 9110 section 5.5: visible, space, tab, and what isn't ASCII; nothing else, and no space at either end.
pub(crate) fn is_field_value(value: &[u8]) -> bool {
    // All of them, without stopping at the first that is bad: so many are looked at at once.
    let is_bad = |byte: u8| (byte < b' ' && byte != b'\t') || byte == 0x7f;
    !value.iter().fold(false, |found, &byte| found | is_bad(byte))
        && value.trim_ascii().len() == value.len()
}

/// A field line that can't be written. Its text says why, and nothing of the line, which may be a client's or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidField(Rule);

/// What a line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    NoName,
    Name,
    OfTheSender,
    ControlCharacter,
    SpaceAround,
}

impl Rule {
    /// The first that is broken: how a line is checked is quick and tells only that one is.
    #[cold]
    fn broken(name: &str, value: &[u8]) -> Self {
        if name.is_empty() {
            Self::NoName
        } else if !name.bytes().all(is_token_byte) {
            Self::Name
        } else if is_any(name.as_bytes(), OF_THE_SENDER) {
            Self::OfTheSender
        } else if is_field_value(value.trim_ascii()) {
            Self::SpaceAround
        } else {
            Self::ControlCharacter
        }
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Rule::NoName => "a field has no name: give it one",
            Rule::Name => {
                "the name of a field has a character that no token has: write letters, digits and `-`, \
                 without a colon or spaces"
            }
            Rule::OfTheSender => {
                "a field is one of the connection or of framing, which whoever sends the response \
                 writes: leave it out"
            }
            Rule::ControlCharacter => {
                "the value of a field has a control character, such as the end of a line: leave it out"
            }
            Rule::SpaceAround => {
                "the value of a field begins or ends with a space, a tab or the end of a line: trim it"
            }
        })
    }
}

impl std::error::Error for InvalidField {}

#[cfg(test)]
mod tests;
