//! A request head: where its parts are in the input, and a view that reads them.

use std::fmt;
use std::ops::Range;

use super::fields::{Fields, Known};
use super::framing::{self, BodyLength, Framing};
use super::head_end::Shape;
use super::host;
use super::refusal::Refusal;
use super::request_line::{self, Form, Method, RequestLine, Target};
use crate::limits::Limits;

/// The parts of a head as places in the bytes of its message: nothing borrowed, so that a request can
/// wait for something else, and reused, so that the next one allocates nothing.
#[derive(Debug, Default)]
pub struct RequestHead {
    line: RequestLine,
    fields: Fields,
    framing: Framing,
}

impl RequestHead {
    /// Parses and judges a complete head, which `bytes` begin with.
    pub(super) fn parse(
        &mut self,
        bytes: &[u8],
        shape: Shape,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        self.clear();
        let head = &bytes[..shape.len];
        self.line = request_line::parse(&head[..shape.first_line], limits.max_target_bytes)?;
        self.fields.parse(head, shape, limits.max_fields)?;
        self.judge_host(head)?;
        self.framing = framing::judge(&self.fields, head, self.line.minor)?;
        Ok(())
    }

    /// Begins a head that others have received in parts, by its request line without CRLF. Its fields follow by
    /// [`push`](Self::push), and [`end`](Self::end) judges what is left to judge. How the body is framed isn't judged:
    /// whoever received the parts has done that.
    pub(crate) fn begin(&mut self, line: &[u8], limits: &Limits) -> Result<(), Refusal> {
        self.clear();
        self.line = request_line::parse(line, limits.max_target_bytes)?;
        Ok(())
    }

    /// One more field of a head in parts, at these places of `bytes`. It is a token and a field value: types say so.
    pub(crate) fn push(&mut self, bytes: &[u8], name: Range<u32>, value: Range<u32>) {
        self.fields.push(bytes, name, value);
    }

    /// The end of a head in parts.
    pub(crate) fn end(&mut self, bytes: &[u8], has_body: bool) -> Result<(), Refusal> {
        self.judge_host(bytes)?;
        self.framing = framing::of_parts(&self.fields, bytes, self.line.minor, has_body)?;
        Ok(())
    }

    /// Forgets what it held, so that nothing of one request is taken for the next.
    pub(super) fn clear(&mut self) {
        self.line = RequestLine::default();
        self.fields.clear();
        self.framing = Framing::default();
    }

    /// RFC 9112 section 3.2: exactly one `Host` in HTTP/1.1, and a valid one wherever there is one.
    fn judge_host(&self, head: &[u8]) -> Result<(), Refusal> {
        let mut hosts = self.fields.values(Known::Host);
        let Some(value) = hosts.next() else {
            return if self.line.minor == 0 { Ok(()) } else { Err(Refusal::HostCount) };
        };
        if hosts.next().is_some() {
            return Err(Refusal::HostCount);
        }
        if host::is_authority(slice(head, &value)) { Ok(()) } else { Err(Refusal::Host) }
    }

    pub(super) fn framing(&self) -> &Framing {
        &self.framing
    }

    pub(super) fn method(&self) -> Method {
        self.line.method
    }

    pub(super) fn minor(&self) -> u8 {
        self.line.minor
    }
}

/// A request that has passed the gate, as a view of the bytes in which it came.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    head: &'a RequestHead,
    bytes: &'a [u8],
}

impl<'a> Request<'a> {
    pub(crate) fn new(head: &'a RequestHead, bytes: &'a [u8]) -> Self {
        Self { head, bytes }
    }

    /// The method.
    pub fn method(self) -> Method {
        self.head.line.method
    }

    /// The method as it was written.
    pub fn method_bytes(self) -> &'a [u8] {
        &self.bytes[..self.head.line.method_end]
    }

    /// The target in its form.
    pub fn target(self) -> Target<'a> {
        match self.head.line.form {
            Form::Path => Target::Path { path: self.path(), query: self.query() },
            Form::Asterisk => Target::Asterisk,
            Form::Authority => Target::Authority,
        }
    }

    fn path(self) -> &'a [u8] {
        match &self.bytes[self.head.line.path.clone()] {
            // `http://host` asks for the root (RFC 9110 section 4.2.3).
            [] => b"/",
            path => path,
        }
    }

    /// What follows the first question mark of the target.
    pub fn query(self) -> Option<&'a [u8]> {
        self.head.line.query.clone().map(|query| &self.bytes[query])
    }

    /// The host and port that the request is for: the authority of the target, else `Host`
    /// (RFC 9112 section 3.2.2). `None` only in HTTP/1.0.
    pub fn authority(self) -> Option<&'a [u8]> {
        match &self.head.line.authority {
            Some(range) => Some(&self.bytes[range.clone()]),
            None => self.field(Known::Host).next(),
        }
    }

    /// The minor version of HTTP/1: 0 or 1.
    pub fn minor_version(self) -> u8 {
        self.head.line.minor
    }

    /// The values of all lines of a field, in order, without white space around them.
    pub fn field(self, known: Known) -> impl Iterator<Item = &'a [u8]> {
        self.head.fields.values(known).map(move |place| slice(self.bytes, &place))
    }

    /// Whether there is a line of this field.
    pub fn has(self, known: Known) -> bool {
        self.head.fields.has(known)
    }

    /// All field lines in order: name as it was written, value without white space around it.
    pub fn fields(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let bytes = self.bytes;
        self.head
            .fields
            .lines()
            .iter()
            .map(move |line| (slice(bytes, &line.name), slice(bytes, &line.value)))
    }

    /// A field line by its place among all, as [`fields`](Self::fields) has it.
    pub(crate) fn line(self, index: usize) -> Option<(&'a [u8], &'a [u8])> {
        let line = self.head.fields.lines().get(index)?;
        Some((slice(self.bytes, &line.name), slice(self.bytes, &line.value)))
    }

    /// Whether a body follows.
    pub fn has_body(self) -> bool {
        self.head.framing.has_body()
    }

    /// How long the body is, if that is said ahead; 0 without one.
    pub fn body_len(self) -> Option<u64> {
        match self.head.framing.body {
            BodyLength::None => Some(0),
            BodyLength::Known(len) => Some(len),
            BodyLength::Chunked => None,
        }
    }
}

impl fmt::Debug for Request<'_> {
    /// Method and target; field values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("form", &self.head.line.form)
            .finish()
    }
}

pub(super) fn slice<'a>(bytes: &'a [u8], place: &Range<u32>) -> &'a [u8] {
    &bytes[place.start as usize..place.end as usize]
}
