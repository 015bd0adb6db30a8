//! A strict reader of HTTP/1.1 responses (RFC 9112), written apart from the server, as its judge.
//! What a lenient client would repair is an error here.

mod chunked;

use std::fmt;

/// One response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Field names as they came, and values.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Response {
    /// The values of a field.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| &value[..])
    }

    /// Whether the response announces the end of the connection.
    pub fn closes(&self) -> bool {
        self.values("connection").any(|value| value.eq_ignore_ascii_case(b"close"))
    }
}

/// Why bytes are not a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Reads one response from the front; `Ok(None)` when it is not complete. Also says how many bytes it had.
/// `to_head` tells that it answers HEAD.
///
/// # Errors
/// When no continuation could make these bytes a response.
pub fn read(bytes: &[u8], to_head: bool) -> Result<Option<(Response, usize)>, Malformed> {
    let fail = |what: &str| Err(Malformed(format!("{what}: {:?}", String::from_utf8_lossy(bytes))));
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &bytes[..end];
    if head.iter().enumerate().any(|(at, &byte)| {
        (byte == b'\n' && (at == 0 || head[at - 1] != b'\r'))
            || (byte == b'\r' && head.get(at + 1) != Some(&b'\n'))
    }) {
        return fail("a line break that is not CRLF");
    }
    let mut lines =
        head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let status_line = lines.next().unwrap_or_default();
    let Some(rest) = status_line.strip_prefix(b"HTTP/1.1 ") else { return fail("no status line") };
    if rest.len() < 4 || !rest[..3].iter().all(u8::is_ascii_digit) || rest[3] != b' ' {
        return fail("no status code");
    }
    let status = rest[..3].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    if !(100..600).contains(&status) {
        return fail("no such status");
    }
    let mut response = Response {
        status,
        reason: String::from_utf8_lossy(&rest[4..]).into_owned(),
        fields: Vec::new(),
        body: Vec::new(),
    };
    for line in lines {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return fail("a line without a colon");
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty()
            || !name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
        {
            return fail("a field name that is no token");
        }
        if !value.iter().all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)) {
            return fail("a control character in a field value");
        }
        response
            .fields
            .push((String::from_utf8_lossy(name).into_owned(), value.trim_ascii().to_vec()));
    }
    for single in [
        "content-length",
        "date",
        "etag",
        "last-modified",
        "content-type",
        "location",
        "content-range",
    ] {
        if response.values(single).count() > 1 {
            return fail("a field that may stand once stands twice");
        }
    }
    let begin = end + 4;
    let bodiless = to_head || status < 200 || status == 204 || status == 304;
    match response.values("transfer-encoding").collect::<Vec<_>>()[..] {
        [] => {}
        [b"chunked"] if response.values("content-length").next().is_some() => {
            return fail("two opinions on its length");
        }
        [b"chunked"] if status < 200 || status == 204 => {
            return fail("Transfer-Encoding where there must be none");
        }
        [b"chunked"] if bodiless => return Ok(Some((response, begin))),
        [b"chunked"] => {
            return Ok(chunked::read(&bytes[begin..])?.map(|(body, len)| {
                response.body = body;
                (response, begin + len)
            }));
        }
        _ => return fail("a transfer coding other than chunked"),
    }
    let len = match response.values("content-length").next() {
        Some(text) => {
            if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
                return fail("Content-Length is no number");
            }
            if status < 200 || status == 204 {
                return fail("Content-Length where there must be none");
            }
            match str::from_utf8(text).ok().and_then(|text| text.parse::<usize>().ok()) {
                Some(len) => len,
                None => return fail("Content-Length is too large"),
            }
        }
        None if status < 200 || status == 204 || status == 304 || to_head => 0,
        None => return fail("content of unknown length"),
    };
    let len = if bodiless { 0 } else { len };
    let Some(body) = bytes.get(begin..begin + len) else { return Ok(None) };
    response.body = body.to_vec();
    Ok(Some((response, begin + len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &str, expected: Option<usize>) {
        let taken = read(bytes.as_bytes(), false).ok().flatten().map(|(_, len)| len);
        assert_eq!(taken, expected, "{bytes:?}");
    }

    #[test]
    fn strict_is_strict() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc", Some(40));
        check("HTTP/1.1 204 No Content\r\n\r\n", Some(27));
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na", None);
        check(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nH",
            Some(58),
        );
        check("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", None);
        check("HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n", Some(57));
        for wrong in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\na",
            "HTTP/1.1 200 OK\r\na: \x01\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n01\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n",
        ] {
            assert!(read(wrong.as_bytes(), false).is_err(), "{wrong:?}");
        }
    }
}
