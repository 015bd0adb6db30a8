//! Status codes as the wire writes them.
//! Which status an outcome gets is chosen in `respond.rs`, nowhere else.

use std::fmt;

/// A status code of RFC 9110 section 15, in the range 100 to 599.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

impl Status {
    /// 100
    pub const CONTINUE: Self = Self(100);
    /// 101
    pub const SWITCHING_PROTOCOLS: Self = Self(101);
    /// 200
    pub const OK: Self = Self(200);
    /// 204
    pub const NO_CONTENT: Self = Self(204);
    /// 206
    pub const PARTIAL_CONTENT: Self = Self(206);
    /// 301
    pub const MOVED_PERMANENTLY: Self = Self(301);
    /// 304
    pub const NOT_MODIFIED: Self = Self(304);
    /// 400
    pub const BAD_REQUEST: Self = Self(400);
    /// 403
    pub const FORBIDDEN: Self = Self(403);
    /// 404
    pub const NOT_FOUND: Self = Self(404);
    /// 405
    pub const METHOD_NOT_ALLOWED: Self = Self(405);
    /// 408
    pub const REQUEST_TIMEOUT: Self = Self(408);
    /// 412
    pub const PRECONDITION_FAILED: Self = Self(412);
    /// 413
    pub const CONTENT_TOO_LARGE: Self = Self(413);
    /// 414
    pub const URI_TOO_LONG: Self = Self(414);
    /// 416
    pub const RANGE_NOT_SATISFIABLE: Self = Self(416);
    /// 417
    pub const EXPECTATION_FAILED: Self = Self(417);
    /// 431
    pub const REQUEST_HEADER_FIELDS_TOO_LARGE: Self = Self(431);
    /// 500
    pub const INTERNAL_SERVER_ERROR: Self = Self(500);
    /// 501
    pub const NOT_IMPLEMENTED: Self = Self(501);
    /// 503
    pub const SERVICE_UNAVAILABLE: Self = Self(503);
    /// 504
    pub const GATEWAY_TIMEOUT: Self = Self(504);
    /// 505
    pub const HTTP_VERSION_NOT_SUPPORTED: Self = Self(505);

    /// The status of this number, if it is one.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code < 600 { Some(Self(code)) } else { None }
    }

    /// The number.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The reason phrase that is registered for it (RFC 9110 section 16.2.1); empty for others.
    pub const fn reason(self) -> &'static str {
        match self.0 {
            100 => "Continue",
            101 => "Switching Protocols",
            102 => "Processing",
            103 => "Early Hints",
            200 => "OK",
            201 => "Created",
            202 => "Accepted",
            203 => "Non-Authoritative Information",
            204 => "No Content",
            205 => "Reset Content",
            206 => "Partial Content",
            207 => "Multi-Status",
            208 => "Already Reported",
            226 => "IM Used",
            300 => "Multiple Choices",
            301 => "Moved Permanently",
            302 => "Found",
            303 => "See Other",
            304 => "Not Modified",
            305 => "Use Proxy",
            307 => "Temporary Redirect",
            308 => "Permanent Redirect",
            400 => "Bad Request",
            401 => "Unauthorized",
            402 => "Payment Required",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            406 => "Not Acceptable",
            407 => "Proxy Authentication Required",
            408 => "Request Timeout",
            409 => "Conflict",
            410 => "Gone",
            411 => "Length Required",
            412 => "Precondition Failed",
            413 => "Content Too Large",
            414 => "URI Too Long",
            415 => "Unsupported Media Type",
            416 => "Range Not Satisfiable",
            417 => "Expectation Failed",
            421 => "Misdirected Request",
            422 => "Unprocessable Content",
            423 => "Locked",
            424 => "Failed Dependency",
            425 => "Too Early",
            426 => "Upgrade Required",
            428 => "Precondition Required",
            429 => "Too Many Requests",
            431 => "Request Header Fields Too Large",
            451 => "Unavailable For Legal Reasons",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            505 => "HTTP Version Not Supported",
            506 => "Variant Also Negotiates",
            507 => "Insufficient Storage",
            508 => "Loop Detected",
            510 => "Not Extended",
            511 => "Network Authentication Required",
            _ => "",
        }
    }

    /// Whether a response of this status never has content, whatever the method
    /// (RFC 9110 section 6.4.1).
    pub const fn is_bodiless(self) -> bool {
        self.0 < 200 || self.0 == 204 || self.0 == 304
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_shows_its_number_and_reason() {
        assert_eq!(format!("{:?}", Status::RANGE_NOT_SATISFIABLE), "416 Range Not Satisfiable");
    }

    #[test]
    fn only_informational_204_and_304_never_have_content() {
        let bodiless = [Status::NO_CONTENT, Status::NOT_MODIFIED];
        for code in 100..600 {
            let status = Status::new(code).expect("it is one");
            assert_eq!(
                status.is_bodiless(),
                code < 200 || bodiless.contains(&status),
                "{status:?}"
            );
        }
    }
}
