//! One line of the log.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::escape;
use super::time::Second;

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
    /// Writes it, with the second that was written before.
    pub(super) fn write(&self, format: LogFormat, second: &mut Second, out: &mut Vec<u8>) {
        match format {
            LogFormat::Common => self.common(second, out),
            LogFormat::Combined => {
                self.common(second, out);
                out.extend_from_slice(b" \"");
                escape::quoted(self.referer.unwrap_or(b"-"), out);
                out.extend_from_slice(b"\" \"");
                escape::quoted(self.user_agent.unwrap_or(b"-"), out);
                out.push(b'"');
            }
            LogFormat::Json => self.json(second, out),
        }
        out.push(b'\n');
    }

    fn common(&self, second: &mut Second, out: &mut Vec<u8>) {
        match self.client {
            Some(client) => address(client, out),
            None => out.push(b'-'),
        }
        match self.user {
            Some(user) if !user.is_empty() => {
                out.extend_from_slice(b" - ");
                escape::bare(user.as_bytes(), out);
            }
            _ => out.extend_from_slice(b" - -"),
        }
        second.common(self.time, out);
        escape::bare(self.method.as_bytes(), out);
        out.push(b' ');
        escape::bare(self.path, out);
        if let Some(query) = self.query {
            out.push(b'?');
            escape::bare(query, out);
        }
        out.push(b' ');
        out.extend_from_slice(self.protocol.as_bytes());
        // Three digits, as it has (RFC 9110 section 15).
        let digit = |of: u16| b'0' + (self.status / of % 10) as u8;
        out.extend_from_slice(&[b'"', b' ', digit(100), digit(10), digit(1), b' ']);
        match self.bytes {
            Some(bytes) => decimal(bytes, out),
            None => out.push(b'-'),
        }
    }

    fn json(&self, second: &mut Second, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":\"");
        second.rfc3339(self.time, out);
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
        decimal(self.status.into(), out);
        if let Some(bytes) = self.bytes {
            out.extend_from_slice(b",\"bytes\":");
            decimal(bytes, out);
        }
        if let Some(took) = self.took {
            out.extend_from_slice(b",\"duration_us\":");
            decimal(took.as_micros() as u64, out);
        }
        out.push(b'}');
    }
}

fn address(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => {
            for octet in address.octets() {
                let (digits, count) = OCTETS[usize::from(octet)];
                let end = out.len() + usize::from(count) + 1;
                out.extend_from_slice(&digits);
                out.truncate(end);
            }
            out.pop();
        }
        // Writing to a vector doesn't fail.
        IpAddr::V6(address) => drop(write!(out, "{address}")),
    }
}

/// Each octet in decimal with a point behind it, and how many digits it has.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [(*b"0.  ", 1); 256];
    let mut octet = 1;
    while octet < octets.len() {
        let digits = [octet / 100, octet / 10 % 10, octet % 10];
        let zeros = (octet < 100) as usize + (octet < 10) as usize;
        let (mut text, mut at) = (*b"    ", zeros);
        while at < digits.len() {
            text[at - zeros] = b'0' + digits[at] as u8;
            at += 1;
        }
        text[digits.len() - zeros] = b'.';
        octets[octet] = (text, (digits.len() - zeros) as u8);
        octet += 1;
    }
    octets
};

fn decimal(mut number: u64, out: &mut Vec<u8>) {
    const ROOM: [u8; 20] = [b'0'; 20];
    let begin = out.len();
    let end = begin + number.checked_ilog10().map_or(1, |zeros| zeros as usize + 1);
    out.extend_from_slice(&ROOM);
    out.truncate(end);
    for digit in out[begin..].iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_everybody_writes_them() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        let numbers = powers.flat_map(|power| [power - 1, power, power + 1, power / 7]);
        for number in numbers.chain([u64::MAX]) {
            let mut out = Vec::new();
            decimal(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn addresses_are_written_as_everybody_writes_them() {
        let all = (0..=255_u8).map(|octet| IpAddr::from([octet, 255 - octet, octet / 2, octet]));
        for client in all.chain([IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])]) {
            let mut out = Vec::new();
            address(client, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), client.to_string());
        }
    }
}
