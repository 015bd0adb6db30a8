//! From a judged request to what a handler is given: the types of the `http` crate.

use std::net::SocketAddr;

use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Uri, Version};

use crate::http1;

/// The address of the client that sent a request, in the extensions of each.
///
/// Behind a proxy it is the proxy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub SocketAddr);

/// The request, without its body. `None` when its target has a character that no URI has, which our gate lets pass and
/// the types of handlers don't.
///
/// The URI has a path and a query, in whichever form the target came; the host is in `Host` alone, the one that counts.
pub(crate) fn parts(request: http1::Request<'_>, client: Option<SocketAddr>) -> Option<Parts> {
    let mut headers = HeaderMap::with_capacity(16);
    for (name, value) in request.fields() {
        let name = HeaderName::from_bytes(name).ok()?;
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    // The authority of an absolute target overrides `Host` (RFC 9112 section 3.2.2).
    if let Some(authority) = request.authority().filter(|_| headers.contains_key(header::HOST)) {
        headers.insert(header::HOST, HeaderValue::from_bytes(authority).ok()?);
    }
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = Method::from_bytes(request.method_bytes()).ok()?;
    parts.uri = uri(request)?;
    parts.version = if request.minor_version() == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
    parts.headers = headers;
    if let Some(client) = client {
        parts.extensions.insert(ClientAddress(client));
    }
    Some(parts)
}

/// The same of a request that came by HTTP/2.
pub(crate) fn parts_of_http2(
    request: http1::Request<'_>,
    client: Option<SocketAddr>,
) -> Option<Parts> {
    let mut parts = parts(request, client)?;
    parts.version = Version::HTTP_2;
    join_cookies(&mut parts.headers);
    Some(parts)
}

/// RFC 9113 section 8.2.3: who isn't told of HTTP/2 gets one line.
fn join_cookies(headers: &mut HeaderMap) {
    let mut cookies = headers.get_all(header::COOKIE).iter();
    let (Some(first), Some(second)) = (cookies.next(), cookies.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for cookie in [second].into_iter().chain(cookies) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(cookie.as_bytes());
    }
    if let Ok(joined) = HeaderValue::from_bytes(&joined) {
        headers.insert(header::COOKIE, joined);
    }
}

fn uri(request: http1::Request<'_>) -> Option<Uri> {
    let http1::Target::Path { path, query } = request.target() else { return None };
    let path_and_query = match query {
        None => PathAndQuery::try_from(path).ok()?,
        Some(query) => PathAndQuery::try_from([path, b"?", query].concat()).ok()?,
    };
    Some(Uri::from(path_and_query))
}
