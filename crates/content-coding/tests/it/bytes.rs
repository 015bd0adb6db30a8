//! Content to compress.

/// So many bytes of words and numbers.
pub(crate) fn text(len: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(len + 40);
    for number in numbers() {
        if text.len() >= len {
            break;
        }
        let (id, word) = (number & 0xfff, number >> 16 & 0xff);
        text.extend(format!("<li id=\"{id:x}\">word {word}</li>\n").into_bytes());
    }
    text.truncate(len);
    text
}

/// So many bytes that don't shrink.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    numbers().map(|number| number as u8).take(len).collect()
}

/// Pseudo-random numbers, the same everywhere.
fn numbers() -> impl Iterator<Item = u64> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 33
    })
}
