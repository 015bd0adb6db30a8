//! Names, which have no case: of fields (RFC 9110 section 5.1) and of what stands in them.

/// Whether two names are the same but for the case of their letters.
///
/// Perf: by words of eight bytes: with as many steps as bytes, the name of one field that was looked for cost more than
/// anything else in basic authentication (`builtin/basic-auth` of the suite `middleware`).
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    // Lengths and first letters settle nearly all of them; upper and lower case differ in one bit.
    let first = |name: &[u8]| name.first().map(|byte| byte | 0x20);
    one.len() == other.len() && first(one) == first(other) && same_of_one_length(one, other)
}

fn same_of_one_length(one: &[u8], other: &[u8]) -> bool {
    // The last word may have a part of the one before in it, so that nothing is left over.
    if let (Some(last), Some(other_last)) = (one.last_chunk(), other.last_chunk()) {
        let mut words = one.as_chunks().0.iter().zip(other.as_chunks().0);
        return words.all(|(one, other)| same_word(*one, *other)) && same_word(*last, *other_last);
    }
    if let (Some(one), Some(other)) = (as_word(one), as_word(other)) {
        return same_word(one, other);
    }
    one.eq_ignore_ascii_case(other)
}

/// 4 to 7 bytes, as the first four and the last four.
fn as_word(name: &[u8]) -> Option<[u8; 8]> {
    let mut word = [0; 8];
    word[..4].copy_from_slice(name.first_chunk::<4>()?);
    word[4..].copy_from_slice(name.last_chunk::<4>()?);
    Some(word)
}

fn same_word(one: [u8; 8], other: [u8; 8]) -> bool {
    let (one, other) = (u64::from_ne_bytes(one), u64::from_ne_bytes(other));
    one == other || lower(one) == lower(other)
}

/// Eight bytes in lower case: with what is missing from `A` (0x41) or from behind `Z` (0x5a) to 128 a byte gets its highest bit. No
/// sum carries into the next byte: each is that of two numbers below 128.
fn lower(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGH: u64 = EACH * 0x80;
    let low = word & !HIGH;
    let from_a = low + EACH * (0x80 - 0x41);
    let beyond_z = low + EACH * (0x7f - 0x5a);
    let is_upper = (from_a & !beyond_z & !word) & HIGH;
    word | (is_upper >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At each place of names of each length, each pair of bytes.
    #[test]
    fn it_says_what_the_standard_library_says() {
        for len in 0..20_usize {
            let name: Vec<u8> = (0..len).map(|at| b'a' + at as u8).collect();
            assert!(same(&name, &name.to_ascii_uppercase()), "{len}");
            assert!(!same(&name, &[&name[..], b"a"].concat()), "{len}");
            // One place of each kind is enough for all pairs.
            let all = if matches!(len, 1 | 4 | 5 | 8 | 13) { 0..=255 } else { b'Y'..=b'b' };
            for at in 0..len {
                for (a, b) in all.clone().flat_map(|a| (0..=255_u8).map(move |b| (a, b))) {
                    let (mut one, mut other) = (name.clone(), name.to_ascii_uppercase());
                    (one[at], other[at]) = (a, b);
                    let expected = one.eq_ignore_ascii_case(&other);
                    assert_eq!(same(&one, &other), expected, "{a} {b} at {at} of {len}");
                }
            }
        }
    }
}
