//! Many events, one reload.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

/// Gathers events until it has been quiet for a while, or has taken too long.
///
/// It is for reloads, which cost something and want a finished file: configuration, certificates. What a cache forgets
/// is forgotten at the first event.
///
/// There is no clock and no timer in it: whoever uses it says what time it is, in durations of one monotonic clock,
/// and comes back at [`next_deadline`](Self::next_deadline). Equal events count once, so that it holds no more than
/// there are different ones.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use catzilla_file_watcher::Debounce;
///
/// const MS: fn(u64) -> Duration = Duration::from_millis;
///
/// let mut debounce = Debounce::default();
/// debounce.push(MS(0), "certificate");
/// debounce.push(MS(40), "key");
/// assert_eq!(debounce.next_deadline(), Some(MS(140)));
/// assert!(debounce.poll(MS(139)).is_none());
///
/// let batch = debounce.poll(MS(140)).unwrap();
/// assert!(batch.events.iter().eq(&["certificate", "key"]));
/// assert_eq!(debounce.next_deadline(), None);
/// ```
#[derive(Debug, Clone)]
pub struct Debounce<T> {
    quiet: Duration,
    max_delay: Duration,
    gathered: Option<Batch<T>>,
}

/// What was gathered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch<T> {
    /// The events, each once.
    pub events: BTreeSet<T>,
    /// When the first of them came.
    pub first: Duration,
    /// When the last of them came.
    pub last: Duration,
}

impl<T: Ord> Debounce<T> {
    /// Fires `quiet` after the last event, and `max_delay` after the first one at the latest.
    ///
    /// With a `max_delay` below `quiet`, it alone counts.
    pub fn new(quiet: Duration, max_delay: Duration) -> Self {
        Self { quiet, max_delay, gathered: None }
    }

    /// Takes an event. One that seems older than the last one counts as now: time doesn't go backwards.
    pub fn push(&mut self, now: Duration, event: T) {
        let gathered = self.gathered.get_or_insert_with(|| Batch {
            events: BTreeSet::new(),
            first: now,
            last: now,
        });
        gathered.last = gathered.last.max(now);
        gathered.events.insert(event);
    }

    /// When [`poll`](Self::poll) will have something; `None`: not before another event.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.gathered.as_ref().map(|gathered| {
            let quiet = gathered.last.saturating_add(self.quiet);
            quiet.min(gathered.first.saturating_add(self.max_delay))
        })
    }

    /// What was gathered, once the deadline is there.
    pub fn poll(&mut self, now: Duration) -> Option<Batch<T>> {
        let deadline = self.next_deadline()?;
        if now >= deadline { mem::take(&mut self.gathered) } else { None }
    }
}

impl<T: Ord> Default for Debounce<T> {
    /// 100 ms of quiet, 1 s at most.
    fn default() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(1))
    }
}
