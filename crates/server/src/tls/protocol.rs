//! What is spoken inside of TLS (ALPN, RFC 7301).

use rustls::ServerConnection;

/// A protocol that a client may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `h2`
    Http2,
    /// `http/1.1`; also what a client without ALPN speaks.
    Http1,
}

impl Protocol {
    /// What is offered, the best first. A client that asks for others only gets the alert `no_application_protocol`.
    const OFFERED: &[Self] = &[Self::Http2, Self::Http1];

    /// The names that are offered.
    pub(super) fn names() -> Vec<Vec<u8>> {
        Self::OFFERED.iter().map(|protocol| protocol.name().to_vec()).collect()
    }

    /// What the handshake came to.
    pub(super) fn of(tls: &ServerConnection) -> Self {
        let chosen = tls.alpn_protocol();
        Self::OFFERED
            .iter()
            .copied()
            .find(|protocol| chosen == Some(protocol.name()))
            .unwrap_or(Self::Http1)
    }

    fn name(self) -> &'static [u8] {
        match self {
            Self::Http2 => b"h2",
            Self::Http1 => b"http/1.1",
        }
    }
}
