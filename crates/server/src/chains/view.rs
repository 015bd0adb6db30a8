//! What middlewares see of a request and of an answer: views of what is there, of which nothing is copied.

use std::net::SocketAddr;

use catzilla_middleware_engine::{RequestView, ResponseView, each_line, find_line, has_any_line};

use crate::exchange::Env;
use crate::http1::{Known, Request, Target};
use crate::plan::ResponsePlan;
use crate::site::Site;

/// What a connection knows of who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub(crate) address: Option<SocketAddr>,
    /// Whether the connection is encrypted.
    pub(crate) is_secure: bool,
    /// As a log writes it; what came by HTTP/1 knows better.
    pub(crate) protocol: Option<&'static str>,
}

/// A request that the gate has let pass.
pub(super) struct Asked<'a> {
    request: Request<'a>,
    client: Client,
    site: &'a Site,
    /// The pattern of the route that is to answer.
    route: Option<&'a str>,
}

impl<'a> Asked<'a> {
    pub(super) fn new<'e: 'a>(request: Request<'a>, env: &Env<'e>, route: Option<&'a str>) -> Self {
        Self { request, client: (env.client)(), site: env.site, route }
    }
}

impl RequestView for Asked<'_> {
    /// The gate lets only tokens pass.
    fn method(&self) -> &str {
        std::str::from_utf8(self.request.method_bytes()).unwrap_or_default()
    }

    fn path(&self) -> &[u8] {
        match self.request.target() {
            Target::Path { path, .. } => path,
            Target::Asterisk => b"*",
            Target::Authority => b"",
        }
    }

    fn query(&self) -> Option<&[u8]> {
        self.request.query()
    }

    fn authority(&self) -> Option<&[u8]> {
        self.request.authority()
    }

    fn protocol(&self) -> &'static str {
        let minor = self.request.minor_version();
        self.client.protocol.unwrap_or(if minor == 0 { "HTTP/1.0" } else { "HTTP/1.1" })
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.client.address
    }

    fn is_secure(&self) -> bool {
        self.client.is_secure
    }

    fn matched(&self) -> Option<&str> {
        self.route.or_else(|| Some(self.site.mount_of(self.request)?.prefix()))
    }

    fn line(&self, index: usize) -> Option<(&[u8], &[u8])> {
        self.request.line(index)
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        if let Some(known) = Known::of(name.as_bytes()) {
            return self.request.field(known).next();
        }
        let mut fields = self.request.fields();
        let (_, value) = fields.find(|(it, _)| it.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(value)
    }
}

/// An answer that is planned.
pub(super) struct Planned<'a>(pub(super) &'a ResponsePlan);

impl ResponseView for Planned<'_> {
    fn status(&self) -> u16 {
        self.0.status.code()
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        let ResponsePlan { block, overlay, .. } = self.0;
        let of_block =
            || if overlay.removes(name) { None } else { find_line(block.as_bytes(), name) };
        of_block().or_else(|| overlay.added(name))
    }

    fn each(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        let ResponsePlan { block, overlay, .. } = self.0;
        if !overlay.removes(name) {
            each_line(block.as_bytes(), name, look);
        }
        each_line(overlay.added_lines(), name, look);
    }

    fn has_any(&self, names: &[&str]) -> bool {
        let ResponsePlan { block, overlay, .. } = self.0;
        // What is added may take the place of what is left out.
        has_any_line(overlay.added_lines(), names)
            || if overlay.is_empty() {
                has_any_line(block.as_bytes(), names)
            } else {
                names.iter().any(|name| self.field(name).is_some())
            }
    }

    fn content_length(&self) -> Option<u64> {
        self.0.length
    }
}
