//! How much memory an encoder takes, as a line with bends in the size of its input.
//!
//! Libraries don't say it, or only in C. The figures are measured with an allocator that counts
//! (`tests/memory/`), over text, noise and repetition, and rounded up.

/// KiB that an encoder takes for nothing, and what each byte of input adds, up to so many bits
/// of size.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) base: u64,
    pub(super) bends: &'static [(u32, u64)],
}

impl Line {
    /// Bytes for `size` bytes of input, which count as the next power of two: windows and tables
    /// come in those. An unknown size is endless.
    pub(super) fn at(self, size: Option<u64>) -> u64 {
        let size = size.and_then(u64::checked_next_power_of_two).unwrap_or(u64::MAX);
        let mut bytes = self.base << 10;
        let mut start = 0;
        for &(bits, per_byte) in self.bends {
            let end = 1 << bits;
            bytes += (size.min(end) - start) * per_byte;
            if size <= end {
                break;
            }
            start = end;
        }
        bytes
    }
}
