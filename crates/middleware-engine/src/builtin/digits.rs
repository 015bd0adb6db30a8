//! Numbers as text, without the machinery of formatting.

/// Writes a number in decimal.
pub(super) fn decimal(mut number: u64, out: &mut Vec<u8>) {
    // As many as `u64::MAX` has.
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
