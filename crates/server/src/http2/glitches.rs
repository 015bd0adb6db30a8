//! Frames that bring nothing on, counted: who sends many of them makes work for nothing.
//!
//! A bucket that runs over (as in the leaky bucket of nghttp2, and under the same name): each of them fills it a little,
//! time empties it.

use std::time::Duration;

/// What a stream counts that the client gives up, or that the engine gives up for what the client did: a request may have
/// been begun for it.
pub(super) const RESET: u32 = 10;

/// What a frame counts that nothing comes of: SETTINGS, PING, PRIORITY, empty DATA, unknown ones.
pub(super) const FRAME: u32 = 1;

/// How full the bucket is.
#[derive(Debug)]
pub(super) struct Glitches {
    most: u32,
    level: u32,
    looked: Duration,
}

impl Glitches {
    /// A bucket that holds so many, and is empty half a minute after it was full.
    pub(super) fn new(most: u32) -> Self {
        Self { most, level: 0, looked: Duration::ZERO }
    }

    /// The time is this now.
    pub(super) fn look(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.looked).as_secs();
        if seconds > 0 {
            let leaked = u64::from(self.most).div_ceil(30).saturating_mul(seconds);
            self.level = self.level.saturating_sub(u32::try_from(leaked).unwrap_or(u32::MAX));
            self.looked = now;
        }
    }

    /// One more. `false`: that is one too many.
    pub(super) fn add(&mut self, weight: u32) -> bool {
        self.level = self.level.saturating_add(weight);
        self.level <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_too_many_and_time_heals() {
        let mut glitches = Glitches::new(300);
        glitches.look(Duration::from_secs(1_000));
        assert!((0..30).all(|_| glitches.add(RESET)));
        assert!(!glitches.add(FRAME));
        glitches.look(Duration::from_millis(1_000_999));
        assert!(!glitches.add(FRAME), "no second has gone");
        glitches.look(Duration::from_secs(1_001));
        assert!((0..8).all(|_| glitches.add(FRAME)), "ten a second");
        assert!(!glitches.add(FRAME));
        glitches.look(Duration::MAX);
        assert!((0..300).all(|_| glitches.add(FRAME)));
        assert!(!glitches.add(FRAME));
    }
}
