use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const GCRA: Gcra = Gcra { interval: 10, limit: 35 };

/// A bucket of tokens, counted in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: u64,
    at: u64,
}

impl Bucket {
    fn at(self, now: u64, limit: u64) -> Self {
        Self { level: (self.level + (now - self.at)).min(limit), at: now }
    }
}

fn was_admitted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Admitted { .. })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1024,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn each_key_has_a_bucket_of_tokens(
        requests in vec((0..20_u8, 0..30_u64), 0..200),
        interval in 1..20_u64,
        burst in 1..6_u64,
    ) {
        let gcra = Gcra { interval, limit: interval * burst };
        let table = Table::new(10_000);
        let mut now = 1000;
        let mut buckets = HashMap::new();
        for (key, passed) in requests {
            now += passed;
            let full = Bucket { level: gcra.limit, at: now };
            let bucket: &mut Bucket = buckets.entry(key).or_insert(full);
            *bucket = bucket.at(now, gcra.limit);
            let verdict = table.decide(&gcra, key, now);
            prop_assert_eq!(was_admitted(verdict), bucket.level >= interval);
            let (left, more) = gcra.left(verdict);
            match verdict {
                Verdict::Admitted { .. } => {
                    bucket.level -= interval;
                    prop_assert_eq!(left, bucket.level / interval);
                }
                Verdict::Refused { wait } => {
                    prop_assert_eq!((left, wait), (0, interval - bucket.level));
                }
            }
            let then = bucket.at(now + more, gcra.limit);
            prop_assert_eq!(then.level / interval, left + 1);
            prop_assert!(more > 0 && bucket.at(now + more - 1, gcra.limit).level / interval == left);
        }
    }

    /// In a table that is far too small nobody gets more than alone, however the others come and go, and though the clocks of
    /// two threads differ.
    #[test]
    fn a_crowd_gives_nobody_more(requests in vec((0..30_u8, 0..12_u64, 0..4_u64), 0..400)) {
        let table = Table::new(WAYS);
        prop_assert_eq!(table.places(), WAYS);
        let mut clock = 1000;
        let mut admitted: HashMap<u8, u64> = HashMap::new();
        for (key, passed, behind) in requests {
            clock += passed;
            let now = clock - behind;
            if was_admitted(table.decide(&GCRA, key, now)) {
                let alone = admitted.entry(key).or_default();
                let (verdict, arrival) = GCRA.decide(*alone, now);
                prop_assert!(was_admitted(verdict), "{key} at {now}");
                *alone = arrival;
            }
        }
    }
}

#[test]
fn those_without_a_place_share_a_limit_until_there_is_one() {
    let table = Table::new(WAYS);
    let gcra = Gcra { interval: 10, limit: 30 };
    let admitted = |keys: std::ops::Range<u64>, now| {
        keys.filter(|key| was_admitted(table.decide(&gcra, key, now))).count()
    };
    assert_eq!(admitted(0..7, 100), 7);
    // Three at once, together, and one more after each interval, while the others have what they had.
    assert_eq!(admitted(100..200, 100), 3);
    assert_eq!(admitted(0..7, 100) + admitted(0..7, 100) + admitted(0..7, 100), 14);
    assert_eq!(admitted(100..200, 110), 1);
    // The places are free again: who comes later has one, and all of the limit.
    assert_eq!((0..5).map(|_| admitted(300..307, 1000)).sum::<usize>(), 21);
}

/// Many threads at once get what one would get.
#[test]
fn threads_together_get_no_more_than_the_limit() {
    let table = Table::new(100);
    let gcra = Gcra { interval: 1000, limit: 50_000 };
    let clock = AtomicU64::new(1_000_000);
    let admitted = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    let now = clock.fetch_add(7, Ordering::Relaxed);
                    if was_admitted(table.decide(&gcra, "one", now)) {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                    // Others take places meanwhile.
                    table.decide(&gcra, now, now);
                }
            });
        }
    });
    let passed = clock.load(Ordering::Relaxed) - 1_000_000;
    let (most, got) = (50 + passed / 1000, admitted.load(Ordering::Relaxed));
    assert!(got <= most && got * 10 >= most * 9, "{got} of {most}");
}

#[test]
fn a_set_takes_two_cache_lines() {
    assert_eq!(size_of::<Mutex<Set>>(), 128);
}
