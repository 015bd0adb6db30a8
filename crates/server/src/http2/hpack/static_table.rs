//! Fields that need no telling (RFC 7541 appendix A).

/// A name and a value.
pub(super) type Field = (&'static [u8], &'static [u8]);

/// The table. An index is a place in it, counted from one.
#[rustfmt::skip]
pub(super) static FIELDS: [Field; 61] = [
    (b":authority", b""),
    (b":method", b"GET"),
    (b":method", b"POST"),
    (b":path", b"/"),
    (b":path", b"/index.html"),
    (b":scheme", b"http"),
    (b":scheme", b"https"),
    (b":status", b"200"),
    (b":status", b"204"),
    (b":status", b"206"),
    (b":status", b"304"),
    (b":status", b"400"),
    (b":status", b"404"),
    (b":status", b"500"),
    (b"accept-charset", b""),
    (b"accept-encoding", b"gzip, deflate"),
    (b"accept-language", b""),
    (b"accept-ranges", b""),
    (b"accept", b""),
    (b"access-control-allow-origin", b""),
    (b"age", b""),
    (b"allow", b""),
    (b"authorization", b""),
    (b"cache-control", b""),
    (b"content-disposition", b""),
    (b"content-encoding", b""),
    (b"content-language", b""),
    (b"content-length", b""),
    (b"content-location", b""),
    (b"content-range", b""),
    (b"content-type", b""),
    (b"cookie", b""),
    (b"date", b""),
    (b"etag", b""),
    (b"expect", b""),
    (b"expires", b""),
    (b"from", b""),
    (b"host", b""),
    (b"if-match", b""),
    (b"if-modified-since", b""),
    (b"if-none-match", b""),
    (b"if-range", b""),
    (b"if-unmodified-since", b""),
    (b"last-modified", b""),
    (b"link", b""),
    (b"location", b""),
    (b"max-forwards", b""),
    (b"proxy-authenticate", b""),
    (b"proxy-authorization", b""),
    (b"range", b""),
    (b"referer", b""),
    (b"refresh", b""),
    (b"retry-after", b""),
    (b"server", b""),
    (b"set-cookie", b""),
    (b"strict-transport-security", b""),
    (b"transfer-encoding", b""),
    (b"user-agent", b""),
    (b"vary", b""),
    (b"via", b""),
    (b"www-authenticate", b""),
];

/// Where names are by what [`slot`] makes of them: the first index of each, and 0 where there is none.
static INDEXES: [u8; SLOTS] = indexes();

const SLOTS: usize = 128;

/// The only name of the table that this one may be, in any case. No two of them share a slot.
#[inline]
const fn slot(name: &[u8]) -> usize {
    let [first, .., last] = name else { return 0 };
    // Whoever changes the numbers is told by the compiler whether they fit.
    let (first, last) = ((*first | 0x20) as usize, (*last | 0x20) as usize);
    (3 * name.len() + 54 * first + 59 * last) % SLOTS
}

const fn indexes() -> [u8; SLOTS] {
    let mut indexes = [0; SLOTS];
    let mut place = 0;
    while place < FIELDS.len() {
        if place == 0 || !FIELDS[place].0.eq_ignore_ascii_case(FIELDS[place - 1].0) {
            let slot = slot(FIELDS[place].0);
            assert!(indexes[slot] == 0, "two names share a slot");
            indexes[slot] = place as u8 + 1;
        }
        place += 1;
    }
    indexes
}

/// The first index with this name, in any case.
#[inline]
pub(super) fn index_of(name: &[u8]) -> Option<usize> {
    let index = usize::from(INDEXES[slot(name)]);
    let (known, _) = FIELDS[index.checked_sub(1)?];
    known.eq_ignore_ascii_case(name).then_some(index)
}

/// The index with this value, among those that have the name of this one, the first.
#[inline]
pub(super) fn index_with(first: usize, value: &[u8]) -> Option<usize> {
    let name = FIELDS[first - 1].0;
    let named = FIELDS[first - 1..].iter().take_while(|(other, _)| *other == name);
    (first..).zip(named).find_map(|(index, &(_, known))| (known == value).then_some(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_every_field() {
        for (place, (name, value)) in FIELDS.iter().enumerate() {
            let first = FIELDS.iter().position(|(other, _)| other == name).unwrap() + 1;
            assert_eq!(index_of(name), Some(first));
            assert_eq!(index_of(&name.to_ascii_uppercase()), Some(first));
            assert_eq!(index_with(first, value), Some(place + 1));
            assert_eq!(index_with(first, b"another"), None);
        }
    }

    #[test]
    fn other_names_are_not_found() {
        for name in [
            "",
            "a",
            "x-frame-options",
            "etags",
            "eta",
            "ecag",
            "\x1avia",
            "content-security-policy",
        ] {
            assert_eq!(index_of(name.as_bytes()), None, "{name:?}");
        }
    }
}
