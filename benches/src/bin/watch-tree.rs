//! What it takes to watch a tree: `watch-tree FOLDER [RENAMES]`.
//!
//! Prints how long it takes until all of the folder is watched, how much memory that is, and how long it takes from
//! the rename of a file until the sink is called, median and 99th of a hundred.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use catzilla_file_watcher::{Change, RootId, Watcher};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("which folder?")?;
    let renames = arguments.next().map_or(Ok(10_000), |renames| renames.parse())?;
    tree(Path::new(&folder))?;
    latency(renames)
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn tree(folder: &Path) -> Result<()> {
    let (folders, files) = count(folder)?;
    // The first one shows the memory, which is kept when it is dropped; the second one the time, with names that are
    // in the kernel's cache.
    let before = resident()?;
    let first = start(folder)?;
    let bytes = resident()?.saturating_sub(before);
    drop(first);
    let now = Instant::now();
    let watcher = start(folder)?;
    let time = now.elapsed();
    let coverage = watcher.coverage(RootId::FIRST);
    println!("{folders} folders with {files} files: {coverage}");
    println!("watched after {time:.1?}; {} bytes per folder in the process", bytes / folders);
    let now = Instant::now();
    drop(watcher);
    println!("dropped after {:.1?}", now.elapsed());
    Ok(())
}

fn start(folder: &Path) -> Result<Watcher> {
    Ok(Watcher::builder().root(folder).start(|_: Change| {})?)
}

fn count(folder: &Path) -> Result<(usize, usize)> {
    let (mut folders, mut files) = (1, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let (more_folders, more_files) = count(&entry.path())?;
            folders += more_folders;
            files += more_files;
        } else {
            files += 1;
        }
    }
    Ok((folders, files))
}

/// Bytes of this process that are in memory.
fn resident() -> Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let kib: usize = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn latency(renames: usize) -> Result<()> {
    ensure!(renames > 0, "at least one rename");
    let place = tempfile::tempdir()?;
    let names = ["a", "b"].map(|name| place.path().join(name));
    fs::write(&names[0], "")?;
    let (sender, called) = mpsc::channel();
    let _watcher = Watcher::builder().root(place.path()).start(move |change: Change| {
        let _ = sender.send((change.path, Instant::now()));
    })?;
    let mut times: Vec<Duration> = Vec::with_capacity(renames);
    for n in 0..renames {
        let (from, to) = (&names[n % 2], &names[(n + 1) % 2]);
        // The watcher's thread sleeps again by then, as it does before most changes.
        while called.recv_timeout(Duration::from_micros(200)).is_ok() {}
        let now = Instant::now();
        fs::rename(from, to)?;
        let (_, at) = called.recv()?;
        times.push(at.saturating_duration_since(now));
    }
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("from rename to sink: median {:.1?}, 99th of a hundred {:.1?}", at(50), at(99));
    Ok(())
}
