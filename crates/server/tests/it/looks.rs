//! Looks at files that are held: who looks, what is answered meanwhile, and what a look that fails means.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

use catzilla_path_security::{OpenError, Opened, RequestPath, Root};
use catzilla_server::{CacheConfig, Freshness, Fs, HostFs, Invalidation, Wait};

use crate::client::Client;
use crate::gate::Gate;
use crate::site::{Site, TestClock, eventually, write};

const INTERVAL: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Default)]
struct Looks(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Where whoever opens a file waits.
    gate: Option<Gate>,
    /// What opening fails with, unless zero.
    errno: AtomicI32,
    opens: AtomicUsize,
}

impl Fs for Looks {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        if let Some(gate) = &self.0.gate {
            if wait == Wait::Never {
                return Err(OpenError::WouldBlock);
            }
            if !path.as_str().starts_with("free") {
                gate.pass();
            }
        }
        self.0.opens.fetch_add(1, Ordering::SeqCst);
        match self.0.errno.load(Ordering::SeqCst) {
            0 => HostFs.open(root, path, wait),
            errno => Err(OpenError::Io(io::Error::from_raw_os_error(errno))),
        }
    }
}

struct Scene {
    site: Site,
    looks: Arc<State>,
    clock: TestClock,
}

impl Scene {
    /// A site on which `a.txt` is held.
    fn new(invalidation: Invalidation, state: State) -> Self {
        let (clock, fs) = (TestClock::default(), Looks(Arc::new(state)));
        let looks = Arc::clone(&fs.0);
        let cache = CacheConfig::new().time_to_live(Some(INTERVAL * 3));
        let site = Site::with(
            &[("a.txt", b"old")],
            |server| server.clock(clock.clone()).fs(fs).cache(cache),
            |mount| mount.freshness(Freshness::new(invalidation)).cache_status(true),
        );
        assert_eq!(site.get("/a.txt").text(), "old");
        Self { site, looks, clock }
    }

    /// Lets time pass, and waits until the worker has noticed.
    fn pass(&self, time: Duration) {
        let date = || self.site.ask("POST", "/a.txt", &[]).field("date").map(str::to_owned);
        let before = date();
        self.clock.0.advance(time);
        assert!(eventually(|| (date() != before).then_some(())).is_some());
    }
}

#[test]
fn of_many_who_ask_at_once_one_looks() {
    let gate = Gate::default();
    gate.open();
    let state = State { gate: Some(gate), ..State::default() };
    let scene = Scene::new(Invalidation::Lazy { interval: INTERVAL }, state);
    let gate = scene.looks.gate.as_ref().unwrap();
    gate.close();
    write(&scene.site.path("a.txt"), b"new content");
    scene.pass(INTERVAL);
    let mut looker = ask(&scene.site, "a.txt");
    gate.wait_for(1);
    for _ in 0..20 {
        // Whoever looked as well would stand at the gate.
        let answer = scene.site.get("/a.txt");
        assert_eq!((answer.text(), answer.field("cache-status")), ("old", Some("catzilla; hit")));
    }
    // It takes so long that another looks, who may be luckier.
    let opens = scene.looks.opens.load(Ordering::SeqCst);
    scene.clock.0.advance(Duration::from_millis(60));
    let mut another = ask(&scene.site, "a.txt");
    gate.wait_for(2);
    // Nor was that one lucky: the next waits twice as long.
    scene.clock.0.advance(Duration::from_millis(60));
    assert_eq!(scene.site.get("/a.txt").text(), "old");
    scene.clock.0.advance(Duration::from_millis(60));
    let mut third = ask(&scene.site, "a.txt");
    gate.wait_for(3);
    gate.open();
    assert_eq!(looker.answer(false).text(), "new content");
    assert_eq!(another.answer(false).text(), "new content");
    assert_eq!(third.answer(false).text(), "new content");
    assert!(scene.looks.opens.load(Ordering::SeqCst) >= opens + 3);
    assert_eq!(scene.site.get("/a.txt").text(), "new content");
}

#[test]
fn looks_at_a_disk_that_hangs_leave_the_pool_to_others() {
    let fs = Looks(Arc::new(State { gate: Some(Gate::default()), ..State::default() }));
    let (looks, clock) = (Arc::clone(&fs.0), TestClock::default());
    let gate = looks.gate.as_ref().unwrap();
    gate.open();
    let names: Vec<_> = (0..30).map(|n| format!("{n}.txt")).collect();
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b"old"[..])).collect();
    files.push(("free.txt", b"from a disk that answers"));
    let freshness = Freshness::new(Invalidation::Lazy { interval: INTERVAL });
    let site = Site::with(
        &files,
        |server| server.clock(clock.clone()).fs(fs),
        |mount| mount.freshness(freshness),
    );
    for name in &names {
        assert_eq!(site.get(&format!("/{name}")).text(), "old");
    }
    gate.close();
    clock.0.advance(INTERVAL);
    let (looking, believing) = names.split_at(8);
    let mut hanging: Vec<_> = looking.iter().map(|name| ask(&site, name)).collect();
    gate.wait_for(looking.len());
    for name in believing {
        assert_eq!(site.get(&format!("/{name}")).text(), "old", "{name}");
    }
    // There are sixteen threads, of which one is free for this.
    assert_eq!(site.get("/free.txt").text(), "from a disk that answers");
    gate.open();
    for client in &mut hanging {
        assert_eq!(client.answer(false).text(), "old");
    }
}

fn ask(site: &Site, name: &str) -> Client {
    let mut client = site.connect();
    client.send(format!("GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    client
}

#[test]
fn a_look_that_fails_says_nothing_about_the_file() {
    for (errno, kept) in [(24, true), (23, true), (12, true), (5, true), (0, false)] {
        let scene = Scene::new(Invalidation::Lazy { interval: INTERVAL }, State::default());
        std::fs::remove_file(scene.site.path("a.txt")).unwrap();
        scene.looks.errno.store(errno, Ordering::SeqCst);
        let opens = scene.looks.opens.load(Ordering::SeqCst);
        scene.pass(INTERVAL);
        assert_eq!(scene.site.get("/a.txt").status, if kept { 200 } else { 404 }, "{errno}");
        if kept {
            assert_eq!(scene.site.get("/a.txt").status, 200, "until the next look");
            assert_eq!(scene.looks.opens.load(Ordering::SeqCst), opens + 1, "{errno}");
        }
        assert_eq!(scene.site.handle.cache_stats().unwrap().entries, u64::from(kept), "{errno}");
    }
}

#[test]
fn what_was_found_old_is_said_to_have_been_stale() {
    for (invalidation, time) in
        [(Invalidation::Lazy { interval: INTERVAL }, INTERVAL), (Invalidation::Ttl, INTERVAL * 3)]
    {
        let scene = Scene::new(invalidation, State::default());
        write(&scene.site.path("a.txt"), b"new content");
        scene.pass(time);
        let answer = scene.site.get("/a.txt");
        assert_eq!(answer.text(), "new content", "{invalidation}");
        assert_eq!(answer.field("cache-status"), Some("catzilla; fwd=stale; stored"));
        assert_eq!(scene.site.get("/a.txt").field("cache-status"), Some("catzilla; hit"));
    }
}
