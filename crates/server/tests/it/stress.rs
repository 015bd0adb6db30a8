//! Never stale, never torn: writers replace, delete and recreate files and folders while readers judge every answer.
//!
//! By default each run takes a few seconds and allows two more than was promised, for a machine that is busy with
//! other tests. `CATZILLA_STRESS_SECONDS=120` runs that long, and takes the promise at its word: 200 ms.

mod file;
mod history;
mod overflow;
mod reader;
mod writer;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use catzilla_server::{CacheConfig, Freshness, Invalidation};

use crate::site::Site;
use file::{File, Group, Times};
use reader::{Known, Reader};
use writer::Writer;

/// Larger files are held open, not in memory.
const MAX_FILE: u64 = 256 * 1024;

const READERS: u64 = 6;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

fn groups() -> Vec<Group> {
    let one = |number, name: &str, times, len, pause| {
        Group::new(None, vec![File::new(number, name, times, len)], pause)
    };
    let with_company = |number, name: &str, times, len, pause| {
        Group::new(None, vec![File::new(number, name, times, len).with_sidecars()], pause)
    };
    vec![
        one(0, "same.bin", Times::Same, 3_000, 20),
        one(1, "deep/er/same.txt", Times::Same, 100_000, 60),
        with_company(2, "app.js", Times::Dated, 5_000, 50),
        with_company(3, "css/site.css", Times::Dated, 80_000, 150),
        one(4, "large.bin", Times::Dated, 2 * MAX_FILE as usize, 100),
        one(5, "fresh.txt", Times::Fresh, 2_000, 40),
        one(6, "index.html", Times::Dated, 1_500, 10),
        with_company(7, "rare.html", Times::Same, 20_000, 700),
        Group::new(
            Some("docs"),
            vec![
                File::new(8, "docs/index.html", Times::Dated, 2_000),
                File::new(9, "docs/a/b/page.html", Times::Dated, 90_000),
                File::new(10, "docs/a/same.bin", Times::Same, 700),
                File::new(11, "docs/large.bin", Times::Dated, 2 * MAX_FILE as usize),
            ],
            150,
        ),
    ]
}

/// How long a run takes, and how late a change may be seen.
fn length_and_slack() -> (Duration, Duration) {
    let seconds = std::env::var("CATZILLA_STRESS_SECONDS").ok();
    match seconds.map(|seconds| seconds.parse().expect("CATZILLA_STRESS_SECONDS: seconds")) {
        Some(seconds) => (Duration::from_secs(seconds), Duration::from_millis(200)),
        None => (Duration::from_secs(3), Duration::from_secs(2)),
    }
}

/// Writers and readers at work, under one way of finding out about changes. `within` is what that way promises by
/// itself.
fn stress(invalidation: Invalidation, time_to_live: Option<Duration>, within: Duration) {
    let (length, slack) = length_and_slack();
    let bound = within + slack;
    let site = Site::with(
        &[],
        |server| {
            let cache =
                CacheConfig::new().max_file(MAX_FILE).time_to_live(time_to_live).improve_after(3);
            server.cache(cache).threads(NonZeroUsize::new(2).unwrap())
        },
        |mount| mount.freshness(Freshness::new(invalidation)),
    );
    let groups = groups();
    let mut writers: Vec<_> = groups
        .iter()
        .enumerate()
        .map(|(number, group)| {
            let beside = site.dir.path().join(format!("beside-{number}"));
            let mut writer = Writer {
                group,
                site: site.path(""),
                beside,
                random: Random(0x9e37_79b9_7f4a_7c15 ^ number as u64),
            };
            writer.prepare();
            writer
        })
        .collect();
    let (known, stop) = (Known::default(), AtomicBool::new(false));
    let reader = |number: u64| Reader {
        groups: &groups,
        address: site.address(),
        known: &known,
        bound,
        random: Random(0xd1b5_4a32_d192_ed03 ^ number),
    };
    std::thread::scope(|scope| {
        // A reader that has found something ends the run.
        let ends = Ends(&stop);
        let mut threads = Vec::new();
        for writer in &mut writers {
            let stop = &stop;
            threads.push(scope.spawn(move || {
                let _ends = Ends(stop);
                writer.run(stop);
            }));
        }
        for number in 0..READERS {
            let (stop, mut reader) = (&stop, reader(number));
            threads.push(scope.spawn(move || {
                let _ends = Ends(stop);
                reader.run(stop);
            }));
        }
        let begin = Instant::now();
        // On a busy machine it takes longer until enough has happened.
        let is_over =
            || begin.elapsed() > length && (known.is_enough() || begin.elapsed() > 20 * length);
        while !is_over() && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(ends);
        for thread in threads {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    std::thread::sleep(bound);
    reader(0).last_look();
    judge_run(&site, &known);
}

/// A run in which something never happened proves nothing about it.
fn judge_run(site: &Site, known: &Known) {
    assert!(known.is_enough(), "hardly any of something: {known}");
    let (stats, cache) = (site.handle.stats(), site.handle.cache_stats().unwrap());
    assert!(cache.hits > 100, "it wasn't the cache that was tested: {cache:?}");
    assert!(stats.sendfile_operations > 0, "nothing was sent from a file");
    assert_eq!((stats.panics, stats.server_error, stats.cut_short), (0, 0, 0));
    if std::env::var_os("CATZILLA_STRESS_SECONDS").is_some() {
        #[expect(clippy::print_stderr, reason = "whoever asks for a long run wants to know")]
        {
            eprintln!("{known}\n{cache:?}");
        }
    }
}

/// Ends a run, by a panic too.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn by_events_nothing_is_stale_or_torn() {
    stress(Invalidation::Immediate, None, Duration::ZERO);
}

#[test]
fn lazily_nothing_is_torn_or_older_than_the_interval() {
    let interval = Duration::from_millis(300);
    stress(Invalidation::Lazy { interval }, None, interval);
}

#[test]
fn by_time_alone_nothing_is_torn_or_older_than_its_time_to_live() {
    let time = Duration::from_millis(400);
    stress(Invalidation::Ttl, Some(time), time);
}
