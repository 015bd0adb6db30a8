//! From what a handler returned to a response that may travel: what a handler must not decide is taken from it, what
//! can't be true is refused. Which status a refused one gets is chosen in `respond.rs`.

use std::fmt;

use catzilla_middleware_engine::Overlay;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::response::Parts;

use super::reply::AnswerBody;
use crate::outcome::Failure;
use crate::plan::{Block, Body, ResponsePlan};
use crate::status::Status;

/// Fields of the connection or of framing, which the engine writes by itself, whatever the version of HTTP.
const OF_THE_ENGINE: [HeaderName; 9] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::DATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// An answer whose fields have been judged, and are those of content alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) status: Status,
    /// How long the content is said to be.
    pub(crate) length: Option<u64>,
    /// Whether the handler wants the connection to end.
    pub(crate) close: bool,
}

/// What a handler did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 1xx, or a number that is no status.
    Status,
    /// Several lengths, or one that is no number.
    Length,
    /// A length, and a body of another.
    OtherLength,
    /// A coding that the engine would have to apply.
    TransferCoding,
}

/// Judges an answer and strips it. `length` is what its body says of itself.
fn judge(parts: &mut Parts, length: Option<u64>, is_head: bool) -> Result<Judged, Fault> {
    let status = Status::new(parts.status.as_u16()).filter(|it| it.code() >= 200);
    let status = status.ok_or(Fault::Status)?;
    let headers = &mut parts.headers;
    let declared = declared(headers)?;
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        return Err(Fault::TransferCoding);
    }
    let length = match (declared, length) {
        // What GET would send is not what the body of an answer to HEAD has.
        (Some(declared), _) if is_head || status.is_bodiless() => Some(declared),
        // Frameworks take the body of an answer to HEAD away, and then it is empty whatever GET would send. RFC 9110
        // section 8.6: a length may be left out there, but not be another.
        (None, length) if is_head => length.filter(|length| *length > 0),
        (Some(declared), Some(length)) if declared != length => return Err(Fault::OtherLength),
        (declared, length) => declared.or(length),
    };
    let close = headers.get_all(header::CONNECTION).iter().any(|value| has_item(value, b"close"));
    // RFC 9110 section 15.5.22: it has to say to what.
    let upgrade: Vec<HeaderValue> = if status.code() == 426 {
        headers.get_all(header::UPGRADE).iter().cloned().collect()
    } else {
        Vec::new()
    };
    for name in OF_THE_ENGINE {
        headers.remove(name);
    }
    for value in upgrade {
        headers.append(header::UPGRADE, value);
    }
    Ok(Judged { status, length, close })
}

/// The answer of a handler as it is sent: complete, or its head and the content that is still to come. What is wrong with
/// it is in the log.
pub(crate) fn plan(
    mut parts: Parts,
    mut content: AnswerBody,
    is_head: bool,
    scratch: Vec<u8>,
) -> Result<(ResponsePlan, Option<AnswerBody>), Failure> {
    let judged = judge(&mut parts, content.length(), is_head).map_err(|fault| {
        tracing::error!(%fault, "a handler's answer can't be sent; the request is answered 500");
        Failure::Application
    })?;
    let mut plan = judged.plan(&parts.headers, scratch);
    let Some(bytes) = content.whole() else { return Ok((plan, Some(content))) };
    if !is_head && !judged.status.is_bodiless() {
        // Nothing has been sent yet.
        if plan.length.is_some_and(|length| length != bytes.len() as u64) {
            tracing::error!("a handler announced another length; the request is answered 500");
            return Err(Failure::Application);
        }
        plan.length = Some(bytes.len() as u64);
        plan.body = Body::Memory(bytes);
    }
    Ok((plan, None))
}

/// `Content-Length`, once and a number.
fn declared(headers: &HeaderMap) -> Result<Option<u64>, Fault> {
    let mut values = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match text.and_then(|text| text.parse().ok()) {
        Some(length) if values.next().is_none() => Ok(Some(length)),
        _ => Err(Fault::Length),
    }
}

fn has_item(value: &HeaderValue, item: &[u8]) -> bool {
    value
        .as_bytes()
        .split(|&byte| byte == b',')
        .any(|it| it.trim_ascii().eq_ignore_ascii_case(item))
}

/// 101, with the fields of a handler: the protocol among them.
pub(crate) fn switching(headers: &mut HeaderMap, scratch: Vec<u8>) -> ResponsePlan {
    let upgrade: Vec<HeaderValue> = headers.get_all(header::UPGRADE).iter().cloned().collect();
    for name in OF_THE_ENGINE {
        headers.remove(name);
    }
    let mut lines = block(headers, scratch);
    for value in upgrade {
        line(&header::UPGRADE, &value, &mut lines);
    }
    ResponsePlan {
        status: Status::SWITCHING_PROTOCOLS,
        block: Block::Scratch(lines),
        overlay: Overlay::default(),
        length: None,
        body: Body::None,
        close: false,
    }
}

impl Judged {
    /// The response without its content. The status is the handler's.
    pub(crate) fn plan(self, headers: &HeaderMap, scratch: Vec<u8>) -> ResponsePlan {
        ResponsePlan {
            status: self.status,
            block: Block::Scratch(block(headers, scratch)),
            overlay: Overlay::default(),
            length: self.length,
            body: Body::None,
            close: self.close,
        }
    }
}

/// Field lines as the engine sends them.
fn block(headers: &HeaderMap, mut lines: Vec<u8>) -> Vec<u8> {
    lines.clear();
    for (name, value) in headers {
        line(name, value, &mut lines);
    }
    // RFC 9110 section 7.8: whoever sends it says that it is about this connection.
    if headers.contains_key(header::UPGRADE) {
        lines.extend_from_slice(b"connection: upgrade\r\n");
    }
    lines
}

fn line(name: &HeaderName, value: &HeaderValue, lines: &mut Vec<u8>) {
    lines.extend_from_slice(name.as_str().as_bytes());
    lines.extend_from_slice(b": ");
    lines.extend_from_slice(value.as_bytes());
    lines.extend_from_slice(b"\r\n");
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status => "its status is interim, or none of 200 to 599",
            Self::Length => "its Content-Length is not one number",
            Self::OtherLength => "its Content-Length is not the length of its body",
            Self::TransferCoding => "it has a transfer coding other than chunked",
        })
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    #[track_caller]
    fn check(
        status: u16,
        fields: &[(&str, &str)],
        length: Option<u64>,
        is_head: bool,
        expected: Result<(Option<u64>, bool, &str), Fault>,
    ) {
        let mut response = Response::builder().status(status);
        for (name, value) in fields {
            response = response.header(*name, *value);
        }
        let (mut parts, ()) = response.body(()).unwrap().into_parts();
        let judged = judge(&mut parts, length, is_head).map(|judged| {
            assert_eq!(judged.status.code(), status);
            (judged.length, judged.close)
        });
        let lines = String::from_utf8(block(&parts.headers, Vec::new())).unwrap();
        assert_eq!(judged, expected.map(|(length, close, _)| (length, close)), "{fields:?}");
        if let Ok((.., expected)) = expected {
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn the_length_is_one_and_true() {
        let five = ("Content-Length", "5");
        check(200, &[], None, false, Ok((None, false, "")));
        check(200, &[], Some(3), false, Ok((Some(3), false, "")));
        check(200, &[five], Some(5), false, Ok((Some(5), false, "")));
        check(200, &[five], None, false, Ok((Some(5), false, "")));
        check(200, &[five], Some(4), false, Err(Fault::OtherLength));
        check(200, &[five], Some(0), true, Ok((Some(5), false, "")));
        check(200, &[], Some(3), true, Ok((Some(3), false, "")));
        check(200, &[], Some(0), true, Ok((None, false, "")));
        check(200, &[("Content-Length", "0")], Some(0), true, Ok((Some(0), false, "")));
        check(200, &[], Some(0), false, Ok((Some(0), false, "")));
        check(304, &[five], Some(0), false, Ok((Some(5), false, "")));
        check(200, &[five, five], Some(5), false, Err(Fault::Length));
        for wrong in ["5, 5", "+5", "", "five", "99999999999999999999"] {
            check(200, &[("Content-Length", wrong)], None, false, Err(Fault::Length));
        }
    }

    #[test]
    fn the_connection_is_not_the_handlers() {
        check(
            200,
            &[("Connection", "keep-alive"), ("Keep-Alive", "5")],
            None,
            false,
            Ok((None, false, "")),
        );
        check(200, &[("Connection", "x, Close")], None, false, Ok((None, true, "")));
        check(
            200,
            &[("Upgrade", "x"), ("TE", "x"), ("Trailer", "x"), ("Date", "x")],
            None,
            false,
            Ok((None, false, "")),
        );
        check(
            426,
            &[("Upgrade", "x")],
            None,
            false,
            Ok((None, false, "upgrade: x\r\nconnection: upgrade\r\n")),
        );
        check(200, &[("Transfer-Encoding", "Chunked")], None, false, Ok((None, false, "")));
        check(
            200,
            &[("Transfer-Encoding", "gzip, chunked")],
            None,
            false,
            Err(Fault::TransferCoding),
        );
        check(
            201,
            &[("X-A", "1"), ("X-A", "2")],
            None,
            false,
            Ok((None, false, "x-a: 1\r\nx-a: 2\r\n")),
        );
    }

    #[test]
    fn interim_answers_and_numbers_beyond_are_no_statuses() {
        for status in [100, 101, 103, 600, 999] {
            check(status, &[], None, false, Err(Fault::Status));
        }
    }
}
