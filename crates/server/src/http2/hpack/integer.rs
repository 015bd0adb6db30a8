//! Integers that begin within an octet (RFC 7541 section 5.1).

use super::error::Error;

/// Octets beyond the first: so many hold 32 bits.
const MOST: u32 = 5;

/// Reads an integer whose first octet, of which it has the last `prefix` bits, was taken from `rest` already.
#[inline]
pub(super) fn decode(first: u8, prefix: u32, rest: &mut &[u8]) -> Result<u32, Error> {
    let full = (1 << prefix) - 1;
    let value = u32::from(first) & full;
    if value < full { Ok(value) } else { decode_long(full, rest) }
}

fn decode_long(full: u32, rest: &mut &[u8]) -> Result<u32, Error> {
    let mut value = u64::from(full);
    for place in 0..MOST {
        let (&octet, after) = rest.split_first().ok_or(Error::Truncated)?;
        *rest = after;
        value += u64::from(octet & 0x7f) << (7 * place);
        if octet < 0x80 {
            return u32::try_from(value).map_err(|_| Error::IntegerOverflow);
        }
    }
    Err(Error::IntegerOverflow)
}

/// Writes an integer into the last `prefix` bits of an octet whose others are those of `first`, and behind it.
#[inline]
pub(super) fn encode(value: usize, first: u8, prefix: u32, out: &mut Vec<u8>) {
    let full = (1 << prefix) - 1;
    if value < full {
        out.push(first | value as u8);
        return;
    }
    out.push(first | full as u8);
    let mut value = value - full;
    while value >= 0x80 {
        out.push(0x80 | value as u8);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], prefix: u32, expected: Result<u32, Error>) {
        let mut rest = &bytes[1..];
        assert_eq!(decode(bytes[0], prefix, &mut rest), expected);
        if let Ok(value) = expected {
            let mut out = Vec::new();
            let first = bytes[0] & !((1 << prefix) - 1) as u8;
            encode(value as usize, first, prefix, &mut out);
            assert_eq!(out, bytes[..bytes.len() - rest.len()]);
        }
    }

    #[test]
    fn integers_of_appendix_c_1() {
        check(&[0b0000_1010], 5, Ok(10));
        check(&[0b1110_1010], 5, Ok(10));
        check(&[0b0001_1111, 0b1001_1010, 0b0000_1010], 5, Ok(1337));
        check(&[0b0010_1010], 8, Ok(42));
    }

    #[test]
    fn integers_at_the_edges() {
        check(&[0x7e], 7, Ok(126));
        check(&[0x7f, 0], 7, Ok(127));
        check(&[0x7f, 0x7f], 7, Ok(254));
        check(&[0x7f, 0x80, 1], 7, Ok(255));
        check(&[0x0f, 0xf0, 0xff, 0xff, 0xff, 0x0f, 9], 4, Ok(u32::MAX));
        check(&[0x0f, 0xf1, 0xff, 0xff, 0xff, 0x0f], 4, Err(Error::IntegerOverflow));
        check(&[0x0f, 0xff, 0xff, 0xff, 0xff, 0x7f], 4, Err(Error::IntegerOverflow));
        check(&[0x0f, 0x80, 0x80, 0x80, 0x80, 0x80, 0], 4, Err(Error::IntegerOverflow));
        check(&[0x0f], 4, Err(Error::Truncated));
        check(&[0x0f, 0x80, 0xff], 4, Err(Error::Truncated));
    }

    #[test]
    fn zeros_at_the_end_are_no_error() {
        assert_eq!(decode(0x0f, 4, &mut &[0x81, 0x80, 0x00][..]), Ok(16));
    }
}
