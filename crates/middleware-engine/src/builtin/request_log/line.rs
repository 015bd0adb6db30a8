//! One line of the log.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::{escape, time};

/// How a [`RequestLog`](super::RequestLog) writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LogFormat {
    /// The common log format of NCSA: `192.0.2.1 - alice [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5`.
    Common,
    /// The same, and `Referer` and `User-Agent` in quotes.
    #[default]
    Combined,
    /// One object of JSON per line (RFC 8259), with the members `time` (RFC 3339), `client`, `user`, `host`, `method`,
    /// `path`, `query`, `protocol`, `referer`, `user_agent`, `request_id`, `status`, `bytes` and `duration_us`; what isn't
    /// known is left out.
    Json,
}

/// What is written of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) time: SystemTime,
    pub(super) client: Option<IpAddr>,
    pub(super) user: Option<&'a str>,
    pub(super) host: Option<&'a [u8]>,
    pub(super) method: &'a str,
    pub(super) path: &'a [u8],
    pub(super) query: Option<&'a [u8]>,
    pub(super) protocol: &'static str,
    pub(super) status: u16,
    pub(super) bytes: Option<u64>,
    pub(super) took: Option<Duration>,
    pub(super) referer: Option<&'a [u8]>,
    pub(super) user_agent: Option<&'a [u8]>,
    pub(super) request_id: Option<&'a str>,
}

impl Entry<'_> {
    pub(super) fn write(&self, format: LogFormat, out: &mut Vec<u8>) {
        match format {
            LogFormat::Common => self.common(out),
            LogFormat::Combined => {
                self.common(out);
                for value in [self.referer, self.user_agent] {
                    out.extend_from_slice(b" \"");
                    escape::quoted(value.unwrap_or(b"-"), out);
                    out.push(b'"');
                }
            }
            LogFormat::Json => self.json(out),
        }
        out.push(b'\n');
    }

    fn common(&self, out: &mut Vec<u8>) {
        match self.client {
            Some(client) => address(client, out),
            None => out.push(b'-'),
        }
        out.extend_from_slice(b" - ");
        match self.user {
            Some(user) if !user.is_empty() => escape::bare(user.as_bytes(), out),
            _ => out.push(b'-'),
        }
        out.extend_from_slice(b" [");
        time::common(self.time, out);
        out.extend_from_slice(b"] \"");
        escape::bare(self.method.as_bytes(), out);
        out.push(b' ');
        escape::bare(self.path, out);
        if let Some(query) = self.query {
            out.push(b'?');
            escape::bare(query, out);
        }
        out.push(b' ');
        out.extend_from_slice(self.protocol.as_bytes());
        out.extend_from_slice(b"\" ");
        decimal(self.status, out);
        out.push(b' ');
        match self.bytes {
            Some(bytes) => decimal(bytes, out),
            None => out.push(b'-'),
        }
    }

    fn json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":\"");
        time::rfc3339(self.time, out);
        out.push(b'"');
        if let Some(client) = self.client {
            out.extend_from_slice(b",\"client\":\"");
            address(client, out);
            out.push(b'"');
        }
        let mut text = |name: &[u8], value: Option<&[u8]>| {
            if let Some(value) = value {
                out.extend_from_slice(name);
                escape::json(value, out);
            }
        };
        text(b",\"user\":", self.user.map(str::as_bytes));
        text(b",\"host\":", self.host);
        text(b",\"method\":", Some(self.method.as_bytes()));
        text(b",\"path\":", Some(self.path));
        text(b",\"query\":", self.query);
        text(b",\"protocol\":", Some(self.protocol.as_bytes()));
        text(b",\"referer\":", self.referer);
        text(b",\"user_agent\":", self.user_agent);
        text(b",\"request_id\":", self.request_id.map(str::as_bytes));
        out.extend_from_slice(b",\"status\":");
        decimal(self.status, out);
        if let Some(bytes) = self.bytes {
            out.extend_from_slice(b",\"bytes\":");
            decimal(bytes, out);
        }
        if let Some(took) = self.took {
            out.extend_from_slice(b",\"duration_us\":");
            decimal(took.as_micros(), out);
        }
        out.push(b'}');
    }
}

fn address(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                decimal(octet, out);
            }
        }
        // Writing to a vector doesn't fail.
        IpAddr::V6(address) => drop(write!(out, "{address}")),
    }
}

fn decimal(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}
