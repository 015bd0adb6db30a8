//! Files that are rewritten, cut and appended to in place, over and over: what docs/guarantees.md promises for that,
//! and no more.
//!
//! A body of strong name is exactly one version. What is mixed has a weak name, or comes of sendfile, or is cut.

use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use catzilla_server::{CacheConfig, ServerBuilder};

use crate::client::Client;
use crate::site::{Site, eventually};

/// Each line says of which version it is.
const LINE: usize = 16;

/// How long a file is left alone now and then: longer than it is racy.
const QUIET: Duration = Duration::from_millis(2_300);

fn content(version: u64, lines: usize) -> Vec<u8> {
    format!("{version:015}\n").repeat(lines).into_bytes()
}

/// The version of every line of a body, whole lines only; `None` for one that the kernel has blanked, even in part.
fn versions(body: &[u8]) -> Vec<Option<u64>> {
    let version = |line: &[u8]| {
        if line.contains(&0) {
            return None;
        }
        // A writer may have been met in the middle of a line: its digits are those of two numbers.
        Some(std::str::from_utf8(&line[..LINE - 1]).expect("text").parse().expect("a number"))
    };
    body.chunks_exact(LINE).map(version).collect()
}

/// Beside the version that is announced: it is being written, however long the writer has to wait for a core.
const WRITING: u64 = 1 << 63;

/// A writer that is held up in the middle of a version for longer than a file is racy, by a disk that others keep busy,
/// leaves a file that looks finished: nobody promises anything for that.
const HELD_UP: Duration = Duration::from_millis(1_500);

/// Rewrites a file in all ways there are, in bursts, with quiet times between them.
fn rewrite(path: &Path, lines: usize, announced: &AtomicU64, seen: &Seen, stop: &AtomicBool) {
    let mut version = announced.load(Ordering::SeqCst);
    while !stop.load(Ordering::SeqCst) {
        for _ in 0..100 {
            version += 1;
            announced.store(version | WRITING, Ordering::SeqCst);
            let begin = Instant::now();
            let new = content(version, lines + (version % 5) as usize);
            let open = || File::options().write(true).open(path).unwrap();
            match version % 4 {
                // Over what is there, in one go, then to its length.
                0 => {
                    let mut file = open();
                    file.write_all(&new).unwrap();
                    file.set_len(new.len() as u64).unwrap();
                }
                // Emptied first, as an editor does.
                1 => fs::write(path, &new).unwrap(),
                // In pieces, with time between them.
                2 => {
                    let mut file = open();
                    file.set_len(new.len() as u64).unwrap();
                    for piece in new.chunks(new.len() / 3) {
                        file.write_all(piece).unwrap();
                        std::thread::yield_now();
                    }
                }
                // Cut, then appended to.
                _ => {
                    open().set_len((lines / 2 * LINE) as u64).unwrap();
                    fs::write(path, &new).unwrap();
                }
            }
            if begin.elapsed() > HELD_UP {
                seen.held_up.lock().unwrap().push(version);
            }
            announced.store(version, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(1));
        }
        // What was written is complete now, and will stay for a while: it may be held.
        let begin = Instant::now();
        while begin.elapsed() < QUIET && !stop.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// How long a run goes on at the most to see what it has to.
const PATIENCE: Duration = Duration::from_secs(100);

#[derive(Debug, Default)]
struct Seen {
    strong: AtomicU64,
    weak: AtomicU64,
    mixed: AtomicU64,
    cut: AtomicU64,
    changing: AtomicU64,
    /// Versions whose writer was held up.
    held_up: Mutex<Vec<u64>>,
    /// Which versions were announced before and after what was mixed under a strong name.
    wrong: Mutex<Vec<(u64, u64)>>,
}

impl Seen {
    /// What was mixed under a strong name although no writer was held up.
    fn wrong(&self) -> Vec<(u64, u64)> {
        let held_up = self.held_up.lock().unwrap();
        let mut wrong = self.wrong.lock().unwrap().clone();
        wrong.retain(|(first, last)| !held_up.iter().any(|it| (first..=last).contains(&it)));
        wrong
    }
}

/// How the bytes got to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Cache,
    /// A copy of what was read.
    File,
    /// Pages, which show what is written into them.
    Sendfile,
}

fn read(address: SocketAddr, from: From, announced: &AtomicU64, seen: &Seen, stop: &AtomicBool) {
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::SeqCst);
    let mut client = Client::connect(address);
    let mut last_seen = (0, Instant::now());
    while !stop.load(Ordering::SeqCst) {
        let before = announced.load(Ordering::SeqCst);
        client.send("GET /file.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let answer = match client.try_answer(false) {
            Ok(answer) => answer,
            Err(came) => {
                assert_ne!(from, From::Cache, "what is held is never cut");
                assert!(came.is_empty() || came.starts_with(b"HTTP/1.1 200 "), "cut, after a head");
                count(&seen.cut);
                client = Client::connect(address);
                continue;
            }
        };
        if answer.status == 503 {
            assert_eq!(answer.field("retry-after"), Some("1"));
            count(&seen.changing);
            continue;
        }
        assert_eq!(answer.status, 200);
        let is_weak = answer.field("etag").expect("a tag").starts_with("W/");
        count(if is_weak { &seen.weak } else { &seen.strong });
        let versions = versions(&answer.body);
        // Without sendfile a change of the last 64 KiB that the file system's clock doesn't show is seen by nobody.
        let checked = match from {
            From::File => versions.len().saturating_sub(64 * 1024 / LINE),
            From::Cache | From::Sendfile => versions.len(),
        };
        let checked = &versions[..checked];
        if checked.windows(2).any(|pair| pair[0] != pair[1]) || checked.contains(&None) {
            count(&seen.mixed);
            if !is_weak && from != From::Sendfile {
                let after = announced.load(Ordering::SeqCst);
                seen.wrong.lock().unwrap().push((before & !WRITING, after & !WRITING));
            }
        }
        // Of a burst nothing is held: a second after its end nothing comes of the time before.
        if last_seen.0 != before {
            last_seen = (before, Instant::now());
        }
        let is_quiet = announced.load(Ordering::SeqCst) == before
            && before & WRITING == 0
            && last_seen.1.elapsed() > Duration::from_secs(1);
        if is_quiet && !is_weak && from == From::Cache {
            assert!(versions.iter().all(|version| *version == Some(before)), "stale: {before}");
        }
    }
}

fn run(
    from: From,
    lines: usize,
    server: impl FnOnce(ServerBuilder) -> ServerBuilder,
    has_seen_enough: impl Fn(&Seen) -> bool,
) -> (Seen, Site) {
    let site = Site::with(&[("file.txt", &content(0, lines))], server, |mount| {
        mount.sendfile(from == From::Sendfile)
    });
    let (seen, announced, stop) = (Seen::default(), AtomicU64::new(0), AtomicBool::new(false));
    let seconds = std::env::var("CATZILLA_STRESS_SECONDS").ok();
    let length = seconds.map_or(4, |seconds| seconds.parse().expect("seconds"));
    let path: PathBuf = site.path("file.txt");
    std::thread::scope(|scope| {
        let ends = Ends(&stop);
        let mut threads = vec![scope.spawn(|| {
            let _ends = Ends(&stop);
            rewrite(&path, lines, &announced, &seen, &stop);
        })];
        for _ in 0..4 {
            threads.push(scope.spawn(|| {
                let _ends = Ends(&stop);
                read(site.address(), from, &announced, &seen, &stop);
            }));
        }
        let begin = Instant::now();
        // A busy machine takes longer to come to everything.
        let is_over = |elapsed: Duration| {
            (elapsed >= Duration::from_secs(length) && has_seen_enough(&seen))
                || elapsed >= PATIENCE.max(Duration::from_secs(length))
        };
        while !is_over(begin.elapsed()) && !stop.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(ends);
        for thread in threads {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    let wrong = seen.wrong();
    assert!(wrong.is_empty(), "{from:?}: mixed, under a strong name: versions {wrong:?}");
    // Nothing of the burst is kept: the last version comes, whole.
    let last = announced.load(Ordering::SeqCst);
    let written = fs::read(&path).unwrap();
    assert!(versions(&written).iter().all(|version| *version == Some(last)), "a writer's mistake");
    let seen_last = eventually(|| (site.get("/file.txt").body == written).then_some(()));
    assert!(seen_last.is_some(), "the last version, {last}, is never served");
    assert_eq!(site.handle.stats().panics, 0);
    (seen, site)
}

/// Ends a run, by a panic too.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn is_above(counter: &AtomicU64, least: u64) -> bool {
    counter.load(Ordering::SeqCst) > least
}

#[test]
fn what_is_held_is_one_version_or_has_a_weak_name() {
    let enough = |seen: &Seen| is_above(&seen.strong, 100) && is_above(&seen.weak, 10);
    let (seen, site) = run(From::Cache, 3_000, |server| server, enough);
    assert!(enough(&seen), "{seen:?}");
    let stats = site.handle.cache_stats().unwrap();
    assert!(stats.hits > 10, "when it was quiet it was held: {stats:?}");
}

#[test]
fn what_is_held_open_is_cut_or_has_a_weak_name() {
    let open = |server: ServerBuilder| server.cache(CacheConfig::new().max_file(10_000));
    let enough = |seen: &Seen| is_above(&seen.cut, 0) && is_above(&seen.weak, 0);
    let (seen, _) = run(From::File, 200_000, open, enough);
    assert!(enough(&seen), "{seen:?}");
}

#[test]
fn what_goes_by_sendfile_is_cut_when_the_change_is_seen() {
    let open = |server: ServerBuilder| server.cache(CacheConfig::new().max_file(10_000));
    let enough = |seen: &Seen| is_above(&seen.cut, 0);
    let (seen, _) = run(From::Sendfile, 200_000, open, enough);
    assert!(enough(&seen), "{seen:?}");
}

#[test]
fn without_a_cache_what_is_small_is_read_as_one() {
    let enough = |seen: &Seen| is_above(&seen.weak, 10);
    let (seen, _) = run(From::Cache, 400, ServerBuilder::no_cache, enough);
    assert!(enough(&seen), "{seen:?}");
}
