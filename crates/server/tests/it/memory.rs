//! What the cache weighs while more is asked for than it may hold, and slow readers hold on to what they have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use catzilla_server::{CacheConfig, CacheStats, Memory, MemoryReading};

use crate::client::Client;
use crate::site::{Site, eventually, noise};

const BUDGET: u64 = 8 << 20;
const FILES: u64 = 150;
const WALKERS: u64 = 4;
const STEPS: u64 = 300;
const SLOW: usize = 8;

/// From 4 to 800 KB: 60 MB in all.
fn len(file: u64) -> usize {
    4_000 + (file * 7_919 % 797_000) as usize
}

/// What slow readers ask for: more than a socket takes.
const SLOW_LEN: usize = 7_000_000;

/// What an entry weighs beside its content, at the most.
const OVERHEAD: u64 = 2_000;

/// As much memory as a test says, of 32 parts.
#[derive(Debug, Clone, Default)]
struct Parts(Arc<AtomicU64>);

impl Memory for Parts {
    fn read(&self) -> Option<MemoryReading> {
        Some(MemoryReading { free: self.0.load(Ordering::SeqCst), total: 32 })
    }
}

#[test]
fn when_memory_runs_short_half_of_the_cache_is_given_back_until_there_is_more() {
    const HALF: u64 = BUDGET / 2;
    let contents: Vec<_> = (0..24).map(|n| (format!("{n}.bin"), noise(500_000, n))).collect();
    let files: Vec<_> = contents.iter().map(|(name, content)| (&**name, &**content)).collect();
    let parts = Parts::default();
    parts.0.store(32, Ordering::SeqCst);
    let memory = parts.clone();
    let cache = CacheConfig::new().size(BUDGET);
    let site = Site::with(&files, |server| server.cache(cache).memory(memory), |mount| mount);
    let fill = || {
        for n in 0..24 {
            assert!(site.get(&format!("/{n}.bin")).body == noise(500_000, n));
        }
        site.handle.cache_stats().unwrap().resident.total()
    };
    let budget_becomes = |budget: u64| {
        // The budget is seen before what is beyond it has gone.
        let is_so = |stats: &CacheStats| stats.budget == budget && stats.resident.total() <= budget;
        let stats = || site.handle.cache_stats().filter(is_so);
        assert!(eventually(stats).is_some(), "{:?}", site.handle.cache_stats());
    };
    assert!(fill() > HALF);
    parts.0.store(1, Ordering::SeqCst);
    budget_becomes(HALF);
    assert!(fill() <= HALF, "it doesn't grow again meanwhile");
    parts.0.store(4, Ordering::SeqCst);
    budget_becomes(BUDGET);
    assert!(fill() > HALF);
}

fn walk(site: &Site, seed: u64) {
    let mut client = site.connect();
    let mut state = seed;
    for step in 0..STEPS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let file = (state >> 33) % FILES;
        let answer = client.get(&format!("/{file}.bin"));
        assert_eq!(answer.body.len(), len(file));
        // Each body once in a while, for noise is slow to make.
        assert!(step % 10 > 0 || answer.body == noise(len(file), file), "{file}");
    }
}

#[test]
fn a_walk_over_a_large_site_stays_within_the_budget() {
    let contents: Vec<_> =
        (0..FILES).map(|file| (format!("{file}.bin"), noise(len(file), file))).collect();
    let mut files: Vec<_> = contents.iter().map(|(name, content)| (&**name, &**content)).collect();
    let slow: Vec<_> =
        (0..SLOW).map(|n| (format!("slow{n}.bin"), noise(SLOW_LEN, n as u64))).collect();
    files.extend(slow.iter().map(|(name, content)| (&**name, &**content)));
    let site =
        Site::with(&files, |server| server.cache(CacheConfig::new().size(BUDGET)), |mount| mount);
    // Slow ones ask for what fills the budget four times, read a little, and stop.
    let mut readers: Vec<Client> = Vec::new();
    for n in 0..SLOW {
        let before = site.handle.stats().bytes_sent;
        let mut client = site.connect();
        client.send(format!("GET /slow{n}.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        site.wait_for(|stats| stats.bytes_sent > before);
        readers.push(client);
    }
    let (left, most) = (AtomicUsize::new(WALKERS as usize), AtomicUsize::new(0));
    let failed = AtomicBool::new(false);
    // Beyond the budget there is only what is being loaded or sent, and one that came into memory before the slow
    // ones' share left it: whoever is slow with something large gets it from its file when there is no room.
    let largest = (0..FILES).map(len).max().unwrap() as u64;
    let held = SLOW_LEN as u64 + OVERHEAD;
    let under_way = WALKERS * (largest + OVERHEAD);
    std::thread::scope(|scope| {
        for walker in 0..WALKERS {
            let (site, left, failed) = (&site, &left, &failed);
            scope.spawn(move || {
                let walk = || walk(site, walker + 1);
                if std::panic::catch_unwind(std::panic::AssertUnwindSafe(walk)).is_err() {
                    failed.store(true, Ordering::SeqCst);
                }
                left.fetch_sub(1, Ordering::SeqCst);
            });
        }
        while left.load(Ordering::SeqCst) > 0 {
            let stats = site.handle.cache_stats().unwrap();
            assert!(stats.resident.total() <= BUDGET, "{stats:?}");
            let all = stats.resident.total() + stats.pinned;
            assert!(all <= BUDGET + held + under_way, "{stats:?}");
            most.fetch_max(stats.pinned as usize, Ordering::SeqCst);
            std::thread::yield_now();
        }
    });
    assert!(!failed.load(Ordering::SeqCst));
    assert!(most.load(Ordering::SeqCst) >= SLOW_LEN, "nobody was slow");
    assert!(site.handle.stats().sendfile_operations > 0, "nobody was answered without memory");
    for (n, client) in readers.iter_mut().enumerate() {
        assert!(client.answer(false).body == noise(SLOW_LEN, n as u64), "slow, but whole");
    }
    let free = || site.handle.cache_stats().filter(|stats| stats.pinned == 0);
    let stats = eventually(free).expect("given back when the last reader has what it asked for");
    assert!(stats.resident.total() <= BUDGET, "{stats:?}");
    // The room is there again.
    walk(&site, 99);
    let stats = site.handle.cache_stats().unwrap();
    assert!(stats.resident.total() > BUDGET / 2, "{stats:?}");
}
