//! What is done beside the requests, while the disk of one mount hangs.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use catzilla_path_security::Identity;
use catzilla_server::{CacheConfig, Fs, HostFs, Memory, MemoryReading, MountConfig};

use crate::gate::Gate;
use crate::site::{Site, TestClock, eventually, write};

/// Whoever looks at a folder of this name waits.
const HANGS: &str = "hangs";

#[derive(Debug, Clone, Default)]
struct Looks(Arc<State>);

#[derive(Debug, Default)]
struct State {
    gate: Gate,
    /// Looks at other folders.
    others: AtomicUsize,
}

impl Fs for Looks {
    fn folder(&self, path: &Path) -> io::Result<Identity> {
        if path.ends_with(HANGS) {
            self.0.gate.pass();
        } else {
            self.0.others.fetch_add(1, Ordering::SeqCst);
        }
        HostFs.folder(path)
    }
}

/// So many parts of 32 are free.
#[derive(Debug, Clone)]
struct Parts(Arc<AtomicU64>);

impl Memory for Parts {
    fn read(&self) -> Option<MemoryReading> {
        Some(MemoryReading { free: self.0.load(Ordering::SeqCst), total: 32 })
    }
}

#[test]
fn a_mount_that_hangs_holds_up_nothing_but_itself() {
    const BUDGET: u64 = 1 << 20;
    let (fs, clock, parts) = (Looks::default(), TestClock::default(), Parts(Arc::default()));
    parts.0.store(32, Ordering::SeqCst);
    let looks = Arc::clone(&fs.0);
    let dir = tempfile::tempdir().unwrap();
    let hung = dir.path().join(HANGS);
    write(&hung.join("a.txt"), b"old");
    let cache = CacheConfig::new().size(BUDGET).time_to_live(Some(Duration::from_secs(10)));
    let site = Site::with(
        &[("a.txt", b"old")],
        |server| {
            let server = server.mount(MountConfig::new("/hung", &hung)).memory(parts.clone());
            server.cache(cache).fs(fs).clock(clock.clone())
        },
        |mount| mount,
    );
    looks.gate.wait_for(1);
    let stats = || site.handle.cache_stats().unwrap();

    // Another folder where one stood.
    fs::remove_dir_all(site.path("")).unwrap();
    write(&site.path("a.txt"), b"new");
    let seen = eventually(|| (site.get("/a.txt").body == b"new").then_some(()));
    assert!(seen.is_some(), "the folder is opened again");
    // Too old, and nobody asks.
    let held = || (site.get("/a.txt").body == b"new" && stats().entries == 1).then_some(());
    assert!(eventually(held).is_some());
    clock.0.advance(Duration::from_mins(2));
    assert!(eventually(|| (stats().entries == 0).then_some(())).is_some(), "the cache is swept");
    // Little memory is left.
    parts.0.store(1, Ordering::SeqCst);
    let half = || (stats().budget == BUDGET / 2).then_some(());
    assert!(eventually(half).is_some(), "memory is given back");

    // However often the other is looked at, one look waits here.
    let before = looks.others.load(Ordering::SeqCst);
    let often = || (looks.others.load(Ordering::SeqCst) > before + 5).then_some(());
    assert!(eventually(often).is_some());
    assert_eq!(looks.gate.waiting(), 1);
    fs::rename(&hung, dir.path().join("before")).unwrap();
    write(&hung.join("a.txt"), b"new");
    looks.gate.open();
    let seen = eventually(|| (site.get("/hung/a.txt").body == b"new").then_some(()));
    assert!(seen.is_some(), "when it answers again, it is looked after as before");
}
