//! The request line: method, target, version (RFC 9112 section 3).

use std::ops::Range;

use super::fields::is_token_byte;
use super::host;
use super::refusal::Refusal;

/// Longer than any registered method.
const MAX_METHOD: usize = 32;

/// How a record begins that carries a handshake of TLS (RFC 8446 section 5.1).
pub(crate) const TLS_HANDSHAKE: u8 = 22;

/// The methods of RFC 9110 section 9, and all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `CONNECT`
    Connect,
    /// `OPTIONS`
    Options,
    /// `TRACE`
    Trace,
    /// `PATCH` (RFC 5789)
    Patch,
    /// Any other token; `Request::method_bytes` has it.
    #[default]
    Other,
}

impl Method {
    fn of(token: &[u8]) -> Self {
        // Methods are case-sensitive (RFC 9110 section 9.1).
        match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"CONNECT" => Self::Connect,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"PATCH" => Self::Patch,
            _ => Self::Other,
        }
    }

    /// The method of a head that did not come to be a request, as far as it matters: an answer to HEAD has no content,
    /// also when it says what was wrong (RFC 9110 section 9.3.2).
    pub(super) fn of_begin(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"HEAD ") { Self::Head } else { Self::Other }
    }
}

/// What a request is about, in the form in which it came (RFC 9112 section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// Origin form, or absolute form without its scheme and authority.
    Path {
        /// From the first slash, percent-encoded; `/` when an absolute form has none.
        path: &'a [u8],
        /// What follows the first question mark.
        query: Option<&'a [u8]>,
    },
    /// `*`, the server itself; only for OPTIONS.
    Asterisk,
    /// A host and a port; only for CONNECT.
    Authority,
}

/// Where the parts of a request line are.
#[derive(Debug, Clone, Default)]
pub(super) struct RequestLine {
    pub(super) method: Method,
    pub(super) method_end: usize,
    pub(super) form: Form,
    /// Path and query of origin and absolute form.
    pub(super) path: Range<usize>,
    pub(super) query: Option<Range<usize>>,
    /// The authority of absolute and authority form.
    pub(super) authority: Option<Range<usize>>,
    /// Minor version: 0 or 1. A higher one is served as 1 (RFC 9110 section 2.5).
    pub(super) minor: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    #[default]
    Path,
    Asterisk,
    Authority,
}

/// Judges the begin of a head that is not complete: whether it can become one at all.
pub(super) fn judge_begin(bytes: &[u8], max_target: usize) -> Result<(), Refusal> {
    let method = method_len(bytes);
    match bytes.get(method) {
        None if method <= MAX_METHOD => return Ok(()),
        Some(b' ') if method > 0 && method <= MAX_METHOD => {}
        // Uppercase letters were there: somebody meant to speak HTTP.
        _ if bytes.first().is_some_and(u8::is_ascii_uppercase) => return Err(Refusal::RequestLine),
        _ if bytes.first() == Some(&TLS_HANDSHAKE) => return Err(Refusal::Tls),
        _ => return Err(Refusal::NotHttp),
    }
    if bytes.len() - method > max_target + " HTTP/1.1\r\n".len() + 1
        && memchr::memchr2(b' ', b'\n', &bytes[method + 1..]).is_none_or(|len| len > max_target)
    {
        return Err(Refusal::TargetTooLong);
    }
    Ok(())
}

/// Parses a request line with its CRLF.
pub(super) fn parse(line: &[u8], max_target: usize) -> Result<RequestLine, Refusal> {
    // What is wrong with its begin comes first, as it does when the head is torn.
    parse_parts(line.strip_suffix(b"\r\n").unwrap_or(line), max_target)
        .map_err(|refusal| judge_begin(line, max_target).err().unwrap_or(refusal))
}

fn parse_parts(line: &[u8], max_target: usize) -> Result<RequestLine, Refusal> {
    let method_end = method_len(line);
    if line.get(method_end) != Some(&b' ') || !(1..=MAX_METHOD).contains(&method_end) {
        return Err(Refusal::RequestLine);
    }
    // Nearly every line ends like this, and need not be searched for its last space.
    let current = line.strip_suffix(b" HTTP/1.1").map(<[u8]>::len);
    let target_end = current.or_else(|| memchr::memrchr(b' ', line)).ok_or(Refusal::RequestLine)?;
    let Some(target) = line.get(method_end + 1..target_end).filter(|target| !target.is_empty())
    else {
        return Err(Refusal::RequestLine);
    };
    if target.len() > max_target {
        return Err(Refusal::TargetTooLong);
    }
    if let Some(&byte) = target.iter().find(|&&byte| !TARGET[usize::from(byte)]) {
        return Err(if byte == b'#' { Refusal::Target } else { Refusal::RequestLine });
    }
    let minor = match current {
        Some(_) => 1,
        None => minor_version(&line[target_end + 1..])?,
    };
    let method = Method::of(&line[..method_end]);
    let mut parsed = RequestLine { method, method_end, minor, ..RequestLine::default() };
    parsed.find_target(line, method_end + 1..target_end)?;
    Ok(parsed)
}

/// Bytes of the token at the front, as far as it matters.
fn method_len(bytes: &[u8]) -> usize {
    bytes.iter().take(MAX_METHOD + 1).take_while(|&&byte| is_token_byte(byte)).count()
}

/// What a target may be made of. Bytes beyond ASCII are no part of a URI, but browsers of old send them;
/// nothing here misreads them. A fragment never travels (RFC 9110 section 7.1): whoever reads past it and
/// whoever stops at it would see two different paths.
const TARGET: [bool; 256] = {
    let mut valid = [true; 256];
    let mut byte = 0;
    while byte <= b' ' {
        valid[byte as usize] = false;
        byte += 1;
    }
    valid[0x7f] = false;
    valid[b'#' as usize] = false;
    valid
};

impl RequestLine {
    fn find_target(&mut self, line: &[u8], range: Range<usize>) -> Result<(), Refusal> {
        let target = &line[range.clone()];
        if self.method == Method::Connect {
            // RFC 9110 section 9.3.6: an empty or invalid port must be rejected.
            if !host::is_host_and_port(target) {
                return Err(Refusal::Target);
            }
            self.form = Form::Authority;
            self.authority = Some(range);
            return Ok(());
        }
        let path_begin = match target {
            b"*" if self.method == Method::Options => {
                self.form = Form::Asterisk;
                return Ok(());
            }
            [b'/', ..] => range.start,
            _ => {
                let scheme = scheme_len(target).ok_or(Refusal::Target)?;
                let rest = &target[scheme..];
                let len = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
                // An http URI has a host (RFC 9110 section 4.2.1).
                if len == 0 || !host::is_authority(&rest[..len]) {
                    return Err(Refusal::Host);
                }
                let begin = range.start + scheme;
                self.authority = Some(begin..begin + len);
                begin + len
            }
        };
        let path_end = memchr::memchr(b'?', &line[path_begin..range.end]).map(|at| path_begin + at);
        self.path = path_begin..path_end.unwrap_or(range.end);
        self.query = path_end.map(|at| at + 1..range.end);
        // `http://host?query` has an empty path; anything else begins with a slash.
        if !self.path.is_empty() && line[path_begin] != b'/' {
            return Err(Refusal::Target);
        }
        Ok(())
    }
}

fn scheme_len(target: &[u8]) -> Option<usize> {
    ["http://", "https://"]
        .into_iter()
        .find(|scheme| {
            target
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
        })
        .map(str::len)
}

fn minor_version(version: &[u8]) -> Result<u8, Refusal> {
    match version {
        b"HTTP/1.1" => Ok(1),
        b"HTTP/1.0" => Ok(0),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            if *major == b'1' {
                Ok(1)
            } else {
                Err(Refusal::UnsupportedVersion)
            }
        }
        _ => Err(Refusal::Version),
    }
}
