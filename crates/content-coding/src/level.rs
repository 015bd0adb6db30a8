//! How hard an encoder tries: one scale for all codings, and each coding's own.

use crate::coding::Coding;

/// Up to this size, in bytes, the slowest levels are taken as the best.
const SLOW_UP_TO: u64 = 1 << 20;

/// How hard to compress, as a number on the own scale of each coding.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Level {
    gzip: u8,
    brotli: u8,
    zstd: u8,
}

impl Level {
    /// Level 6 of the general scale.
    pub const DEFAULT: Self = Self::general(6);

    /// A level of the general scale: 1 is the fastest, 9 the smallest; `None` for anything else.
    ///
    /// | general | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
    /// |---|---|---|---|---|---|---|---|---|---|
    /// | gzip | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
    /// | brotli | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 8 |
    /// | zstd | 1 | 2 | 3 | 4 | 5 | 6 | 8 | 10 | 11 |
    ///
    /// What is slow is slow in the order of gzip 9, which is 10 milliseconds per MiB. Brotli's own
    /// 9 is ten times as slow as its 8 for a page, because it fills 32 MiB of tables for each.
    pub const fn new(level: u8) -> Option<Self> {
        if matches!(level, 1..=9) { Some(Self::general(level)) } else { None }
    }

    const fn general(level: u8) -> Self {
        let brotli = if level < 8 { level } else { 8 };
        let zstd = match level {
            7 => 8,
            8 => 10,
            9 => 11,
            _ => level,
        };
        Self { gzip: level, brotli, zstd }
    }

    /// The best for content of `size` bytes that is compressed once and sent many times: gzip 9,
    /// brotli 11, zstd 19; above 1 MiB brotli 5 and zstd 11, in a seventieth and a fifteenth of
    /// the time.
    pub const fn best(size: u64) -> Self {
        if size <= SLOW_UP_TO {
            Self { gzip: 9, brotli: 11, zstd: 19 }
        } else {
            Self { gzip: 9, brotli: 5, zstd: 11 }
        }
    }

    /// This level with another `number` for one coding, on that coding's own scale: gzip 1 to 9,
    /// brotli 1 to 11, zstd 1 to 19. `None` beyond the scale; identity has none.
    ///
    /// Zstd's levels 20 to 22 are left out: their windows are larger than RFC 9659 allows.
    #[must_use]
    pub const fn with(mut self, coding: Coding, number: u8) -> Option<Self> {
        let (place, scale) = match coding {
            Coding::Gzip => (&mut self.gzip, (1, 9)),
            Coding::Brotli => (&mut self.brotli, (1, 11)),
            Coding::Zstd => (&mut self.zstd, (1, 19)),
            Coding::Identity => return None,
        };
        if number < scale.0 || number > scale.1 {
            return None;
        }
        *place = number;
        Some(self)
    }

    /// The number on the own scale of `coding`; 0 for identity.
    pub const fn number(self, coding: Coding) -> u8 {
        match coding {
            Coding::Gzip => self.gzip,
            Coding::Brotli => self.brotli,
            Coding::Zstd => self.zstd,
            Coding::Identity => 0,
        }
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::DEFAULT
    }
}
