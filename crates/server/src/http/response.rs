//! From a plan to a response of the `http` crate.

use std::mem;

use ::http::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue};
use ::http::{Response, StatusCode};
use bytes::Bytes;
use catzilla_middleware_engine::Overlay;

use super::content::Content;
use crate::headers::is_of_the_connection;
use crate::http1::Pool;
use crate::plan::{Block, Body, ResponsePlan};

/// As many field lines as nearly every answer has.
const FIELDS: usize = 12;

/// The response that was planned: its head, and its content, which is none for HEAD and where the status has none. The
/// buffer of what was added to its fields goes back.
pub(crate) fn response(
    mut plan: ResponsePlan,
    is_head: bool,
    date: &HeaderValue,
    buffers: &mut Pool,
) -> (Response<()>, Content) {
    let content = content(&mut plan, is_head);
    let mut response = Response::new(());
    // A status is in the range that they have, too.
    *response.status_mut() =
        StatusCode::from_u16(plan.status.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let length = plan.length.filter(|_| !plan.status.is_bodiless());
    *response.headers_mut() = if plan.overlay.removed_names().next().is_none() {
        with_added(fields(&shared(plan.block), length, date), &plan.overlay)
    } else {
        // A map would fill the places of what is removed with what is last.
        let mut lines = Vec::new();
        plan.overlay.apply(plan.block.as_bytes(), &mut lines);
        fields(&lines.into(), length, date)
    };
    buffers.put(plan.overlay.into_buffer());
    (response, content)
}

/// Takes the content out of a plan that is sent: none for HEAD and where the status has none.
pub(crate) fn content(plan: &mut ResponsePlan, is_head: bool) -> Content {
    let body = mem::replace(&mut plan.body, Body::None);
    if !is_head {
        // What the body has, as in `http1`, so that the two can't disagree.
        plan.length = Some(body.len());
    }
    let has_content = !is_head && !plan.status.is_bodiless();
    Content::new(if has_content { body } else { Body::None })
}

fn with_added(mut fields: HeaderMap, overlay: &Overlay) -> HeaderMap {
    let added = overlay.added_lines();
    if !added.is_empty() {
        let _ = fields.try_reserve(memchr::memchr_iter(b'\n', added).count());
        append(&mut fields, &Bytes::copy_from_slice(added));
    }
    fields
}

fn fields(block: &Bytes, length: Option<u64>, date: &HeaderValue) -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(FIELDS);
    fields.append(DATE, date.clone());
    if let Some(length) = length {
        fields.append(CONTENT_LENGTH, HeaderValue::from(length));
    }
    append(&mut fields, block);
    fields
}

fn shared(block: Block) -> Bytes {
    match block {
        Block::Static(bytes) => Bytes::from_static(bytes),
        Block::Shared(bytes) => bytes,
        Block::Held(block) => block.to_bytes(),
        Block::Scratch(bytes) => bytes.into(),
    }
}

/// Appends field lines. Their values stay where they are.
fn append(fields: &mut HeaderMap, block: &Bytes) {
    let mut at = 0;
    while let Some(len) = memchr::memchr(b'\n', &block[at..]) {
        let line = at..(at + len).saturating_sub(1);
        at += len + 1;
        let Some(name) = memchr::memchr(b':', &block[line.clone()]) else { continue };
        let value = (line.start + name + ": ".len()).min(line.end)..line.end;
        let name = HeaderName::from_bytes(&block[line.start..line.start + name]);
        let value = HeaderValue::from_maybe_shared(block.slice(value));
        debug_assert!(name.is_ok() && value.is_ok(), "a block has valid lines");
        if let (Ok(name), Ok(value)) = (name, value)
            // What a 426 says of a connection of HTTP/1.1 isn't for others.
            && !is_of_the_connection(name.as_str().as_bytes())
        {
            fields.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    fn plan(status: Status, body: &'static [u8]) -> ResponsePlan {
        ResponsePlan {
            status,
            block: Block::Static(
                b"content-type: text/css\r\netag: \"1\"\r\nvary: a\r\nvary: b\r\nx: \r\n",
            ),
            overlay: Overlay::default(),
            length: Some(body.len() as u64),
            body: Body::Memory(Bytes::from_static(body)),
            close: false,
        }
    }

    #[track_caller]
    fn check(plan: ResponsePlan, is_head: bool, fields: &str, len: u64) {
        let now = HeaderValue::from_static("now");
        let (response, content) = response(plan, is_head, &now, &mut Pool::new());
        let shown: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        assert_eq!(shown.join(" "), fields);
        assert_eq!(content.len(), len);
    }

    #[test]
    fn plans() {
        let block = "content-type=text/css etag=\"1\" vary=a vary=b x=";
        let whole = format!("date=now content-length=3 {block}");
        check(plan(Status::OK, b"abc"), false, &whole, 3);
        check(plan(Status::OK, b"abc"), true, &whole, 0);
        let none = format!("date=now {block}");
        check(plan(Status::NOT_MODIFIED, b""), false, &none, 0);
        let mut edited = plan(Status::OK, b"");
        edited.overlay.replace("etag", "\"2\"").unwrap();
        let fields = "date=now content-length=0 content-type=text/css vary=a vary=b x= etag=\"2\"";
        check(edited, false, fields, 0);
        let mut longer = plan(Status::OK, b"");
        longer.overlay.append("vary", "c").unwrap();
        longer.overlay.append("y", "1").unwrap();
        // A map has the lines of a name together.
        let fields = "date=now content-length=0 content-type=text/css etag=\"1\" vary=a vary=b vary=c x= y=1";
        check(longer, false, fields, 0);
    }
}
