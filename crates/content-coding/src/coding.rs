//! Content codings (RFC 9110 section 8.4.1) and sets of them.

use std::fmt;

/// A way in which the bytes of a representation travel.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Coding {
    /// Brotli, RFC 7932.
    Brotli,
    /// Zstandard, RFC 8878, with a window of at most 8 MiB as RFC 9659 has it.
    Zstd,
    /// Gzip, RFC 1952.
    Gzip,
    /// The bytes as they are.
    Identity,
}

impl Coding {
    /// All of them, the one that is sent first where a client has no preference.
    pub const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// The name in `Content-Encoding` and `Accept-Encoding`.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The coding of this name, in any case; `x-gzip` is gzip (RFC 9110 section 8.4.1.3).
    pub const fn from_token(token: &[u8]) -> Option<Self> {
        // By length first: most names that are not ours are told from ours by that.
        match token.len() {
            2 if token.eq_ignore_ascii_case(b"br") => Some(Self::Brotli),
            4 if token.eq_ignore_ascii_case(b"gzip") => Some(Self::Gzip),
            4 if token.eq_ignore_ascii_case(b"zstd") => Some(Self::Zstd),
            6 if token.eq_ignore_ascii_case(b"x-gzip") => Some(Self::Gzip),
            8 if token.eq_ignore_ascii_case(b"identity") => Some(Self::Identity),
            _ => None,
        }
    }

    /// What the name of a sidecar ends with, with its dot. Identity is the file itself and has
    /// none.
    pub const fn extension(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some(".br"),
            Self::Zstd => Some(".zst"),
            Self::Gzip => Some(".gz"),
            Self::Identity => None,
        }
    }

    /// Its place in [`Coding::ALL`].
    pub(crate) const fn rank(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.token())
    }
}

/// A set of codings. Identity is in it when it is put in, like any other; who chooses from a set
/// takes it to be there always.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Codings(u8);

impl Codings {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// All of them.
    pub const ALL: Self = Self(0b1111);

    /// Those that this build encodes and verifies: identity, and one per feature of the crate.
    pub const BUILT: Self = Self::NONE
        .with_if(Coding::Identity, true)
        .with_if(Coding::Gzip, cfg!(feature = "gzip"))
        .with_if(Coding::Brotli, cfg!(feature = "brotli"))
        .with_if(Coding::Zstd, cfg!(feature = "zstd"));

    /// This set and `coding`.
    #[must_use]
    pub const fn with(self, coding: Coding) -> Self {
        Self(self.0 | 1 << coding.rank())
    }

    /// This set without `coding`.
    #[must_use]
    pub const fn without(self, coding: Coding) -> Self {
        Self(self.0 & !(1 << coding.rank()))
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in one of the sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `coding` is in the set.
    pub const fn contains(self, coding: Coding) -> bool {
        self.0 & 1 << coding.rank() != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// What is in the set, in the order of [`Coding::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Coding> {
        Coding::ALL.into_iter().filter(move |&coding| self.contains(coding))
    }

    const fn with_if(self, coding: Coding, is_there: bool) -> Self {
        if is_there { self.with(coding) } else { self }
    }
}

impl FromIterator<Coding> for Codings {
    fn from_iter<I: IntoIterator<Item = Coding>>(codings: I) -> Self {
        codings.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Codings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
