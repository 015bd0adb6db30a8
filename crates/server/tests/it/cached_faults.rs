//! The cache over a file system that fails, waits or changes: what is loaded is loaded once, what goes wrong is said
//! and not kept.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use catzilla_path_security::{OpenError, Opened, RequestPath, Root};
use catzilla_server::{Fs, HostFs, Limits, ServerBuilder, Wait};

use crate::client::Client;
use crate::gate::Gate;
use crate::site::{Site, TestClock, eventually, noise, write};

/// What goes wrong, and what was done.
#[derive(Debug, Default)]
struct Faults {
    /// Who opens a file for certain waits here; workers never get one at once.
    gate: Option<Arc<Gate>>,
    /// What isn't known without waiting, by the end of its name.
    waits: Mutex<Option<&'static str>>,
    /// What may not be read, by the end of its name.
    denied: Mutex<Option<&'static str>>,
    /// A file that gets longer with each read, so many times.
    grows: Mutex<Option<(PathBuf, usize)>>,
    broken: AtomicBool,
    panics: AtomicUsize,
    opens: AtomicUsize,
    reads: AtomicUsize,
}

#[derive(Debug, Clone, Default)]
struct Faulty(Arc<Faults>);

impl Fs for Faulty {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        if let Some(gate) = &self.0.gate {
            if wait == Wait::Never {
                return Err(OpenError::WouldBlock);
            }
            gate.pass();
        }
        if wait == Wait::Never
            && self.0.waits.lock().unwrap().is_some_and(|name| path.as_str().ends_with(name))
        {
            return Err(OpenError::WouldBlock);
        }
        self.0.opens.fetch_add(1, Ordering::SeqCst);
        let take_one = |left: usize| left.checked_sub(1);
        let panics = self.0.panics.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one);
        assert!(panics.is_err(), "on purpose");
        match *self.0.denied.lock().unwrap() {
            Some(denied) if path.as_str().ends_with(denied) => Err(OpenError::PermissionDenied),
            _ => HostFs.open(root, path, wait),
        }
    }

    fn read_at(&self, file: &Opened, to: &mut [u8], at: u64, wait: Wait) -> io::Result<usize> {
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        if self.0.broken.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        let read = HostFs.read_at(file, to, at, wait)?;
        if let Some((path, left)) = &mut *self.0.grows.lock().unwrap()
            && *left > 0
        {
            *left -= 1;
            fs::File::options().append(true).open(path)?.write_all(b" and more")?;
        }
        Ok(read)
    }
}

fn site(faults: Faults, set: impl FnOnce(ServerBuilder) -> ServerBuilder) -> (Site, Arc<Faults>) {
    let fs = Faulty(Arc::new(faults));
    let faults = Arc::clone(&fs.0);
    let content = noise(20_000, 3);
    let files: &[(&str, &[u8])] = &[("a.bin", &content), ("a.txt", b"content")];
    (Site::with(files, |server| set(server.fs(fs)), |mount| mount), faults)
}

fn ask(site: &Site, path: &str) -> Client {
    let mut client = site.connect();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    client
}

/// One who loads and stands at the gate, and so many who wait for what comes of it.
fn crowd(site: &Site, gate: &Gate, path: &str, others: usize) -> (Client, Vec<Client>) {
    let first = ask(site, path);
    gate.wait_for(1);
    let others: Vec<_> = (0..others).map(|_| ask(site, path)).collect();
    let waiting = || site.handle.cache_stats().filter(|stats| stats.waits == others.len() as u64);
    assert!(eventually(waiting).is_some(), "{:?}", site.handle.cache_stats());
    (first, others)
}

#[test]
fn a_crowd_that_asks_for_a_cold_file_has_it_read_once() {
    let gate = Arc::new(Gate::default());
    let faults = Faults { gate: Some(Arc::clone(&gate)), ..Faults::default() };
    let (site, faults) = site(faults, |server| server);
    let (mut first, mut others) = crowd(&site, &gate, "/a.bin", 199);
    gate.open();
    for client in others.iter_mut().chain([&mut first]) {
        let answer = client.answer(false);
        assert!(answer.status == 200 && answer.body == noise(20_000, 3));
    }
    assert_eq!(faults.reads.load(Ordering::SeqCst), 1);
    let looked_beside = 3;
    assert_eq!(faults.opens.load(Ordering::SeqCst), 1 + looked_beside);
    assert_eq!(site.handle.stats().parked, 200);
}

#[test]
fn whoever_waits_for_a_client_that_leaves_is_answered() {
    let gate = Arc::new(Gate::default());
    let faults = Faults { gate: Some(Arc::clone(&gate)), ..Faults::default() };
    let (site, faults) = site(faults, |server| server);
    let (first, mut others) = crowd(&site, &gate, "/a.bin", 50);
    drop(first);
    drop(others.split_off(40));
    // The server has seen them leave, or hasn't: neither may matter to the others.
    gate.open();
    for client in &mut others {
        assert!(client.answer(false).body == noise(20_000, 3));
    }
    assert_eq!(faults.reads.load(Ordering::SeqCst), 1);
}

#[test]
fn whoever_waits_for_a_load_that_panics_is_answered() {
    let gate = Arc::new(Gate::default());
    let panics = AtomicUsize::new(1);
    let faults = Faults { gate: Some(Arc::clone(&gate)), panics, ..Faults::default() };
    let (site, _) = site(faults, |server| server);
    let (mut first, mut others) = crowd(&site, &gate, "/a.bin", 20);
    gate.open();
    assert_eq!(first.answer(false).status, 500);
    for client in &mut others {
        assert!(client.answer(false).body == noise(20_000, 3));
    }
    assert_eq!(site.handle.stats().panics, 1);
}

#[test]
fn whoever_waits_for_a_load_that_fails_is_told() {
    for (path, fail, status) in [("/none.bin", false, 404), ("/a.bin", true, 500)] {
        let gate = Arc::new(Gate::default());
        let broken = AtomicBool::new(fail);
        let faults = Faults { gate: Some(Arc::clone(&gate)), broken, ..Faults::default() };
        let (site, faults) = site(faults, |server| server);
        let (mut first, mut others) = crowd(&site, &gate, path, 20);
        gate.open();
        for client in others.iter_mut().chain([&mut first]) {
            assert_eq!(client.answer(false).status, status, "{path}");
        }
        faults.broken.store(false, Ordering::SeqCst);
        write(&site.path("none.bin"), b"there");
        assert_eq!(site.get(path).status, 200, "failures aren't kept");
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_read_again_or_503() {
    for (times, status) in [(1, 200), (2, 200), (3, 503), (1000, 503)] {
        let (site, faults) = site(Faults::default(), |server| server);
        *faults.grows.lock().unwrap() = Some((site.path("a.txt"), times));
        let answer = site.get("/a.txt");
        assert_eq!(answer.status, status, "after {times}");
        if status == 200 {
            assert_eq!(answer.text(), format!("content{}", " and more".repeat(times)));
            assert!(answer.field("etag").unwrap().starts_with("W/"), "it has just changed");
        } else {
            assert_eq!(answer.field("retry-after"), Some("1"));
        }
        assert_eq!(site.handle.cache_stats().unwrap().entries, 0, "after {times}");
        *faults.grows.lock().unwrap() = None;
        assert_eq!(site.get("/a.txt").status, 200, "it is quiet now");
    }
}

#[test]
fn what_may_not_be_read_is_403_and_not_kept() {
    let (site, faults) = site(Faults::default(), |server| server);
    *faults.denied.lock().unwrap() = Some("a.txt");
    for _ in 0..2 {
        assert_eq!(site.get("/a.txt").status, 403);
    }
    assert_eq!(site.handle.cache_stats().unwrap().entries, 0);
    *faults.denied.lock().unwrap() = None;
    assert_eq!(site.get("/a.txt").text(), "content");
    assert_eq!(site.handle.cache_stats().unwrap().entries, 1);
}

#[test]
fn what_is_held_is_sent_as_it_is_when_there_is_no_place_for_compressing_it() {
    let gate = Arc::new(Gate::default());
    gate.open();
    let fs = Faulty(Arc::new(Faults { gate: Some(Arc::clone(&gate)), ..Faults::default() }));
    let mut limits = Limits::default();
    limits.max_queued_jobs = 1;
    let content = crate::cached::text(50_000);
    let site = Site::with(
        &[("a.js", &content), ("slow.bin", b"slow"), ("other.bin", b"other")],
        // The clock stands: what is held needn't be looked at.
        |server| server.fs(fs).limits(limits).clock(TestClock::default()),
        |mount| mount,
    );
    assert_eq!(site.get("/a.js").status, 200);
    gate.close();
    let mut slow = ask(&site, "/slow.bin");
    gate.wait_for(1);
    let coded = || site.ask("GET", "/a.js", &[("Accept-Encoding", "gzip")]);
    let answer = coded();
    assert_eq!((answer.status, answer.field("content-encoding")), (200, None));
    assert!(answer.body == content);
    assert_eq!(site.get("/other.bin").status, 503, "what isn't held");
    gate.open();
    assert_eq!(slow.answer(false).text(), "slow");
    assert_eq!(coded().field("content-encoding"), Some("gzip"), "there is a place now");
}

#[test]
fn what_would_have_to_be_waited_for_is_not_read_before() {
    let content = noise(20_000, 4);
    let fs = Faulty::default();
    let faults = Arc::clone(&fs.0);
    *faults.waits.lock().unwrap() = Some(".gz");
    let site = Site::with(&[("a.bin", &content)], |server| server.fs(fs), |mount| mount);
    assert!(site.get("/a.bin").body == content);
    assert_eq!(faults.reads.load(Ordering::SeqCst), 1, "once, by the one who may wait");
}

#[test]
fn a_sidecar_that_may_not_be_read_is_ignored() {
    let content = b"catzilla ".repeat(500);
    let fs = Faulty::default();
    *fs.0.denied.lock().unwrap() = Some(".gz");
    let site = Site::with(
        &[("a.js", &content), ("a.js.gz", b"not even gzip")],
        |server| server.fs(fs),
        |mount| mount,
    );
    let answer = site.ask("GET", "/a.js", &[("Accept-Encoding", "gzip;q=0")]);
    assert!(answer.status == 200 && answer.body == content);
    assert_eq!(site.handle.cache_stats().unwrap().entries, 1);
}
