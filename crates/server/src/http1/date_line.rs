//! The `Date` line, made once a second instead of once a response (RFC 9110 section 6.6.1).

use std::time::SystemTime;

use ::http::HeaderValue;
use catzilla_http_conditional::HttpDate;

const PREFIX: &[u8; 6] = b"date: ";

/// A rendered `Date` field line with its CRLF.
#[derive(Debug, Clone)]
pub struct DateLine([u8; 37]);

impl DateLine {
    /// The line for a time, in whole seconds.
    pub fn new(time: SystemTime) -> Self {
        let mut line = [0; 37];
        line[..6].copy_from_slice(PREFIX);
        line[6..35].copy_from_slice(&HttpDate::from(time).to_bytes());
        line[35..].copy_from_slice(b"\r\n");
        Self(line)
    }

    /// The value alone.
    pub(crate) fn value(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0[PREFIX.len()..self.0.len() - 2])
            .unwrap_or(HeaderValue::from_static(""))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_date_line_is_complete() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_999);
        assert_eq!(DateLine::new(time).as_bytes(), b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    }
}
