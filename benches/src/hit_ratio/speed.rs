//! How long a lookup takes that finds something.

use std::hint::black_box;
use std::io::Write;
use std::sync::Barrier;
use std::time::Instant;

use anyhow::Result;
use fastrand::Rng;

use super::Options;
use super::caches::{CACHES, Cache};
use super::trace::Zipf;

/// Entries that are in the cache.
const ENTRIES: u64 = 10_000;

/// Lookups per thread and round.
const LOOKUPS: usize = 2_000_000;

pub(super) fn report(options: &Options, out: &mut impl Write) -> Result<()> {
    let zipf = Zipf::new(ENTRIES, 0.9);
    let mut rng = Rng::with_seed(4);
    let keys: Vec<u64> = (0..1 << 16).map(|_| zipf.draw(&mut rng)).collect();
    let caches: Vec<(&str, Box<dyn Cache>)> =
        CACHES.iter().map(|&(name, make)| (name, make(ENTRIES << 20, ENTRIES as usize))).collect();
    for (_, cache) in &caches {
        // Twice: moka looks at what it has been given later.
        for key in (0..ENTRIES).chain(0..ENTRIES) {
            cache.access(key, 4096);
        }
    }
    writeln!(out, "| get, found | 1 thread | 2 threads, different keys | 2 threads, one key |")?;
    writeln!(out, "|---|---|---|---|")?;
    // Rounds are interleaved: nobody has the good minute of the machine to itself.
    let mut times = vec![[const { Vec::new() }; 3]; caches.len()];
    for _ in 0..options.rounds {
        for ((_, cache), times) in caches.iter().zip(&mut times) {
            times[0].push(lookup(&**cache, 1, &keys));
            times[1].push(lookup(&**cache, 2, &keys));
            times[2].push(lookup(&**cache, 2, &[7]));
        }
    }
    for ((name, _), times) in caches.iter().zip(&mut times) {
        let [one, two, same] = times;
        let cells = [median(one), median(two), median(same)];
        writeln!(out, "| {name} | {:.1} ns | {:.1} ns | {:.1} ns |", cells[0], cells[1], cells[2])?;
    }
    Ok(())
}

/// Nanoseconds per lookup on each of so many threads.
fn lookup(cache: &dyn Cache, threads: usize, keys: &[u64]) -> f64 {
    let start = Barrier::new(threads);
    let work = |thread: usize| {
        start.wait();
        let begin = Instant::now();
        let found = keys.iter().cycle().skip(thread * 1000).take(LOOKUPS);
        let found = found.filter(|&&key| black_box(cache.get(key))).count();
        assert_eq!(found, LOOKUPS, "all of it is in the cache");
        begin.elapsed().as_nanos() as f64 / LOOKUPS as f64
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|n| scope.spawn(move || work(n))).collect();
        let times = threads.into_iter().map(|thread| thread.join().expect("nothing in it fails"));
        times.fold(0.0, f64::max)
    })
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
