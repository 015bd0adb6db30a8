//! Stands where a coding isn't built.

use super::{Original, Verdict};

pub(super) fn decode(_encoded: &[u8], _original: &mut Original<'_>) -> Result<(), Verdict> {
    Err(Verdict::Unknown)
}
