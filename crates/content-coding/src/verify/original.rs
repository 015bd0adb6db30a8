//! The original, as far as it isn't compared yet.

use super::Verdict;

/// How much is decoded at a time.
const PIECE: usize = 16 << 10;

pub(super) struct Original<'a> {
    left: &'a [u8],
}

impl<'a> Original<'a> {
    pub(super) fn new(original: &'a [u8]) -> Self {
        Self { left: original }
    }

    /// Memory for a piece.
    pub(super) fn buffer(&self) -> Vec<u8> {
        vec![0; self.room()]
    }

    /// How much to decode next, at most: one byte more than is left, by which too much is found
    /// out.
    pub(super) fn room(&self) -> usize {
        self.left.len().saturating_add(1).min(PIECE)
    }

    /// Compares what was decoded next.
    pub(super) fn compare(&mut self, decoded: &[u8]) -> Result<(), Verdict> {
        self.left = self.left.strip_prefix(decoded).ok_or(Verdict::Different)?;
        Ok(())
    }

    /// Whether nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.left.is_empty()
    }
}
