//! So much of something, and no more: places in a queue, open files, memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What there is to be had, of whatever is counted.
#[derive(Debug)]
pub(crate) struct Quota {
    max: u64,
    taken: Arc<AtomicU64>,
}

/// What one has of it, given back when it is dropped: also by an error, a cancelled job, a panic.
#[derive(Debug)]
pub(crate) struct Share {
    taken: Arc<AtomicU64>,
    amount: u64,
}

impl Quota {
    /// So much in all.
    pub(crate) fn new(max: u64) -> Self {
        Self { max, taken: Arc::default() }
    }

    /// So much, if it is left.
    pub(crate) fn take(&self, amount: u64) -> Option<Share> {
        self.add(amount, |before| before.saturating_add(amount) <= self.max)
    }

    /// How much others have.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Whether nothing is left. Writes nothing: for those who ask often.
    pub(crate) fn is_used_up(&self) -> bool {
        self.taken.load(Ordering::Relaxed) >= self.max
    }

    /// So much, if it is left, or if nobody else has any: what is larger than all there is has its turn alone.
    pub(crate) fn take_or_alone(&self, amount: u64) -> Option<Share> {
        self.add(amount, |before| before == 0 || before.saturating_add(amount) <= self.max)
    }

    /// So much, whether it is left or not: for one who has to get on, and is to be counted.
    pub(crate) fn overdraw(&self, amount: u64) -> Share {
        self.taken.fetch_add(amount, Ordering::Relaxed);
        Share { taken: Arc::clone(&self.taken), amount }
    }

    fn add(&self, amount: u64, fits: impl FnOnce(u64) -> bool) -> Option<Share> {
        let before = self.taken.fetch_add(amount, Ordering::Relaxed);
        // What doesn't fit is given back by the drop.
        let share = Share { taken: Arc::clone(&self.taken), amount };
        fits(before).then_some(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_bounded_and_come_back() {
        let quota = Quota::new(100);
        let (first, second) = (quota.take(60), quota.take(40));
        assert!(first.is_some() && second.is_some() && quota.take(1).is_none());
        drop(first);
        assert!(quota.take(60).is_some() && quota.take(61).is_none());
        drop(second);
        assert_eq!(quota.taken.load(Ordering::Relaxed), 0);
        assert!(Quota::new(0).take(1).is_none());
    }

    #[test]
    fn who_is_alone_may_have_more_than_there_is() {
        let quota = Quota::new(100);
        assert!(quota.take(1_000).is_none());
        let alone = quota.take_or_alone(1_000);
        assert!(alone.is_some() && quota.take_or_alone(1).is_none());
    }

    #[test]
    fn an_overdraft_counts_against_others() {
        let quota = Quota::new(100);
        let _overdraft = quota.overdraw(150);
        assert!(quota.take(1).is_none() && quota.is_used_up());
    }
}
