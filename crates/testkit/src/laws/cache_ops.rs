//! A cache, beside a map that remembers everything that was ever put into it and when it stopped being true.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use arbitrary::{Arbitrary, Result, Unstructured};
use catzilla_hot_cache::{
    Begin, Clock, Eviction, Finished, Held, HotCache, Load, Outcome, Wait, Waited, Weight,
};

use crate::clock::ManualClock;

const MAX_ENTRY: u64 = 4000;
const TIME_TO_LIVE: u64 = 20;

/// What there may be done: on few keys, so that they meet.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Op {
    Get(Key),
    Begin(Key),
    Finish { load: u8, size: Size },
    Share { load: u8, size: Size },
    Decline { load: u8 },
    Drop { load: u8 },
    Wait { wait: u8 },
    Leave { wait: u8 },
    Invalidate(Key),
    InvalidateFolder { folder: u8 },
    InvalidateAll,
    Update { held: u8, size: Size },
    Expire,
    Release { target: Size },
    SetBudget(Size),
    Advance { seconds: u8 },
    Hold(Key),
    LetGo { held: u8 },
}

/// Two folders of four files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Arbitrary)]
struct Key(u8);

impl Key {
    fn number(self) -> u32 {
        u32::from(self.0 % 8)
    }
}

#[derive(Debug, Clone, Copy, Arbitrary)]
struct Size(u16);

impl Size {
    /// Now and then larger than an entry may be.
    fn bytes(self) -> u64 {
        u64::from(self.0) % (MAX_ENTRY + 200)
    }
}

/// A value says what it is: no two are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Value {
    number: u64,
    bytes: u64,
}

/// What the naive one knows about the latest value of a key that was kept.
#[derive(Debug, Clone, Copy)]
struct Known {
    value: Value,
    born: u64,
}

impl Known {
    fn is_fresh(&self, now: u64) -> bool {
        now < self.born + TIME_TO_LIVE
    }
}

struct TestClock(ManualClock);

impl Clock for TestClock {
    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

/// Whatever is found is the last value that was kept, and neither invalidated nor too old; the books are exact, and the
/// budget holds.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let mut state = State::new(input)?;
    while !input.is_empty() {
        let op = input.arbitrary()?;
        state.act(op);
        state.check();
    }
    state.end();
    Ok(())
}

struct State {
    cache: HotCache<u32, Value>,
    clock: ManualClock,
    now: u64,
    next: u64,
    budget: u64,
    /// By key; what was evicted is here still, for the naive one forgets nothing by itself.
    known: HashMap<u32, Known>,
    /// With the time that they began, and whether their key was invalidated since.
    loads: Vec<(Load<u32, Value>, u64, bool)>,
    waits: Vec<(Wait<u32, Value>, u64)>,
    /// When the latest load of a key began.
    began: HashMap<u32, u64>,
    held: Vec<(u32, Held<Value>)>,
}

impl State {
    fn new(input: &mut Unstructured<'_>) -> Result<Self> {
        let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
        let budget = u64::from(input.arbitrary::<u16>()?) % 20_000;
        let eviction = *input.choose(&[Eviction::S3Fifo, Eviction::Lru])?;
        let cache = HotCache::builder()
            .budget(budget)
            .max_entry(MAX_ENTRY)
            .time_to_live(Some(Duration::from_secs(TIME_TO_LIVE)))
            .eviction(eviction)
            // With several queues, or with one.
            .shards(*input.choose(&[2, 128])?)
            .clock(Arc::new(TestClock(clock.clone())))
            .build(|_: &u32, value: &Value| Weight::content(value.bytes));
        Ok(Self {
            cache,
            clock,
            now: 0,
            next: 0,
            budget,
            known: HashMap::new(),
            loads: Vec::new(),
            waits: Vec::new(),
            began: HashMap::new(),
            held: Vec::new(),
        })
    }

    fn act(&mut self, op: Op) {
        match op {
            Op::Get(key) => _ = self.get(key.number()),
            Op::Begin(key) => self.begin(key.number()),
            Op::Finish { load, size } => self.finish(load, size),
            Op::Share { load, size } => {
                if let Some((load, ..)) = take(&mut self.loads, load) {
                    let value = self.value(size);
                    assert_eq!(*load.share(value), value);
                }
            }
            Op::Decline { load } => {
                if let Some((load, ..)) = take(&mut self.loads, load) {
                    load.decline();
                }
            }
            Op::Drop { load } => drop(take(&mut self.loads, load)),
            Op::Wait { wait } => self.look(wait),
            Op::Leave { wait } => drop(take(&mut self.waits, wait)),
            Op::Invalidate(key) => {
                let key = key.number();
                self.cache.invalidate(&key);
                self.forget(|other| other == key);
            }
            Op::InvalidateFolder { folder } => {
                let folder = u32::from(folder) % 2;
                self.cache.invalidate_if(|key| key / 4 == folder);
                self.forget(|key| key / 4 == folder);
            }
            Op::InvalidateAll => {
                self.cache.invalidate_all();
                self.forget(|_| true);
                assert_eq!(self.cache.stats().entries, 0);
            }
            Op::Update { held, size } => self.update(held, size),
            Op::Expire => {
                self.cache.expire();
                let now = self.now;
                self.known.retain(|_, known| known.is_fresh(now));
                assert!(self.cache.stats().entries <= self.known.len() as u64);
            }
            Op::Release { target } => {
                let target = target.bytes() * 4;
                self.cache.release_to(target);
                assert!(self.cache.stats().resident.total() <= target);
            }
            Op::SetBudget(size) => {
                self.budget = size.bytes() * 4;
                self.cache.set_budget(self.budget);
            }
            Op::Advance { seconds } => {
                let seconds = u64::from(seconds) % (TIME_TO_LIVE + 5);
                self.clock.advance(Duration::from_secs(seconds));
                self.now += seconds;
            }
            Op::Hold(key) => {
                let key = key.number();
                if let Some(held) = self.get(key) {
                    self.held.push((key, held));
                }
            }
            Op::LetGo { held } => drop(take(&mut self.held, held)),
        }
    }

    fn value(&mut self, size: Size) -> Value {
        self.next += 1;
        Value { number: self.next, bytes: size.bytes() }
    }

    /// What is found is what is known, if it isn't too old.
    fn judge(&self, key: u32, held: &Held<Value>) {
        let known = self.known.get(&key).expect("nothing is found that was never kept");
        assert_eq!(**held, known.value, "of {key}");
        assert!(known.is_fresh(self.now), "{key} is too old");
        assert!(held.is_resident());
        assert_eq!(held.born(), Duration::from_secs(known.born));
    }

    fn get(&mut self, key: u32) -> Option<Held<Value>> {
        let held = self.cache.get(&key)?;
        self.judge(key, &held);
        Some(held)
    }

    fn begin(&mut self, key: u32) {
        let is_loading = |loads: &[(Load<u32, Value>, u64, bool)]| {
            loads.iter().any(|(load, _, is_stale)| *load.key() == key && !is_stale)
        };
        match self.cache.begin(key) {
            Begin::Hit(held) => self.judge(key, &held),
            Begin::Load(load) => {
                assert!(!is_loading(&self.loads), "{key} is loaded twice");
                assert!(!load.is_stale());
                self.loads.push((load, self.now, false));
                self.began.insert(key, self.now);
            }
            // The one who loads may be one of those who wait, and not know it yet.
            Begin::Wait(wait) => self.waits.push((wait, self.began[&key])),
        }
    }

    fn finish(&mut self, load: u8, size: Size) {
        let Some((load, born, is_stale)) = take(&mut self.loads, load) else { return };
        let value = self.value(size);
        let key = *load.key();
        assert_eq!(load.is_stale(), is_stale);
        let Finished { held, outcome } = load.finish(value);
        assert_eq!(*held, value);
        assert_eq!(held.is_resident(), outcome == Outcome::Admitted);
        let stats = self.cache.stats();
        match outcome {
            Outcome::Admitted => {
                assert!(!is_stale && value.bytes <= MAX_ENTRY);
                self.known.insert(key, Known { value, born });
                let all = stats.resident.total() + stats.pinned;
                assert!(all <= self.budget, "{all} of {}", self.budget);
            }
            Outcome::Invalidated => assert!(is_stale),
            Outcome::TooLarge => assert!(!is_stale && value.bytes > MAX_ENTRY),
            _ => {
                // It is held while this looks, and so is on the ledger itself.
                assert!(!is_stale && value.bytes <= MAX_ENTRY);
                let all = stats.resident.total() + stats.pinned;
                assert!(all > self.budget, "there was room");
            }
        }
    }

    fn look(&mut self, wait: u8) {
        let Some((mut wait, born)) = take(&mut self.waits, wait) else { return };
        match Pin::new(&mut wait).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Waited::Load(load)) => {
                let is_stale = load.is_stale();
                self.loads.push((load, born, is_stale));
            }
            Poll::Ready(Waited::Value(_) | Waited::Declined) => {}
            Poll::Pending => self.waits.push((wait, born)),
        }
    }

    fn forget(&mut self, judge: impl Fn(u32) -> bool) {
        self.known.retain(|&key, _| !judge(key));
        for (load, _, is_stale) in &mut self.loads {
            *is_stale |= judge(*load.key());
        }
    }

    fn update(&mut self, held: u8, size: Size) {
        let Some((key, current)) = take(&mut self.held, held) else { return };
        let value = self.value(size);
        let was_resident = current.is_resident();
        match self.cache.update(&key, &current, value) {
            Some(next) => {
                assert!(was_resident && value.bytes <= MAX_ENTRY);
                let known = self.known.get_mut(&key).expect("an update brings nothing back");
                known.value = value;
                assert_eq!(next.hits(), current.hits());
            }
            None if was_resident && value.bytes <= current.bytes => {
                let stats = self.cache.stats();
                assert!(stats.pinned > 0, "what is smaller fits");
            }
            None => {}
        }
    }

    /// What holds after every step.
    fn check(&self) {
        let stats = self.cache.stats();
        assert!(stats.resident.total() <= self.budget, "{stats:?}");
        assert_eq!(stats.budget, self.budget);
        let mut outside: Vec<&Held<Value>> = Vec::new();
        for (_, held) in &self.held {
            if !held.is_resident() && !outside.iter().any(|other| other.ptr_eq(held)) {
                outside.push(held);
            }
        }
        let pinned: u64 = outside.iter().map(|held| held.weight().total()).sum();
        // Those who wait and haven't looked hold values, too.
        if self.waits.is_empty() {
            assert_eq!(stats.pinned, pinned);
        } else {
            assert!(stats.pinned >= pinned);
        }
    }

    /// When all is let go, the ledger is what the entries weigh, and then nothing.
    fn end(mut self) {
        self.waits.clear();
        self.loads.clear();
        self.held.clear();
        let entries = self.cache.hottest(100);
        assert_eq!(self.cache.stats().entries, entries.len() as u64);
        assert_eq!(self.cache.stats().pinned, 0);
        let mut fresh = Vec::new();
        for (key, hits) in entries {
            if let Some(held) = self.cache.get(&key) {
                self.judge(key, &held);
                assert_eq!(held.hits(), hits + 1);
                fresh.push(held);
            }
        }
        self.cache.expire();
        let weight: u64 = fresh.iter().map(|held| held.weight().total()).sum();
        assert_eq!(self.cache.stats().resident.total(), weight);
        let fresh = { fresh }.len();
        assert_eq!(self.cache.invalidate_all(), fresh, "no load was left behind");
        let stats = self.cache.stats();
        assert_eq!((stats.entries, stats.resident.total(), stats.pinned), (0, 0, 0));
    }
}

fn take<T>(all: &mut Vec<T>, number: u8) -> Option<T> {
    let place = usize::from(number).checked_rem(all.len())?;
    Some(all.remove(place))
}
