//! A request that others have received, as one that passed our gate.

use ::http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use ::http::request::Parts;
use ::http::{Method, Uri, Version};

use crate::http1::{Refusal, Request, RequestHead};
use crate::limits::{Limits, MAX_FIELDS};

/// The bytes of a head and where its parts are, as our engine has them of what it received itself.
#[derive(Debug, Default)]
pub struct Head {
    bytes: Vec<u8>,
    head: RequestHead,
}

impl Head {
    /// Writes the parts down as HTTP/1.1 has them, and judges them as if they had come like that; but for the framing of
    /// the body, which whoever received them has judged. Parts that did come by HTTP/1 are written as they came, so that
    /// nothing is repaired that the gate refuses.
    ///
    /// # Errors
    /// As the gate has them.
    pub(crate) fn write(
        &mut self,
        parts: &Parts,
        has_body: bool,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let came_by_http_1 = parts.version < Version::HTTP_2;
        // A request that came by HTTP/1.0 needs no `Host`.
        let version = if parts.version < Version::HTTP_11 { "HTTP/1.0" } else { "HTTP/1.1" };
        let write_target = |bytes: &mut Vec<u8>| {
            if came_by_http_1 {
                write_target_as_it_came(&parts.uri, bytes);
            } else {
                bytes.extend_from_slice(target(&parts.method, &parts.uri).as_bytes());
            }
        };
        self.begin(parts.method.as_str().as_bytes(), write_target, version, limits)?;
        if parts.headers.len() > limits.max_fields.min(MAX_FIELDS) {
            return Err(Refusal::TooManyFields);
        }
        // RFC 9113 section 8.3.1: the authority of the target stands for `Host`; another one beside it is refused, as
        // two of them are. In HTTP/1 it stands in the target, and `Host` is needed beside it and ignored (RFC 9112
        // section 3.2.2).
        let authority = parts.uri.authority().filter(|_| !came_by_http_1);
        let authority = authority.map(|authority| authority.as_str().as_bytes());
        if let Some(authority) = authority {
            self.push(b"host", authority, limits)?;
        }
        for (name, value) in &parts.headers {
            let value = value.as_bytes();
            if is_of_the_connection(name) || (*name == HOST && authority == Some(value)) {
                continue;
            }
            self.push(name.as_str().as_bytes(), value, limits)?;
        }
        self.end(has_body)
    }

    /// Begins with the request line, of which `write_target` writes the target.
    ///
    /// # Errors
    /// As the gate has them.
    pub(crate) fn begin(
        &mut self,
        method: &[u8],
        write_target: impl FnOnce(&mut Vec<u8>),
        version: &str,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let Self { bytes, head } = self;
        bytes.clear();
        bytes.extend_from_slice(method);
        bytes.push(b' ');
        write_target(bytes);
        bytes.push(b' ');
        bytes.extend_from_slice(version.as_bytes());
        head.begin(bytes, limits)?;
        bytes.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// One more field: a token and a field value.
    ///
    /// # Errors
    /// The head is longer than the limit.
    pub(crate) fn push(
        &mut self,
        name: &[u8],
        value: &[u8],
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let Self { bytes, head } = self;
        let begin = bytes.len();
        let ends = begin + name.len() + ": ".len() + value.len();
        if ends + "\r\n\r\n".len() > limits.max_head_bytes {
            return Err(Refusal::HeadTooLarge);
        }
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
        let place = |begin: usize, len: usize| begin as u32..(begin + len) as u32;
        let value = place(begin + name.len() + ": ".len(), value.len());
        head.push(bytes, place(begin, name.len()), value);
        Ok(())
    }

    /// The end of the fields.
    ///
    /// # Errors
    /// As the gate has them.
    pub(crate) fn end(&mut self, has_body: bool) -> Result<(), Refusal> {
        self.bytes.extend_from_slice(b"\r\n");
        self.head.end(&self.bytes, has_body)
    }

    /// Bytes of memory that its text takes.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The request.
    pub fn request(&self) -> Request<'_> {
        Request::new(&self.head, &self.bytes)
    }
}

fn target<'a>(method: &Method, uri: &'a Uri) -> &'a str {
    if *method == Method::CONNECT {
        return uri.authority().map_or("", |authority| authority.as_str());
    }
    uri.path_and_query().map_or("/", |path| path.as_str())
}

/// The target of HTTP/1, in whichever form.
fn write_target_as_it_came(uri: &Uri, bytes: &mut Vec<u8>) {
    if let Some(scheme) = uri.scheme() {
        bytes.extend_from_slice(scheme.as_str().as_bytes());
        bytes.extend_from_slice(b"://");
    }
    if let Some(authority) = uri.authority() {
        bytes.extend_from_slice(authority.as_str().as_bytes());
    }
    // The authority form has none.
    if let Some(path) = uri.path_and_query() {
        bytes.extend_from_slice(path.as_str().as_bytes());
    }
}

/// What concerns the connection that it came on, or the framing there.
fn is_of_the_connection(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, TE, TRAILER, TRANSFER_ENCODING, UPGRADE].contains(name)
        || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::{Known, Target};
    use ::http::Request as Foreign;

    fn written(request: ::http::request::Builder, limits: &Limits) -> Result<Head, Refusal> {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let mut head = Head::default();
        head.write(&parts, false, limits).map(|()| head)
    }

    fn by_http_2(uri: &str) -> ::http::request::Builder {
        Foreign::get(uri).version(Version::HTTP_2)
    }

    #[track_caller]
    fn check(request: ::http::request::Builder, expected: Result<&str, Refusal>) {
        let written = written(request, &Limits::default());
        let shown = written.map(|head| String::from_utf8(head.bytes).unwrap());
        assert_eq!(shown.as_deref().map_err(|refusal| *refusal), expected);
    }

    #[test]
    fn parts_are_written_as_http_1_has_them() {
        check(
            by_http_2("https://h:1/a?b").header("x", "1").header("x", "2"),
            Ok("GET /a?b HTTP/1.1\r\nhost: h:1\r\nx: 1\r\nx: 2\r\n\r\n"),
        );
        check(Foreign::get("/a").header("host", "h"), Ok("GET /a HTTP/1.1\r\nhost: h\r\n\r\n"));
        check(by_http_2("http://h").header("host", "h"), Ok("GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
        check(
            Foreign::options("*").header("host", "h"),
            Ok("OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n"),
        );
        check(
            Foreign::builder().method("CONNECT").uri("h:443").version(Version::HTTP_2),
            Ok("CONNECT h:443 HTTP/1.1\r\nhost: h:443\r\n\r\n"),
        );
    }

    #[test]
    fn what_came_by_http_1_is_written_as_it_came() {
        let absolute = || Foreign::get("http://H:1/a?b");
        check(absolute(), Err(Refusal::HostCount));
        check(
            absolute().header("host", "other"),
            Ok("GET http://H:1/a?b HTTP/1.1\r\nhost: other\r\n\r\n"),
        );
        check(absolute().header("host", "H:1").header("host", "H:1"), Err(Refusal::HostCount));
        check(absolute().version(Version::HTTP_10), Ok("GET http://H:1/a?b HTTP/1.0\r\n\r\n"));
        check(Foreign::get("ftp://h/").header("host", "h"), Err(Refusal::Target));
        check(Foreign::get("h").header("host", "h"), Err(Refusal::Target));
        check(
            Foreign::builder().method("CONNECT").uri("h:443").header("host", "other"),
            Ok("CONNECT h:443 HTTP/1.1\r\nhost: other\r\n\r\n"),
        );
    }

    #[test]
    fn what_came_by_http_1_0_is_written_as_that() {
        let old = || Foreign::get("/a").version(Version::HTTP_10);
        check(old(), Ok("GET /a HTTP/1.0\r\n\r\n"));
        check(old().header("host", "h"), Ok("GET /a HTTP/1.0\r\nhost: h\r\n\r\n"));
        // It knows no expectations (RFC 9110 section 10.1.1).
        check(old().header("expect", "x"), Ok("GET /a HTTP/1.0\r\nexpect: x\r\n\r\n"));
    }

    #[test]
    fn what_concerns_their_connection_is_left_out() {
        let request = by_http_2("http://h/")
            .header("te", "trailers")
            .header("connection", "close")
            .header("keep-alive", "1")
            .header("transfer-encoding", "chunked")
            .header("content-length", "5");
        check(request, Ok("GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
    }

    #[test]
    fn the_gate_judges_them() {
        check(Foreign::get("/"), Err(Refusal::HostCount));
        check(by_http_2("http://h/").header("host", "g"), Err(Refusal::HostCount));
        check(Foreign::get("/").header("host", "a b"), Err(Refusal::Host));
        check(Foreign::get("*").header("host", "h"), Err(Refusal::Target));
        check(by_http_2("http://h/").header("expect", "x"), Err(Refusal::Expectation));
        check(by_http_2(&format!("http://h/{}", "a".repeat(8192))), Err(Refusal::TargetTooLong));
        let large = by_http_2("http://h/").header("x", "a".repeat(16 * 1024));
        check(large, Err(Refusal::HeadTooLarge));
        let mut many = by_http_2("http://h/");
        for _ in 0..101 {
            many = many.header("x", "1");
        }
        check(many, Err(Refusal::TooManyFields));
    }

    #[test]
    fn a_head_is_read_as_if_it_had_come_by_http_1() {
        let request = by_http_2("http://h/a?b").header("range", "bytes=0-1").header("Range", "x");
        let head = written(request, &Limits::default()).unwrap();
        let request = head.request();
        assert_eq!(request.target(), Target::Path { path: b"/a", query: Some(b"b") });
        assert_eq!(request.authority(), Some(&b"h"[..]));
        assert_eq!(request.field(Known::Range).collect::<Vec<_>>(), [&b"bytes=0-1"[..], b"x"]);
        assert!(!request.has(Known::Accept));
    }

    #[test]
    fn a_head_just_within_the_limit_passes() {
        let limit = |max_head_bytes| Limits { max_head_bytes, ..Limits::default() };
        let request = || by_http_2("http://h/").header("x", "1");
        let len = written(request(), &Limits::default()).unwrap().bytes.len();
        assert!(written(request(), &limit(len)).is_ok());
        assert_eq!(written(request(), &limit(len - 1)).unwrap_err(), Refusal::HeadTooLarge);
    }
}
