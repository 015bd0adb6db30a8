//! What a middleware sees of a request, whoever has received it.

use std::fmt;
use std::net::SocketAddr;

use crate::names;

/// A request as its receiver has it: a view, so that nothing of it is copied.
///
/// It is implemented for [`http::request::Parts`]; a server implements it for the head that it has parsed itself. Names of
/// fields are matched without regard to case (RFC 9110 section 5.1).
pub trait RequestView {
    /// The method, as it was sent (RFC 9110 section 9.1).
    fn method(&self) -> &str;

    /// The path of the target, percent-encoded as it was sent; `*` where the target is that. One resource has many such
    /// spellings (`/%61`, `//a`, `/./a`): whoever decides by it who may see what asks whether it
    /// [is beneath](trait.RequestView.html#method.is_beneath) a prefix.
    fn path(&self) -> &[u8];

    /// What follows the `?` of the target.
    fn query(&self) -> Option<&[u8]> {
        None
    }

    /// The host that is asked, with its port, if it has one: the authority of the target or `Host`.
    fn authority(&self) -> Option<&[u8]> {
        self.field("host")
    }

    /// The version of HTTP, as a log writes it: `HTTP/1.1`.
    fn protocol(&self) -> &'static str {
        "HTTP/1.1"
    }

    /// Who has opened the connection: the client, or the proxy before it.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    /// Whether the connection is encrypted.
    fn is_secure(&self) -> bool {
        false
    }

    /// The prefix of the mount or the pattern of the route that the request has been matched to.
    fn matched(&self) -> Option<&str> {
        None
    }

    /// A field line by its place among all: name and value.
    fn line(&self, index: usize) -> Option<(&[u8], &[u8])>;

    /// The value of the first line of this name.
    fn field(&self, name: &str) -> Option<&[u8]> {
        let mut index = 0;
        while let Some((found, value)) = self.line(index) {
            if names::same(found, name.as_bytes()) {
                return Some(value);
            }
            index += 1;
        }
        None
    }

    /// The value of a field that a request has at most once, such as `Authorization` or `Origin`.
    ///
    /// # Errors
    /// When there are several lines: two of them could be read as one by us and as the other by the next.
    fn single(&self, name: &str) -> Result<Option<&[u8]>, Repeated> {
        let lines = (0..).map_while(|index| self.line(index));
        let named = lines.filter(|(found, _)| names::same(found, name.as_bytes()));
        at_most_one(named.map(|(_, value)| value))
    }
}

fn at_most_one<'r>(
    mut values: impl Iterator<Item = &'r [u8]>,
) -> Result<Option<&'r [u8]>, Repeated> {
    let first = values.next();
    if first.is_some() && values.next().is_some() { Err(Repeated) } else { Ok(first) }
}

impl<'a> dyn RequestView + 'a {
    /// Whether the path, decoded and with empty segments and those of one dot left out, as a server reads it, is this prefix
    /// or lies beneath it. The prefix is written plain: `/a b`. A path with a segment of two dots, which no server of ours
    /// answers, lies beneath nothing but `/`.
    ///
    /// ```
    /// use catzilla_middleware_engine::RequestView;
    ///
    /// let (parts, ()) = http::Request::get("//%73ecret/./plan").body(())?.into_parts();
    /// let request: &dyn RequestView = &parts;
    /// assert!(request.is_beneath("/secret") && request.is_beneath("/secret/plan"));
    /// assert!(!request.is_beneath("/sec") && !request.is_beneath("/plan"));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn is_beneath(&self, prefix: &str) -> bool {
        let is_empty = |segment: &&[u8]| segment.is_empty() || decoded(segment).eq(*b".");
        let mut segments = self.path().split(|&byte| byte == b'/').filter(|it| !is_empty(it));
        let mut wanted = prefix.split('/').filter(|segment| !segment.is_empty()).peekable();
        if wanted.peek().is_some() && segments.clone().any(|it| decoded(it).eq(*b"..")) {
            return false;
        }
        wanted.all(|wanted| segments.next().is_some_and(|it| decoded(it).eq(wanted.bytes())))
    }

    /// All values of this name, in the order of their lines.
    pub fn fields<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r [u8]> + use<'a, 'r> {
        let lines = (0..).map_while(move |index| self.line(index));
        lines.filter_map(move |(found, value)| names::same(found, name.as_bytes()).then_some(value))
    }
}

/// Bytes as they are without percent-encoding (RFC 3986 section 2.1); what is malformed stays as it is.
fn decoded(segment: &[u8]) -> impl Iterator<Item = u8> + use<'_> {
    let mut rest = segment;
    std::iter::from_fn(move || {
        let (&first, behind) = rest.split_first()?;
        if let (b'%', [high, low, behind @ ..]) = (first, behind)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            rest = behind;
            return Some(high * 16 + low);
        }
        rest = behind;
        Some(first)
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

impl fmt::Debug for dyn RequestView + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path().escape_ascii())
    }
}

/// A field that may stand in a request once stands there more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated;

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field that may stand in a request once stands there more often")
    }
}

impl std::error::Error for Repeated {}

/// Who has opened the connection, in the extensions of [`http::request::Parts`]: where their
/// [`peer`](RequestView::peer) comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer(pub SocketAddr);

impl RequestView for http::request::Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &[u8] {
        self.uri.path().as_bytes()
    }

    fn query(&self) -> Option<&[u8]> {
        self.uri.query().map(str::as_bytes)
    }

    fn authority(&self) -> Option<&[u8]> {
        match self.uri.authority() {
            Some(authority) => Some(authority.as_str().as_bytes()),
            None => self.field("host"),
        }
    }

    fn protocol(&self) -> &'static str {
        protocol(self.version)
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.extensions.get::<Peer>().map(|peer| peer.0)
    }

    fn is_secure(&self) -> bool {
        self.uri.scheme() == Some(&http::uri::Scheme::HTTPS)
    }

    fn line(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let (name, value) = self.headers.iter().nth(index)?;
        Some((name.as_str().as_bytes(), value.as_bytes()))
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(http::HeaderValue::as_bytes)
    }

    fn single(&self, name: &str) -> Result<Option<&[u8]>, Repeated> {
        at_most_one(self.headers.get_all(name).iter().map(http::HeaderValue::as_bytes))
    }
}

/// A version as a log writes it.
pub(crate) fn protocol(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_09 => "HTTP/0.9",
        http::Version::HTTP_10 => "HTTP/1.0",
        http::Version::HTTP_2 => "HTTP/2.0",
        http::Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> http::request::Parts {
        let request = http::Request::get("/a%20b?c")
            .header("accept", "1")
            .header("x", "2")
            .header("accept", "3");
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn fields_are_found_by_any_case() {
        let parts = parts();
        let view: &dyn RequestView = &parts;
        assert_eq!(view.field("X"), Some(&b"2"[..]));
        assert_eq!(view.field("y"), None);
        assert_eq!(view.fields("ACCEPT").collect::<Vec<_>>(), [b"1", b"3"]);
    }

    #[test]
    fn a_path_is_beneath_a_prefix_however_it_is_spelt() {
        for (path, prefix, expected) in [
            ("/a/b", "/a", true),
            ("/a", "/a", true),
            ("/a", "/a/", true),
            ("/%61/b", "/a", true),
            ("//a", "/a", true),
            ("/./a/%2e/b", "/a/b", true),
            ("/ab", "/a", false),
            ("/b/a", "/a", false),
            ("/", "/a", false),
            ("/a%2fb", "/a/b", false),
            ("/%zz", "/%zz", true),
            ("/caf%C3%A9/x", "/café", true),
            ("/b/../a", "/a", false),
            ("/a/%2E%2e/b", "/a", false),
            ("/anything", "/", true),
        ] {
            let (parts, ()) = http::Request::get(path).body(()).unwrap().into_parts();
            let view: &dyn RequestView = &parts;
            assert_eq!(view.is_beneath(prefix), expected, "{path} {prefix}");
        }
    }

    #[test]
    fn what_stands_twice_is_not_single() {
        let parts = parts();
        let view: &dyn RequestView = &parts;
        assert_eq!(view.single("x"), Ok(Some(&b"2"[..])));
        assert_eq!(view.single("y"), Ok(None));
        assert_eq!(view.single("accept"), Err(Repeated));
    }
}
