//! Answers of middlewares, and what becomes of others' heads.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body::Body;
use memchr::memchr_iter;

use super::body::MiddlewareBody;
use super::names::Names;
use crate::overlay::Overlay;
use crate::response::{Content, Response as Answer, ResponseView};

/// When there is no place for a job, and the error phase knows no better.
pub(super) const OVERLOADED: Answer = Answer::new(503);

/// When the service has panicked, and the error phase knows no better.
pub(super) const FAILED: Answer = Answer::new(500);

/// What a middleware answers, as a response. Without content of its own it says in plain words what its status is. An
/// answer to HEAD has the fields of one to GET (RFC 9110 section 9.3.2).
pub(super) fn response<R>(answer: Answer, is_head: bool) -> Response<MiddlewareBody<R>> {
    let status = StatusCode::from_u16(answer.status()).expect("from 200 to 599");
    let (content_type, bytes) = match answer.into_content() {
        Content::Bytes { content_type, bytes } => (content_type, bytes),
        Content::Usual => ("text/plain; charset=utf-8", usual(status)),
    };
    let body = MiddlewareBody::bytes(if is_head { Bytes::new() } else { bytes.clone() });
    let mut response = Response::new(body);
    *response.status_mut() = status;
    // RFC 9110 section 8.6: neither has content, and 204 not even a length.
    if !matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) {
        if let Ok(value) = HeaderValue::from_str(content_type) {
            response.headers_mut().insert(CONTENT_TYPE, value);
        }
        response.headers_mut().insert(CONTENT_LENGTH, bytes.len().into());
    }
    response
}

fn usual(status: StatusCode) -> Bytes {
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) {
        return Bytes::new();
    }
    let reason = status.canonical_reason().map_or(String::new(), |reason| format!(" {reason}"));
    format!("{}{reason}\n", status.as_u16()).into()
}

/// Removes, then appends.
pub(super) fn apply(overlay: &Overlay, names: &mut Names, fields: &mut HeaderMap) {
    for name in overlay.removed_names() {
        if let Ok(name) = HeaderName::from_bytes(name) {
            fields.remove(name);
        }
    }
    if overlay.added_lines().is_empty() {
        return;
    }
    // One allocation for the values of all lines.
    let lines = Bytes::copy_from_slice(overlay.added_lines());
    // And one for the map, which grows by doubling. For more than it can hold there is none.
    let _ = fields.try_reserve(memchr_iter(b'\n', &lines).count());
    for (place, line) in lines.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let Some((name, value)) = parts(line) else { continue };
        // They were checked when they were added.
        let name = names.parse(place, name);
        let value = HeaderValue::from_maybe_shared(lines.slice_ref(value));
        if let (Some(name), Ok(value)) = (name, value) {
            fields.append(name, value);
        }
    }
}

fn parts(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    Some((&line[..colon], line[colon + 1..].trim_ascii()))
}

/// A response as the phase after sees it.
pub(super) struct View<'a, R>(pub(super) &'a Response<MiddlewareBody<R>>);

impl<R: Body> ResponseView for View<'_, R> {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        self.0.headers().get(name).map(HeaderValue::as_bytes)
    }

    fn each(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        self.0.headers().get_all(name).iter().for_each(|value| look(value.as_bytes()));
    }

    /// As the field says, which is right for HEAD, too; else as the body says.
    fn content_length(&self) -> Option<u64> {
        match self.0.headers().get(CONTENT_LENGTH) {
            Some(value) => value.to_str().ok()?.parse().ok(),
            None => self.0.body().len(),
        }
    }
}
