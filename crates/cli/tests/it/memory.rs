//! What a real server takes of the machine's memory, while far more is asked for than its cache may hold.
//! `CATZILLA_STRESS_SECONDS=120` walks that long; without it, some seconds.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use catzilla_testkit::raw_client::RawClient;

use crate::command::{Running, serve, text};

const MIB: u64 = 1 << 20;
const BUDGET: u64 = 64 * MIB;
/// What the process may take besides: its code, its connections, what is under way, what the allocator hasn't given
/// back yet. The aim is 40 MiB, and 42 were measured (docs/limits.md); code that isn't optimised is larger, and on a busy
/// machine more is under way at once.
const BESIDES: u64 = if cfg!(debug_assertions) { 64 } else { 48 } * MIB;
/// What encoders take besides: less than they may, 128 MiB.
const ENCODERS: u64 = if cfg!(debug_assertions) { 128 } else { 64 } * MIB;
const WALKERS: u64 = 4;
const SLOW: usize = 12;
/// Files up to this size come into memory; slow readers ask for those of at least half of it.
const MAX_FILE: u64 = 10 * MIB;

/// Where the documentation of the toolchain is: 780 MB in 52,000 files. CI has it.
fn documentation() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    let path = Path::new(str::from_utf8(&output.stdout).ok()?.trim()).join("share/doc/rust/html");
    if path.is_dir() {
        return Some(path);
    }
    let why = "the toolchain has no documentation: rustup component add rust-docs";
    assert!(std::env::var_os("CATZILLA_CI").is_none(), "required in CI: {why}");
    say(&format!("skipped: {why}"));
    None
}

#[expect(clippy::print_stderr, reason = "whoever reads the log of a test should know")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// Paths as they are asked for, with the sizes of the files.
fn files(root: &Path) -> Vec<(String, u64)> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
            if metadata.is_dir() {
                folders.push(path);
            } else if !name.split('/').any(|name| name.starts_with('.')) {
                let encoded = |byte: u8| {
                    if is_plain(byte) {
                        char::from(byte).to_string()
                    } else {
                        format!("%{byte:02X}")
                    }
                };
                files.push((
                    format!("/{}", name.bytes().map(encoded).collect::<String>()),
                    metadata.len(),
                ));
            }
        }
    }
    files.sort();
    files
}

/// What a process has in memory: its resident pages but for shared ones, and all pages of its memory files, mapped or
/// not.
fn memory(server: &Running) -> u64 {
    let process = PathBuf::from(format!("/proc/{}", server.id()));
    let status = fs::read_to_string(process.join("status")).expect("it runs");
    let field = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(process.join("fd")).unwrap().flatten() {
        // It may be closed by now.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        if target.to_string_lossy().starts_with("/memfd:")
            && let Ok(metadata) = fs::metadata(entry.path())
        {
            files.insert(metadata.ino(), metadata.blocks() * 512);
        }
    }
    field("VmRSS:") - field("RssShmem:") + files.values().sum::<u64>()
}

fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    (*state >> 33) as usize
}

fn request(path: &str, accept: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {accept}\r\n\r\n")
}

fn walk(
    server: &Running,
    files: &[(String, u64)],
    codings: &[&str],
    seed: u64,
    walked: &AtomicU64,
    is_over: &AtomicBool,
) {
    let mut client = RawClient::connect(server.address()).unwrap();
    let mut state = seed;
    while !is_over.load(Ordering::Relaxed) {
        let (path, len) = &files[next(&mut state) % files.len()];
        let accept = codings[next(&mut state) % codings.len()];
        client.send(request(path, accept)).unwrap();
        let answer = client.read_response().unwrap();
        assert_eq!(answer.status(), Some(200), "{path}");
        assert!(accept != "identity" || answer.body.len() as u64 == *len, "{path}");
        walked.fetch_add(*len, Ordering::SeqCst);
    }
}

/// Asks for what is large, takes nothing of it for a while, and leaves; again and again.
fn dawdle(server: &Running, files: &[(String, u64)], is_over: &AtomicBool) {
    let large: Vec<_> =
        files.iter().filter(|(_, len)| (MAX_FILE / 2..=MAX_FILE).contains(len)).collect();
    assert!(!large.is_empty(), "nothing is large");
    let mut round = 0;
    while !is_over.load(Ordering::Relaxed) {
        let slow = (0..SLOW).map(|n| {
            let mut client = RawClient::connect(server.address()).unwrap();
            let (path, _) = large[(round + n) % large.len()];
            client.send(request(path, "identity")).unwrap();
            client
        });
        let slow: Vec<_> = slow.collect();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(3) && !is_over.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(50));
        }
        drop(slow);
        round += SLOW;
    }
}

#[test]
fn a_walk_over_a_site_that_is_far_larger_takes_the_budget_and_little_more() {
    check(&["identity"], BUDGET + BESIDES);
}

#[test]
fn with_every_page_compressed_encoders_take_what_is_theirs_besides() {
    check(&["identity", "gzip", "br", "zstd"], BUDGET + BESIDES + ENCODERS);
}

#[track_caller]
fn check(codings: &[&str], bound: u64) {
    let Some(root) = documentation() else { return };
    let files = files(&root);
    let size: u64 = files.iter().map(|(_, len)| len).sum();
    assert!(size > 8 * BUDGET, "{size} bytes are few");
    let seconds = std::env::var("CATZILLA_STRESS_SECONDS").ok();
    let seconds =
        seconds.map_or(12, |text| text.parse().expect("CATZILLA_STRESS_SECONDS: seconds"));

    let server =
        serve(&[text(&root), "-p", "0", "--cache-size", "64MiB", "--cache-max-file", "10MiB"]);
    let is_over = AtomicBool::new(false);
    let (walking, walked, mut most) = (AtomicUsize::new(WALKERS as usize), AtomicU64::new(0), 0);
    std::thread::scope(|scope| {
        for seed in 1..=WALKERS {
            let (server, files, is_over) = (&server, &files, &is_over);
            let (walking, walked) = (&walking, &walked);
            scope.spawn(move || {
                let walk = || walk(server, files, codings, seed, walked, is_over);
                let ended = std::panic::catch_unwind(walk);
                walking.fetch_sub(1, Ordering::SeqCst);
                ended.expect("it walks");
            });
        }
        scope.spawn(|| dawdle(&server, &files, &is_over));
        let began = Instant::now();
        // On a busy machine it takes longer to walk as far as matters.
        let is_far = || walked.load(Ordering::SeqCst) > 2 * BUDGET;
        let is_enough = |time: Duration| {
            time > Duration::from_secs(seconds) && (is_far() || time > Duration::from_secs(100))
        };
        // Whoever has ended has failed.
        while !is_enough(began.elapsed()) && walking.load(Ordering::SeqCst) == WALKERS as usize {
            most = most.max(memory(&server));
            std::thread::park_timeout(Duration::from_millis(10));
        }
        is_over.store(true, Ordering::SeqCst);
    });
    let walked = walked.load(Ordering::SeqCst);
    say(&format!("{codings:?}: {} MiB asked for, at most {} MiB taken", walked / MIB, most / MIB));
    assert!(walked > BUDGET, "{walked} bytes are few");
    assert!(most <= bound, "{} MiB", most / MIB);
}
