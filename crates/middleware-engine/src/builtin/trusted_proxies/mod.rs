//! Who has sent a request that came through proxies.

mod forwarded;
mod node;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::networks::{Decisions, NetworkError, parse};
use crate::names;
use crate::request::RequestView;

/// The proxies whose word about their clients is taken, and with them the address of the client.
///
/// A proxy writes down whose request it passes on. Anybody can write such a field, so it is read from its end, where the
/// nearest proxy has written: each address is believed because the one that named it is trusted, and the first that isn't is
/// the client. Of a peer that isn't trusted nothing is read at all. What is no address (`unknown`, `_hidden`, an element of
/// [RFC 7239] without `for`, or nonsense) ends the walk at the last address before it.
///
/// One [field](Self::field) is read, never two: a proxy that writes one of them passes the other on as the client has sent it.
/// **A trusted proxy must append to this field, or replace it, in each request**; else it vouches for what its clients say.
///
/// ```
/// use catzilla_middleware_engine::builtin::TrustedProxies;
/// use catzilla_middleware_engine::Peer;
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8", "::1"])?;
/// let (mut request, ()) = http::Request::get("/")
///     .header("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.2")
///     .extension(Peer(([10, 0, 0, 1], 4711).into()))
///     .body(())?
///     .into_parts();
/// assert_eq!(proxies.client(&request), Some([198, 51, 100, 7].into()));
///
/// request.extensions.insert(Peer(([192, 0, 2, 1], 4711).into()));
/// assert_eq!(proxies.client(&request), Some([192, 0, 2, 1].into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7239]: https://www.rfc-editor.org/rfc/rfc7239
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    /// `None` when nobody is.
    trusted: Option<Arc<Decisions>>,
    field: ForwardedField,
}

/// In which field proxies write down whose request they pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ForwardedField {
    /// `X-Forwarded-For`: a list of addresses. IPv4 may have a port, and IPv6 brackets and a port.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239): the parameter `for` of each element.
    Forwarded,
    /// `X-Real-IP`, which the proxy replaces: one address, which is the client's, whoever is trusted. More than one is none.
    XRealIp,
}

impl TrustedProxies {
    /// Trusts the proxies in these networks: `10.0.0.0/8`, `2001:db8::/32`, or single addresses. Without any, the peer of
    /// the connection is the client.
    ///
    /// # Errors
    /// When one of them is no network, or has bits beyond its prefix.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, NetworkError> {
        let trusted = networks.into_iter().map(|text| Ok((parse(text.as_ref())?, true)));
        let trusted: Vec<_> = trusted.collect::<Result<_, NetworkError>>()?;
        let trusted = (!trusted.is_empty()).then(|| Arc::new(Decisions::new(&trusted, false)));
        Ok(Self { trusted, field: ForwardedField::default() })
    }

    /// The field that these proxies write. Default: `X-Forwarded-For`.
    pub fn field(mut self, field: ForwardedField) -> Self {
        self.field = field;
        self
    }

    /// Whether it is the address of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.as_ref().is_some_and(|trusted| trusted.of(address.to_canonical()))
    }

    /// The address of the client: `None` when the connection has none. One of IPv4 that is mapped into IPv6 is given as IPv4.
    ///
    /// It allocates nothing, and reads no field of a peer that isn't trusted.
    pub fn client(&self, request: &dyn RequestView) -> Option<IpAddr> {
        // Perf: not as `ip` does it. To copy an address that has just been written waits until it is (`builtin/request-log`).
        let peer = match request.peer()? {
            SocketAddr::V4(peer) => IpAddr::V4(*peer.ip()),
            SocketAddr::V6(peer) => peer.ip().to_canonical(),
        };
        Some(if self.trusts(peer) { self.walk(peer, request) } else { peer })
    }

    fn walk(&self, peer: IpAddr, request: &dyn RequestView) -> IpAddr {
        let (name, before) = match self.field {
            ForwardedField::XForwardedFor => ("x-forwarded-for", node::last_of_list as Before),
            ForwardedField::Forwarded => ("forwarded", forwarded::last_element as Before),
            ForwardedField::XRealIp => {
                let named = request.single("x-real-ip").ok().flatten();
                return named.and_then(node::only_one).unwrap_or(peer);
            }
        };
        let mut client = peer;
        let mut lines = 0;
        let mut last = None;
        while let Some((found, _)) = request.line(lines) {
            if names::same(found, name.as_bytes()) {
                last = Some(lines);
            }
            lines += 1;
        }
        let Some(last) = last else { return client };
        for (found, value) in (0..=last).rev().filter_map(|index| request.line(index)) {
            if !names::same(found, name.as_bytes()) {
                continue;
            }
            let mut rest = value;
            while let Some((before, named)) = before(rest) {
                let Some(named) = named else { return client };
                client = named;
                if !self.trusts(client) {
                    return client;
                }
                rest = before;
            }
        }
        client
    }
}

/// Takes the last element from a list: what is before it, and the address that it names, if it names one. `None` for a list
/// without elements.
type Before = fn(&[u8]) -> Option<(&[u8], Option<IpAddr>)>;

/// Without the spaces, commas and tabs at its end: a list may have empty elements (RFC 9110 section 5.6.1.2).
fn trim_end_of_list(list: &[u8]) -> &[u8] {
    let len = list.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b','));
    &list[..len.map_or(0, |last| last + 1)]
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}
