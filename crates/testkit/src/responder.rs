//! A tiny HTTP/1.1 responder: slow, obvious and written apart from the server's engine, as its judge. It reads
//! a whole input at once and says which requests are in it.

mod chunked;

use chunked::{Chunked, chunked};

/// What is done with the bodies of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// They are thrown away after the answer.
    Discarded,
    /// They are read before it.
    Read,
}

/// What a connection's input amounts to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Understood {
    /// `METHOD target @authority` of each request that is answered.
    pub requests: Vec<String>,
    /// The bodies that were read to their end.
    pub bodies: Vec<Vec<u8>>,
    /// How many clients were told to go on with theirs.
    pub continues: usize,
    /// What follows them.
    pub end: End,
}

/// What follows the last request that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// Nothing, or the begin of something: more input is awaited (or it is refused already, because no
    /// continuation could make it a request).
    #[default]
    Open,
    /// The last answer ends the connection.
    Closed,
    /// Something that gets one refusal.
    Refused,
}

/// The limits that the engine has by default.
const MAX_HEAD: usize = 16 * 1024;
const MAX_TARGET: usize = 8 * 1024;
const MAX_FIELDS: usize = 100;
const MAX_DISCARD: u64 = 64 * 1024;
const MAX_EMPTY_LINES: usize = 4;

/// Reads everything that a client sent.
pub fn respond(input: &[u8], bodies: Bodies) -> Understood {
    let mut understood = Understood::default();
    understood.end = understood.read(input, bodies);
    understood
}

impl Understood {
    fn read(&mut self, mut rest: &[u8], bodies: Bodies) -> End {
        loop {
            let mut empty_lines = 0;
            while let Some(after) = rest.strip_prefix(b"\r\n") {
                rest = after;
                empty_lines += 1;
            }
            if empty_lines > MAX_EMPTY_LINES {
                return End::Refused;
            }
            let head = match head(rest) {
                Ok(Some(head)) => head,
                Ok(None) => return End::Open,
                Err(()) => return End::Refused,
            };
            let Some(request) = request(&rest[..head]) else { return End::Refused };
            rest = &rest[head..];
            let gone_on = match bodies {
                Bodies::Discarded => self.answer_and_discard(request, rest),
                Bodies::Read => self.read_and_answer(request, rest),
            };
            match gone_on {
                Ok(after) => rest = after,
                Err(end) => return end,
            }
        }
    }

    /// Answers a request and finds what follows its body.
    fn answer_and_discard<'a>(
        &mut self,
        request: Request,
        rest: &'a [u8],
    ) -> Result<&'a [u8], End> {
        self.requests.push(request.shown);
        // Nobody knows whether a client that waits will send its body.
        if request.last || request.waits {
            return Err(End::Closed);
        }
        match request.body {
            Body::None => Ok(rest),
            Body::Counted(len) if len > MAX_DISCARD => Err(End::Closed),
            Body::Counted(len) => rest.get(len as usize..).ok_or(End::Open),
            Body::Chunked => match chunked(rest, MAX_DISCARD) {
                Chunked::Complete(_, len) => Ok(&rest[len..]),
                Chunked::Partial => Err(End::Open),
                Chunked::Broken => Err(End::Closed),
            },
        }
    }

    /// Reads a body, then answers its request.
    fn read_and_answer<'a>(&mut self, request: Request, rest: &'a [u8]) -> Result<&'a [u8], End> {
        self.continues += usize::from(request.waits);
        let len = match request.body {
            Body::None => 0,
            Body::Counted(len) => {
                let len = len as usize;
                self.bodies.push(rest.get(..len).ok_or(End::Open)?.to_vec());
                len
            }
            Body::Chunked => match chunked(rest, u64::MAX) {
                Chunked::Complete(content, len) => {
                    self.bodies.push(content);
                    len
                }
                Chunked::Partial => return Err(End::Open),
                Chunked::Broken => return Err(End::Refused),
            },
        };
        self.requests.push(request.shown);
        if request.last { Err(End::Closed) } else { Ok(&rest[len..]) }
    }
}

/// The length of a head with its empty line.
fn head(bytes: &[u8]) -> Result<Option<usize>, ()> {
    let mut begin = 0;
    while let Some(len) = bytes[begin..].iter().position(|&byte| byte == b'\n') {
        let line = &bytes[begin..begin + len];
        begin += len + 1;
        if line.last() != Some(&b'\r') || begin > MAX_HEAD {
            return Err(());
        }
        if line.len() == 1 {
            return Ok(Some(begin));
        }
    }
    if bytes.len() >= MAX_HEAD { Err(()) } else { Ok(None) }
}

enum Body {
    None,
    Counted(u64),
    Chunked,
}

struct Request {
    shown: String,
    body: Body,
    /// Whether the client sends its body when it is told to.
    waits: bool,
    /// Whether it is the last that the client would send.
    last: bool,
}

fn request(head: &[u8]) -> Option<Request> {
    // Latin-1, so that every byte is a character.
    let head: String = head.iter().map(|&byte| char::from(byte)).collect();
    let mut lines = head.strip_suffix("\r\n\r\n")?.split("\r\n");
    let words: Vec<&str> = lines.next()?.split(' ').collect();
    let &[method, target, version] = &words[..] else { return None };
    if method.is_empty() || method.len() > 32 || !method.chars().all(is_token) {
        return None;
    }
    if target.is_empty()
        || target.len() > MAX_TARGET
        || target.chars().any(|c| c <= ' ' || c == '\u{7f}')
    {
        return None;
    }
    let minor = version.strip_prefix("HTTP/1.")?;
    if minor.len() != 1 || !minor.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let is_old = minor == "0";

    let mut fields: Vec<(String, &str)> = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        if name.is_empty() || !name.chars().all(is_token) || !value.chars().all(is_text) {
            return None;
        }
        fields.push((name.to_ascii_lowercase(), value.trim_matches([' ', '\t'])));
    }
    if fields.len() > MAX_FIELDS {
        return None;
    }
    let values = |name: &str| -> Vec<&str> {
        fields.iter().filter(|(given, _)| given == name).map(|(_, value)| *value).collect()
    };
    let items_of = |name: &str| -> Vec<String> {
        let raw = values(name).into_iter().flat_map(|value| value.split(','));
        raw.map(|item| item.trim_matches([' ', '\t']).to_ascii_lowercase())
            .filter(|item| !item.is_empty())
            .collect()
    };

    let hosts = values("host");
    if hosts.len() > 1
        || (hosts.is_empty() && !is_old)
        || !hosts.iter().all(|host| is_authority(host))
    {
        return None;
    }
    let (target, authority) = target_and_authority(method, target)?;
    let authority = authority.or(hosts.first().copied()).unwrap_or("-");

    let lengths = values("content-length");
    let codings = values("transfer-encoding");
    let body = match (&lengths[..], &codings[..]) {
        ([], []) => Body::None,
        ([length], []) => {
            if length.is_empty() || !length.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            match length.parse().ok()? {
                0 => Body::None,
                length => Body::Counted(length),
            }
        }
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") && !is_old => Body::Chunked,
        _ => return None,
    };
    let expectations = if is_old { Vec::new() } else { items_of("expect") };
    if expectations.iter().any(|expectation| expectation != "100-continue") {
        return None;
    }
    let waits = !expectations.is_empty() && !matches!(body, Body::None);
    let options = items_of("connection");
    let said = |option: &str| options.iter().any(|given| given == option);
    let last = said("close") || (is_old && !said("keep-alive"));
    let bytes = |text: &str| {
        String::from_utf8_lossy(&text.chars().map(|c| c as u8).collect::<Vec<_>>()).into_owned()
    };
    Some(Request {
        shown: format!("{method} {} @{}", bytes(&target), bytes(authority)),
        body,
        waits,
        last,
    })
}

/// The target as it is shown, and its own authority if it has one.
fn target_and_authority<'a>(method: &str, target: &'a str) -> Option<(String, Option<&'a str>)> {
    if target.contains('#') {
        return None;
    }
    if method == "CONNECT" {
        let (host, port) = target.rsplit_once(':')?;
        let is_whole =
            !host.is_empty() && !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
        return (is_whole && is_authority(target)).then(|| ("authority".to_owned(), Some(target)));
    }
    if target == "*" {
        return (method == "OPTIONS").then(|| ("*".to_owned(), None));
    }
    if target.starts_with('/') {
        return Some((target.to_owned(), None));
    }
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if authority.is_empty() || !is_authority(authority) {
        return None;
    }
    let path = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    Some((path, Some(authority)))
}

fn is_authority(text: &str) -> bool {
    let (host_is_valid, port) = if let Some(rest) = text.strip_prefix('[') {
        let Some((ip, port)) = rest.split_once(']') else { return false };
        (ip.parse::<std::net::Ipv6Addr>().is_ok(), port)
    } else {
        let end = text.find(':').unwrap_or(text.len());
        (is_name(&text[..end]), &text[end..])
    };
    let port_is_valid = match port.strip_prefix(':') {
        Some(digits) => {
            digits.chars().all(|c| c.is_ascii_digit())
                && (digits.is_empty() || digits.parse::<u16>().is_ok())
        }
        None => port.is_empty(),
    };
    host_is_valid && port_is_valid
}

fn is_name(name: &str) -> bool {
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if c == '%' {
            if rest.len() < 3
                || !rest.is_char_boundary(3)
                || !rest[1..3].chars().all(|c| c.is_ascii_hexdigit())
            {
                return false;
            }
            rest = &rest[3..];
        } else if c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c) {
            rest = &rest[1..];
        } else {
            return false;
        }
    }
    true
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

fn is_text(c: char) -> bool {
    c == '\t' || (c >= ' ' && c != '\u{7f}')
}
