//! Identifiers that nobody else makes.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How an identifier is written: 128 bits in hexadecimal.
pub(super) const LEN: usize = 32;

/// Makes identifiers: 64 bits that are this maker's, and 64 that are this request's.
///
/// The first come from the randomness of the operating system and from the clock, once. The second count, by steps that
/// visit each number once before any comes again, so that neighbours look different. Two makers whose first halves are equal
/// (one pair in 2⁶⁴) would have to meet in the second as well. They are no secret: who has seen one can tell the next.
#[derive(Debug)]
pub(super) struct Maker {
    of_maker: u64,
    next: AtomicU64,
}

/// Odd, so that its multiples visit all numbers; from the golden ratio, so that they do so far apart.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Maker {
    pub(super) fn new() -> Self {
        Self { of_maker: random(), next: AtomicU64::new(random()) }
    }

    /// Writes the next one.
    pub(super) fn make(&self) -> [u8; LEN] {
        let of_request = self.next.fetch_add(STEP, Ordering::Relaxed);
        let mut text = [0; LEN];
        hexadecimal(self.of_maker, &mut text[..LEN / 2]);
        hexadecimal(of_request, &mut text[LEN / 2..]);
        text
    }
}

/// The keys of a hash come from the operating system.
fn random() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    hasher.write_u128(now.as_nanos());
    hasher.write_u32(std::process::id());
    hasher.finish()
}

fn hexadecimal(number: u64, out: &mut [u8]) {
    for (digit, byte) in out.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        digit[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        digit[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_equal() {
        let makers = [Maker::new(), Maker::new(), Maker::new()];
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            for maker in &makers {
                let made = maker.make();
                assert!(made.iter().all(|byte| b"0123456789abcdef".contains(byte)));
                assert!(seen.insert(made));
            }
        }
    }

    #[test]
    fn threads_share_a_maker() {
        let maker = Maker::new();
        let thousand = || (0..1000).map(|_| maker.make()).collect::<Vec<_>>();
        let made: Vec<_> = std::thread::scope(|scope| {
            let threads = [scope.spawn(thousand), scope.spawn(thousand), scope.spawn(thousand)];
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 3000);
    }

    #[test]
    fn numbers_are_written_from_their_highest_digit() {
        let mut text = [0; 16];
        hexadecimal(0x0123_4567_89ab_cdef, &mut text);
        assert_eq!(&text, b"0123456789abcdef");
    }
}
