//! Limits of HTTP/2 connections and streams: each strikes, and the next client is unharmed.

use std::sync::Arc;

use catzilla_server::{Limits, ServerBuilder};

use super::client::{
    Client, DATA, END_HEADERS, GOAWAY, HEADERS, PREFACE, RST_STREAM, RawClient, SETTINGS, head,
};
use crate::gate::{Gate, Slow};
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
    let gate = Arc::new(Gate::default());
    let mut limits = Limits::default();
    limits.max_streams = 2;
    let fs = Slow::at(&gate);
    let site = Site::with(
        &[("slow.txt", b"slow"), ("a.txt", b"a")],
        |server| server.limits(limits).no_cache().fs(fs),
        |mount| mount,
    );
    let mut client = RawClient::open(site.address());
    // It obeys no setting.
    for stream in [1, 3, 5] {
        client.get(stream, "/slow.txt");
    }
    gate.open();
    let reset = client.expect(RST_STREAM);
    assert_eq!(&reset.payload[..], 7_u32.to_be_bytes(), "REFUSED_STREAM");
    assert_eq!(site.get("/a.txt").status, 200);
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
