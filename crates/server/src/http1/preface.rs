//! The preface of HTTP/2, which a client may begin with that knows whom it speaks to (RFC 9113 section 3.3).

/// No request of HTTP/1.1, though it looks like one (section 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the first bytes of a connection are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// The whole preface.
    Preface,
    /// The begin of it, or nothing yet.
    Unclear,
    /// Something else.
    Other,
}

pub(crate) fn judge(bytes: &[u8]) -> First {
    if bytes.starts_with(PREFACE) {
        First::Preface
    } else if PREFACE.starts_with(bytes) {
        First::Unclear
    } else {
        First::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_begin_of_the_preface_is_unclear() {
        for len in 0..PREFACE.len() {
            assert_eq!(judge(&PREFACE[..len]), First::Unclear, "{len} bytes");
            let mut other = PREFACE[..len].to_vec();
            other.push(b'x');
            assert_eq!(judge(&other), First::Other, "another byte after {len}");
        }
        assert_eq!(judge(PREFACE), First::Preface);
        assert_eq!(judge(&[PREFACE, &[0; 9]].concat()), First::Preface);
    }
}
