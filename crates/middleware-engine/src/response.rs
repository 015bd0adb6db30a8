//! An answer that a middleware gives itself, and what it sees of one that others give.

use bytes::Bytes;

use crate::overlay::{is_any, is_field_value};

/// An answer of a middleware: a status and its content. Its fields are those that are added to the
/// [draft](crate::ResponseDraft) of each response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    content: Content,
}

/// What an answer contains.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Whatever the server sends with such a status: its own error page, or nothing.
    Usual,
    /// This, of this type.
    Bytes {
        /// What it is, as `Content-Type` has it.
        content_type: &'static str,
        /// The bytes.
        bytes: Bytes,
    },
}

impl Response {
    /// An answer with this status, and with the content that the server sends with it by itself.
    ///
    /// # Panics
    /// When the status is not from 200 to 599, or is one whose content depends on a representation that only the
    /// handler has: 206 or 304.
    #[track_caller]
    pub const fn new(status: u16) -> Self {
        assert!(
            matches!(status, 200..=205 | 207..=303 | 305..=599),
            "a middleware can't answer with this status"
        );
        Self { status, content: Content::Usual }
    }

    /// The same with this content.
    ///
    /// # Panics
    /// When the status has no content: 204 or 205. When the type can't stand in a field: it is empty, not ASCII, or has
    /// control characters or spaces around it, by which it could end the head early. In a middleware a panic is answered
    /// 500, as any is.
    #[track_caller]
    pub fn with(mut self, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        assert!(!matches!(self.status, 204 | 205), "a {} has no content", self.status);
        let is_value = content_type.is_ascii() && is_field_value(content_type.as_bytes());
        assert!(is_value && !content_type.is_empty(), "{content_type:?} is no type of content");
        self.content = Content::Bytes { content_type, bytes: bytes.into() };
        self
    }

    /// Its status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What it contains.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What it contains, to be sent.
    pub fn into_content(self) -> Content {
        self.content
    }
}

/// A response as whoever sends it has it, for the phase after.
pub trait ResponseView {
    /// Its status code.
    fn status(&self) -> u16;

    /// The value of its first field line of this name.
    fn field(&self, name: &str) -> Option<&[u8]>;

    /// Whether there is a field line of any of these names: one walk over the lines, where that is to be had.
    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.field(name).is_some())
    }

    /// Calls `look` with the value of each field line of this name, in their order.
    fn each(&self, name: &str, look: &mut dyn FnMut(&[u8]));

    /// How many bytes its content has, if that is known.
    fn content_length(&self) -> Option<u64>;
}

impl ResponseView for http::response::Parts {
    fn status(&self) -> u16 {
        self.status.as_u16()
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(http::HeaderValue::as_bytes)
    }

    fn each(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        self.headers.get_all(name).iter().for_each(|value| look(value.as_bytes()));
    }

    fn has_any(&self, names: &[&str]) -> bool {
        self.headers.keys().any(|key| is_any(key.as_str().as_bytes(), names))
    }

    fn content_length(&self) -> Option<u64> {
        let value = self.headers.get(http::header::CONTENT_LENGTH)?;
        value.to_str().ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[track_caller]
    fn check(content_type: &'static str, is_taken: bool) {
        let made = catch_unwind(|| Response::new(200).with(content_type, "x"));
        assert_eq!(made.is_ok(), is_taken, "{content_type:?}");
    }

    #[test]
    fn a_type_of_content_ends_no_line() {
        check("text/plain", true);
        check("text/plain; charset=\"utf-8\"", true);
        for bad in [
            "text/plain\r\nset-cookie: a=b",
            "text/plain\r\n\r\nbody",
            "text/plain\n",
            "text/plain\r",
            "text/\0plain",
            " text/plain",
            "text/plain\t",
            "text/plaîn",
            "",
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn no_content_where_none_may_be() {
        for status in [204, 205] {
            assert!(catch_unwind(|| Response::new(status).with("text/plain", "x")).is_err());
        }
    }
}
