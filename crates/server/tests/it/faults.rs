//! A file system that fails, and one that is slow: the client gets an answer, the worker lives.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use catzilla_path_security::{Metadata, OpenError, Opened, RequestPath, Root};
use catzilla_server::{CacheConfig, Fs, HostFs, Limits, Wait};

use crate::gate::Gate;
use crate::site::{Site, TestClock, noise};

/// What goes wrong, and how often.
#[derive(Debug, Default)]
struct Faults {
    open: Option<fn() -> OpenError>,
    read: Option<fn() -> io::Error>,
    /// Workers never get an answer at once: everything goes through the pool.
    cold: bool,
    /// Reads bring at most this many bytes.
    short: Option<usize>,
    panic_on_open: bool,
    /// Each look at the metadata makes a difference, so many times.
    changes: AtomicU64,
    /// What sendfile says instead of sending (an error number), after so many bytes.
    sendfile_fails: Option<(i32, u64)>,
    sent: AtomicU64,
    opens: AtomicUsize,
    gate: Option<Arc<Gate>>,
}

#[derive(Debug, Clone, Default)]
struct Faulty(Arc<Faults>);

impl Fs for Faulty {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        self.0.opens.fetch_add(1, Ordering::Relaxed);
        if path.as_str() == "ok.txt" {
            return HostFs.open(root, path, wait);
        }
        assert!(!self.0.panic_on_open, "on purpose");
        if self.0.cold && wait == Wait::Never {
            return Err(OpenError::WouldBlock);
        }
        if let (Some(gate), Wait::Allowed) = (&self.0.gate, wait) {
            gate.pass();
        }
        match self.0.open {
            Some(fault) => Err(fault()),
            None => HostFs.open(root, path, wait),
        }
    }

    fn read_at(
        &self,
        file: &Opened,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        if self.0.cold && wait == Wait::Never {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if let Some(fault) = self.0.read {
            return Err(fault());
        }
        let len = self.0.short.map_or(buffer.len(), |short| short.min(buffer.len()));
        HostFs.read_at(file, &mut buffer[..len], offset, wait)
    }

    fn metadata(&self, file: &Opened) -> io::Result<Metadata> {
        let left = self.0.changes.load(Ordering::Relaxed);
        if left > 0 {
            self.0.changes.store(left - 1, Ordering::Relaxed);
            file.file().set_modified(
                std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(left),
            )?;
        }
        HostFs.metadata(file)
    }

    #[cfg(target_os = "linux")]
    fn send_file(
        &self,
        socket: BorrowedFd<'_>,
        file: &Opened,
        offset: u64,
        len: usize,
    ) -> io::Result<usize> {
        let len = self.0.short.map_or(len, |short| short.min(len));
        if let Some((errno, after)) = self.0.sendfile_fails
            && self.0.sent.load(Ordering::Relaxed) >= after
        {
            return Err(io::Error::from_raw_os_error(errno));
        }
        let sent = HostFs.send_file(socket, file, offset, len)?;
        self.0.sent.fetch_add(sent as u64, Ordering::Relaxed);
        Ok(sent)
    }
}

fn site(faults: Faults, limits: Limits) -> Site {
    Site::with(
        &[("ok.txt", b"ok"), ("a.txt", b"content"), ("large.bin", &noise(1_000_000, 5))],
        |server| server.no_cache().fs(Faulty(Arc::new(faults))).limits(limits),
        |mount| mount,
    )
}

fn eio() -> io::Error {
    io::Error::from_raw_os_error(5)
}

#[track_caller]
fn check(faults: Faults, path: &str, status: u16) {
    let site = site(faults, Limits::default());
    let mut client = site.connect();
    let answer = client.get(path);
    assert_eq!(answer.status, status);
    assert!(!answer.text().contains("os error"), "{}", answer.text());
    assert_eq!(site.handle.stats().panics, 0);
}

#[test]
fn errors_of_the_file_system_have_their_statuses() {
    check(Faults { open: Some(|| OpenError::Io(eio())), ..Faults::default() }, "/a.txt", 500);
    check(
        Faults { open: Some(|| OpenError::PermissionDenied), ..Faults::default() },
        "/a.txt",
        403,
    );
    check(Faults { open: Some(|| OpenError::NotFound), ..Faults::default() }, "/a.txt", 404);
    // EMFILE: it will pass.
    check(
        Faults {
            open: Some(|| OpenError::Io(io::Error::from_raw_os_error(24))),
            ..Faults::default()
        },
        "/a.txt",
        503,
    );
    check(Faults { read: Some(eio), ..Faults::default() }, "/a.txt", 500);
    check(Faults { cold: true, read: Some(eio), ..Faults::default() }, "/a.txt", 500);
}

#[test]
fn a_cold_file_goes_through_the_pool_and_arrives_whole() {
    for short in [None, Some(1000)] {
        for sendfile in [true, false] {
            let content = noise(1_000_000, 5);
            let faults = Faults { cold: true, short, ..Faults::default() };
            let site = Site::with(
                &[("a.txt", b"content"), ("large.bin", &content), ("dir/index.html", b"index")],
                |server| server.no_cache().fs(Faulty(Arc::new(faults))),
                |mount| mount.sendfile(sendfile),
            );
            let mut client = site.connect();
            assert_eq!(client.get("/a.txt").text(), "content");
            assert_eq!(client.get("/dir/").text(), "index");
            assert!(client.get("/large.bin").body == content);
            let part = client.ask("GET", "/large.bin", &[("Range", "bytes=1000-1999")]);
            assert!(part.status == 206 && part.body == content[1000..2000]);
            assert!(site.handle.stats().parked >= 4);
        }
    }
}

#[test]
fn small_parts_that_can_not_be_read_at_once_arrive_one_by_one() {
    let content = noise(1_000_000, 5);
    for (cold, short, changes) in [(true, None, 0), (false, Some(100), 0), (false, None, 1)] {
        let faults = Faults { cold, short, changes: AtomicU64::new(changes), ..Faults::default() };
        let site = site(faults, Limits::default());
        let part = site.connect().ask("GET", "/large.bin", &[("Range", "bytes=0-299,5000-5299")]);
        let text = [&content[..300], &content[5000..5300]];
        assert!(part.status == 206, "{cold} {short:?} {changes}");
        for text in text {
            assert!(part.body.windows(300).any(|window| window == text));
        }
    }
}

#[test]
fn requests_behind_a_parked_one_keep_their_order() {
    let site = site(Faults { cold: true, ..Faults::default() }, Limits::default());
    let mut client = site.connect();
    client.send(
        "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /ok.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20),
    );
    for _ in 0..20 {
        assert_eq!(client.answer(false).text(), "content");
        assert_eq!(client.answer(false).text(), "ok");
    }
}

#[test]
fn a_full_queue_is_503_and_what_is_in_memory_is_still_served() {
    let gate = Arc::new(Gate::default());
    let faults = Faults { cold: true, gate: Some(Arc::clone(&gate)), ..Faults::default() };
    let mut limits = Limits::default();
    limits.max_queued_jobs = 2;
    let site = site(faults, limits);
    let mut waiting: Vec<_> = (0..2)
        .map(|_| {
            let mut client = site.connect();
            client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
            client
        })
        .collect();
    site.wait_for(|stats| stats.parked == 2);
    let refused = site.get("/a.txt");
    assert_eq!((refused.status, refused.field("retry-after")), (503, Some("1")));
    gate.open();
    for client in &mut waiting {
        assert_eq!(client.answer(false).text(), "content");
    }
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn no_time_limit_runs_while_a_request_is_served() {
    for begun_before in [false, true] {
        let (clock, gate) = (TestClock::default(), Arc::new(Gate::default()));
        let faults = Faults { cold: true, gate: Some(Arc::clone(&gate)), ..Faults::default() };
        let site = Site::with(
            &[("ok.txt", b"ok"), ("a.txt", b"content")],
            |server| server.no_cache().fs(Faulty(Arc::new(faults))).clock(clock.clone()),
            |mount| mount,
        );
        let mut client = site.connect();
        if begun_before {
            assert_eq!(client.get("/ok.txt").text(), "ok");
        }
        client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        site.wait_for(|stats| stats.parked == 1 + u64::from(begun_before));
        // Whoever waits for nobody but itself is gone when this much time has passed.
        let (mut idle, mut creep) = (site.connect(), clock.creeping());
        assert_eq!(idle.get("/ok.txt").text(), "ok");
        site.wait_for(|stats| {
            creep();
            stats.open == 1
        });
        idle.expect_closed();
        gate.open();
        assert_eq!(client.answer(false).text(), "content", "second request: {begun_before}");
        assert_eq!(site.handle.stats().timed_out, 1);
    }
}

#[test]
fn a_client_that_leaves_while_it_is_parked_harms_nobody() {
    let gate = Arc::new(Gate::default());
    let faults = Faults { cold: true, gate: Some(Arc::clone(&gate)), ..Faults::default() };
    let site = site(faults, Limits::default());
    let mut client = site.connect();
    client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.parked == 1);
    drop(client);
    gate.open();
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn a_panic_is_500_for_one_request() {
    let site = site(Faults { panic_on_open: true, ..Faults::default() }, Limits::default());
    let mut client = site.connect();
    let answer = client.get("/a.txt");
    assert_eq!((answer.status, answer.field("connection")), (500, Some("close")));
    client.expect_closed();
    let stats = site.wait_for(|stats| stats.open == 0);
    assert_eq!(stats.panics, 1);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_read_again() {
    let site = site(Faults { changes: AtomicU64::new(2), ..Faults::default() }, Limits::default());
    assert_eq!(site.get("/a.txt").text(), "content");
    let site = self::site(
        Faults { changes: AtomicU64::new(1000), ..Faults::default() },
        Limits::default(),
    );
    let answer = site.get("/a.txt");
    assert_eq!((answer.status, answer.field("retry-after")), (503, Some("1")));
}

#[test]
fn content_is_validated_of_one_version_through_the_pool_and_in_spite_of_errors() {
    let check = |faults: Faults, path: &str, status: u16| {
        let what = format!("{path}: {faults:?}");
        let large = noise(1_000_000, 5);
        let site = Site::with(
            &[("good.png", b"\x89PNG\r\n\x1a\n"), ("bad.png", b"<?php"), ("large.txt", &large)],
            |server| {
                let cache = CacheConfig::new().max_file(100_000);
                server.cache(cache).fs(Faulty(Arc::new(faults)))
            },
            |mount| mount.validate_content(true),
        );
        assert_eq!(site.get(path).status, status, "{what}");
        assert_eq!(site.handle.stats().panics, 0);
    };
    for (path, status) in [("/good.png", 200), ("/bad.png", 403), ("/large.txt", 200)] {
        check(Faults { cold: true, ..Faults::default() }, path, status);
        check(Faults { short: Some(3), ..Faults::default() }, path, status);
        check(Faults { changes: AtomicU64::new(2), ..Faults::default() }, path, status);
        check(Faults { changes: AtomicU64::new(1000), ..Faults::default() }, path, 503);
        check(Faults { read: Some(eio), ..Faults::default() }, path, 500);
    }
}

#[test]
fn sendfile_that_fails_in_the_middle_cuts_the_connection() {
    let eio = 5;
    let faults = Faults { sendfile_fails: Some((eio, 300_000)), ..Faults::default() };
    let site = site(faults, Limits::default());
    let mut client = site.connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    let came = client.try_answer(false).expect_err("cut");
    let head = came.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(noise(1_000_000, 5).starts_with(&came[head..]));
    assert_eq!(site.handle.stats().cut_short, 1, "it is counted");
    assert_eq!(site.get("/ok.txt").text(), "ok");
}

#[test]
fn a_file_system_that_can_not_splice_is_read() {
    let (einval, enosys, eopnotsupp) = (22, 38, 95);
    for (errno, after) in [(einval, 0), (enosys, 0), (eopnotsupp, 0), (einval, 300_000)] {
        for cold in [false, true] {
            let faults = Faults { sendfile_fails: Some((errno, after)), cold, ..Faults::default() };
            let site = site(faults, Limits::default());
            let mut client = site.connect();
            for _ in 0..2 {
                let whole = client.get("/large.bin");
                assert!(whole.body == noise(1_000_000, 5), "{errno} after {after} bytes");
            }
            let part = client.ask("GET", "/large.bin", &[("Range", "bytes=5-99999")]);
            assert!(part.body == noise(1_000_000, 5)[5..100_000]);
            assert_eq!(site.handle.stats().cut_short, 0);
        }
    }
}
