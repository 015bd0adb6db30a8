//! The field lines of an answer.

use catzilla_content_coding::Coding;
use catzilla_http_conditional::ContentRange;

use super::{Representation, content_type};
use crate::mount::Mount;

/// Field lines under construction.
pub(super) struct Fields {
    pub(super) lines: Vec<u8>,
    /// What of the request has decided about the answer (RFC 9110 section 12.5.5).
    pub(super) varies_by: &'static [u8],
}

impl Fields {
    pub(super) fn new(mut scratch: Vec<u8>) -> Self {
        scratch.clear();
        Self { lines: scratch, varies_by: b"" }
    }

    pub(super) fn line(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.lines.extend_from_slice(name.as_bytes());
        self.lines.extend_from_slice(b": ");
        self.lines.extend_from_slice(value.as_ref());
        self.lines.extend_from_slice(b"\r\n");
    }

    /// What a 200 says, and a 206 of one part too.
    pub(super) fn whole(&mut self, representation: &Representation) {
        self.line("content-type", content_type(representation).as_bytes());
        self.coding(representation);
        self.validators(representation);
        self.rules(representation);
        if representation.mount.config.ranges {
            self.line("accept-ranges", "bytes");
        }
        self.mount(Some(&representation.mount));
    }

    pub(super) fn coding(&mut self, representation: &Representation) {
        if representation.coding != Coding::Identity {
            self.line("content-encoding", representation.coding.token());
        }
        self.vary(representation);
    }

    pub(super) fn vary(&mut self, representation: &Representation) {
        if representation.is_negotiated {
            self.varies_by = b"accept-encoding";
        }
    }

    pub(super) fn content_range(&mut self, range: ContentRange) {
        self.lines.extend_from_slice(b"content-range: ");
        range.write_to(&mut self.lines);
        self.lines.extend_from_slice(b"\r\n");
    }

    pub(super) fn validators(&mut self, representation: &Representation) {
        let validators = &representation.validators;
        if let Some(date) = validators.last_modified {
            self.lines.extend_from_slice(b"last-modified: ");
            self.lines.extend_from_slice(&date.to_bytes());
            self.lines.extend_from_slice(b"\r\n");
        }
        if let Some(etag) = &validators.etag {
            self.line("etag", etag.as_bytes());
        }
    }

    /// Rules of the mount that go by name.
    pub(super) fn rules(&mut self, representation: &Representation) {
        let config = &representation.mount.config;
        if !config.headers.has("cache-control") {
            let value = config.cache_control.value(&representation.path);
            if !value.is_empty() {
                self.line("cache-control", value);
            }
        }
    }

    /// What goes with every answer, refusals and redirects included: the last lines of it.
    pub(super) fn mount(&mut self, mount: Option<&Mount>) {
        let varies_by = self.varies_by;
        let vary = mount.map_or(varies_by.into(), |mount| mount.config.headers.vary(varies_by));
        if !vary.is_empty() {
            self.line("vary", vary);
        }
        if !mount.is_some_and(|mount| mount.config.headers.has("x-content-type-options")) {
            self.lines.extend_from_slice(b"x-content-type-options: nosniff\r\n");
        }
        if let Some(mount) = mount {
            self.lines.extend_from_slice(mount.config.headers.block());
        }
    }
}
