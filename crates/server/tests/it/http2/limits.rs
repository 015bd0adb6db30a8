//! Limits of HTTP/2 connections and streams: each strikes, and the next client is unharmed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use catzilla_path_security::Opened;
use catzilla_server::{Fs, HostFs, Limits, ServerBuilder, Wait};

use super::client::{
    Client, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PREFACE, RST_STREAM, RawClient,
    SETTINGS, WINDOW_UPDATE, head,
};
use crate::site::{Site, TestClock, noise};

fn clocked(clock: &TestClock) -> impl FnOnce(ServerBuilder) -> ServerBuilder {
    let clock = clock.clone();
    move |server| server.clock(clock)
}

/// Time passes until a limit has struck.
fn wait_for_a_limit(site: &Site, clock: &TestClock) {
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.timed_out > 0
    });
}

#[test]
fn an_idle_connection_is_told_to_go() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut client = RawClient::open(site.address());
    client.get(1, "/a.txt");
    client.expect(DATA);
    wait_for_a_limit(&site, &clock);
    assert_eq!(client.expect(GOAWAY).payload[4..8], [0; 4], "NO_ERROR");
    assert!(clock.0.monotonic().as_secs() > 65);
}

#[test]
fn whoever_begins_and_goes_silent_is_cut() {
    for said in [PREFACE.len() - 1, PREFACE.len()] {
        let clock = TestClock::default();
        let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
        let mut client = RawClient::connect(site.address());
        client.send(&PREFACE[..said]);
        wait_for_a_limit(&site, &clock);
        let mut creep = clock.creeping();
        site.wait_for(|stats| {
            creep();
            stats.open == 0
        });
        client.rest();
        assert_eq!(site.get("/a.txt").status, 200);
    }
}

#[test]
fn a_stream_that_is_not_read_is_reset_and_others_go_on() {
    let clock = TestClock::default();
    let content = noise(3_000_000, 5);
    let site =
        Site::with(&[("large.bin", &content), ("a.txt", b"a")], clocked(&clock), |mount| mount);
    let client = Client::with_windows(site.address(), 100_000, 1 << 20);
    let stuck = client.head_of("/large.bin");
    wait_for_a_limit(&site, &clock);
    assert_eq!(client.get("/a.txt").body, b"a", "the connection lives");
    let err = client.rest_of(stuck.into_body()).unwrap_err();
    assert_eq!(err.reason(), Some(h2::Reason::CANCEL));
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut client = RawClient::open(site.address());
    let fields =
        [(":method", "POST"), (":path", "/a.txt"), (":scheme", "http"), (":authority", "a")];
    client.frame(HEADERS, END_HEADERS, 1, &head(&fields));
    wait_for_a_limit(&site, &clock);
    let reset = client.expect(RST_STREAM);
    assert_eq!((reset.stream, &reset.payload[..]), (1, &8_u32.to_be_bytes()[..]), "CANCEL");
    client.get(3, "/a.txt");
    assert_eq!(client.expect(DATA).stream, 3);
}

#[test]
fn a_connection_that_is_not_read_is_cut() {
    let clock = TestClock::default();
    let content = noise(30_000_000, 6);
    let site = Site::with(&[("large.bin", &content)], clocked(&clock), |mount| mount);
    let mut client = RawClient::connect(site.address());
    client.send(PREFACE);
    // Windows as large as they can be, so that only the socket bounds what is sent.
    let window = [&[0, 4][..], &0x7fff_ffff_u32.to_be_bytes()].concat();
    client.frame(SETTINGS, 0, 0, &window);
    client.frame(8, 0, 0, &(0x7fff_ffff_u32 - 65_535).to_be_bytes());
    for stream in 0..50 {
        client.get(2 * stream + 1, "/large.bin");
    }
    wait_for_a_limit(&site, &clock);
    site.wait_for(|stats| stats.open == 0);
    // What was read for it was what a socket holds, and a little.
    assert!(site.handle.stats().bytes_sent < 30_000_000);
}

#[test]
fn more_streams_than_allowed_are_refused() {
    let mut limits = Limits::default();
    limits.max_streams = 2;
    let site = Site::with(&[("a.txt", b"a")], |server| server.limits(limits), |mount| mount);
    // It obeys no setting: two whose bodies are still to come, and one more.
    let mut client = RawClient::open(site.address());
    let fields =
        [(":method", "POST"), (":path", "/a.txt"), (":scheme", "http"), (":authority", "a")];
    for stream in [1, 3] {
        client.frame(HEADERS, END_HEADERS, stream, &head(&fields));
    }
    client.get(5, "/a.txt");
    let reset = client.expect(RST_STREAM);
    assert_eq!((reset.stream, &reset.payload[..]), (5, &7_u32.to_be_bytes()[..]), "REFUSED_STREAM");
    // What has its place is served.
    client.frame(DATA, END_STREAM, 1, b"");
    assert_eq!(client.expect(HEADERS).stream, 1);
    client.get(7, "/a.txt");
    assert_eq!(client.expect(DATA).stream, 1, "the page that says 405");
    assert_eq!(client.expect(DATA).stream, 7);
}

#[test]
fn the_last_request_of_a_connection_is_answered() {
    let mut limits = Limits::default();
    limits.max_requests_per_connection = 3;
    let site = Site::with(&[("a.txt", b"a")], |server| server.limits(limits), |mount| mount);
    let mut client = RawClient::open(site.address());
    for stream in [1, 3] {
        client.get(stream, "/a.txt");
        assert_eq!(client.expect(DATA).stream, stream);
    }
    client.get(5, "/a.txt");
    let (mut answered, mut goodbye) = (false, None);
    while let Some(frame) = client.next() {
        match frame.kind {
            DATA => answered = frame.stream == 5,
            GOAWAY => goodbye = Some(frame.payload[4..8].to_vec()),
            _ => {}
        }
    }
    assert_eq!((answered, goodbye), (true, Some(vec![0; 4])), "NO_ERROR");
}

#[test]
fn heads_have_the_limits_of_http_1() {
    let site = Site::start(&[("a.txt", b"a")]);
    let client = Client::connect(site.address());
    let long = format!("/{}", "a".repeat(9000));
    assert_eq!(client.get(&long).status, 414);
    let large = "a".repeat(17_000);
    assert_eq!(client.ask("GET", "/a.txt", &[("x", &large)], b"").status, 431);
    let many: Vec<_> = (0..101).map(|_| ("x", "1")).collect();
    assert_eq!(client.ask("GET", "/a.txt", &many, b"").status, 431);
    assert_eq!(client.get("/a.txt").status, 200, "the connection lives");
}

/// Bytes of a window, as a frame has them.
fn window(bytes: u32) -> [u8; 4] {
    bytes.to_be_bytes()
}

/// A client that may be sent as much as there is, on the connection and on each stream.
fn wide_open(site: &Site) -> RawClient {
    let mut client = RawClient::connect(site.address());
    client.send(PREFACE);
    client.frame(SETTINGS, 0, 0, &[&[0, 4][..], &window(0x7fff_ffff)].concat());
    client.frame(WINDOW_UPDATE, 0, 0, &window(0x7fff_ffff - 65_535));
    client
}

#[test]
fn a_window_that_is_opened_byte_by_byte_is_no_progress() {
    let clock = TestClock::default();
    let content = noise(300_000, 7);
    let site = Site::with(&[("large.bin", &content)], clocked(&clock), |mount| mount);
    let mut client = RawClient::connect(site.address());
    client.send(PREFACE);
    client.frame(SETTINGS, 0, 0, &[&[0, 4][..], &window(0)].concat());
    client.get(1, "/large.bin");
    let (mut creep, mut opened) = (clock.creeping(), 0);
    site.wait_for(|stats| {
        creep();
        if clock.0.monotonic().as_secs() / 20 > opened {
            opened += 1;
            client.frame(WINDOW_UPDATE, 0, 1, &window(1));
        }
        stats.timed_out > 0
    });
    assert!(opened > 0 && clock.0.monotonic().as_secs() < 130, "{:?}", clock.0.monotonic());
    assert_eq!(client.expect(RST_STREAM).payload, 8_u32.to_be_bytes(), "CANCEL");
}

#[test]
fn a_window_that_is_closed_over_what_was_answered_holds_no_connection() {
    let clock = TestClock::default();
    let content = noise(60_000, 8);
    let site = Site::with(&[("a.bin", &content)], clocked(&clock), |mount| mount);
    assert_eq!(site.get("/a.bin").status, 200);
    let mut client = wide_open(&site);
    for stream in 0..120 {
        client.get(2 * stream + 1, "/a.bin");
    }
    // More than a socket takes that nobody reads: the rest isn't even looked at.
    site.wait_for(|stats| stats.requests > 10);
    client.frame(SETTINGS, 0, 0, &[&[0, 4][..], &window(0)].concat());
    let reading = std::thread::spawn(move || client.rest().len());
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.open == 0
    });
    reading.join().unwrap();
}

#[test]
fn who_goes_on_asking_after_goodbye_is_refused() {
    let mut limits = Limits::default();
    limits.max_requests_per_connection = 3;
    limits.max_streams = 2;
    let site = Site::with(&[("a.txt", b"a")], |server| server.limits(limits), |mount| mount);
    let mut client = RawClient::open(site.address());
    // It never acknowledges the ping that goes with the goodbye.
    let mut answered = 0;
    for stream in 0..8 {
        client.get(2 * stream + 1, "/a.txt");
        loop {
            match client.next() {
                Some(frame) if frame.kind == DATA => {
                    answered += 1;
                    break;
                }
                Some(frame) if frame.kind == RST_STREAM => {
                    assert_eq!(frame.payload, 7_u32.to_be_bytes(), "REFUSED_STREAM");
                    break;
                }
                Some(_) => {}
                None => break,
            }
        }
    }
    assert_eq!(answered, 5);
}

/// A file system in which nothing is in memory, and how much was read.
#[derive(Debug, Clone, Default)]
struct Cold(Arc<AtomicU64>);

impl Fs for Cold {
    fn read_at(
        &self,
        file: &Opened,
        buffer: &mut [u8],
        offset: u64,
        wait: Wait,
    ) -> io::Result<usize> {
        if wait == Wait::Never {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = HostFs.read_at(file, buffer, offset, wait)?;
        self.0.fetch_add(read as u64, Ordering::SeqCst);
        Ok(read)
    }
}

#[test]
fn however_many_streams_there_are_little_is_read_ahead_of_the_socket() {
    let cold = Cold::default();
    let read = Arc::clone(&cold.0);
    let content = noise(10_000_000, 9);
    let site =
        Site::with(&[("large.bin", &content)], |server| server.no_cache().fs(cold), |mount| mount);
    let mut client = wide_open(&site);
    for stream in 0..100 {
        client.get(2 * stream + 1, "/large.bin");
    }
    // When the socket is full, what was asked for after that isn't even looked at.
    site.wait_for(|stats| stats.requests > 10 && stats.bytes_sent > 100_000);
    // What may be read ahead, what waits for the socket, one chunk more, and the heads of frames.
    let bound = (256 + 64 + 64 + 64) * 1024;
    for _ in 0..2000 {
        let (read, sent) = (read.load(Ordering::SeqCst), site.handle.stats().bytes_sent);
        assert!(read <= sent + bound, "{read} bytes were read, {sent} sent");
        std::thread::yield_now();
    }
}
