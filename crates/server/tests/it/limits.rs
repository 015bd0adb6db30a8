//! Every limit strikes, and the next client is unharmed.

use std::sync::Arc;
use std::time::Duration;

use catzilla_server::{Limits, ServerBuilder};

use crate::gate::{Gate, Slow};
use crate::site::{Site, TestClock, noise};

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn clocked(clock: &TestClock) -> impl FnOnce(ServerBuilder) -> ServerBuilder {
    let clock = clock.clone();
    move |server| server.clock(clock)
}

#[test]
fn a_head_that_trickles_is_408() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut slow = site.connect();
    slow.send("GET / HT");
    let mut creep = clock.creeping();
    let mut lines = ["TP/1.1\r\n", "Host: a\r\n"].into_iter();
    site.wait_for(|stats| {
        creep();
        // Half a line more does not help, however late it comes.
        if let Some(line) = lines.next() {
            slow.send(line);
        }
        stats.timed_out == 1
    });
    assert!(clock.0.monotonic() > Duration::from_secs(15));
    let answer = slow.answer(false);
    assert_eq!((answer.status, answer.field("connection")), (408, Some("close")));
    slow.expect_closed();
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn whoever_says_nothing_is_told_nothing() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut silent = site.connect();
    let mut idle = site.connect();
    assert_eq!(idle.get("/a.txt").status, 200);
    let (begin, mut creep) = (clock.0.monotonic(), clock.creeping());
    site.wait_for(|stats| {
        creep();
        stats.timed_out == 1
    });
    assert!(clock.0.monotonic() > begin + Duration::from_secs(15));
    silent.expect_closed();
    assert_eq!(idle.get("/a.txt").status, 200);
    let begin = clock.0.monotonic();
    site.wait_for(|stats| {
        creep();
        stats.timed_out == 2
    });
    assert!(clock.0.monotonic() > begin + Duration::from_secs(65));
    idle.expect_closed();
}

#[test]
fn a_client_that_does_not_read_is_cut() {
    let clock = TestClock::default();
    let content = noise(50_000_000, 3);
    let site =
        Site::with(&[("large.bin", &content), ("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut stuck = site.connect();
    stuck.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.bytes_sent > 100_000);
    // Each period it must have taken some; after two of silence it has not.
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.open == 0 && stats.timed_out == 1
    });
    assert!(stuck.rest().len() < content.len());
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn heads_and_targets_have_their_sizes() {
    let site = Site::with(
        &[("a.txt", b"a")],
        |server| {
            server.limits(limits(|limits| {
                limits.max_head_bytes = 1000;
                limits.max_target_bytes = 100;
                limits.max_fields = 5;
            }))
        },
        |mount| mount,
    );
    let get = |request: String| {
        let mut client = site.connect();
        client.send(request);
        let answer = client.answer(false);
        if answer.status != 200 {
            assert_eq!(answer.field("connection"), Some("close"));
            client.expect_closed();
        }
        answer.status
    };
    assert_eq!(get("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n".to_owned()), 200);
    assert_eq!(get(format!("GET /a.txt?{} HTTP/1.1\r\nHost: a\r\n\r\n", "q".repeat(100))), 414);
    assert_eq!(
        get(format!("GET /a.txt HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1000))),
        431
    );
    assert_eq!(get(format!("GET /a.txt HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(5))), 431);
    assert_eq!(get(format!("GET /a.txt HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(4))), 200);
}

#[test]
fn connections_in_all_and_by_address() {
    let site = Site::with(
        &[("a.txt", b"a")],
        |server| server.limits(limits(|limits| limits.max_connections = Some(2))),
        |mount| mount,
    );
    let mut first = site.connect();
    let mut second = site.connect();
    assert_eq!((first.get("/a.txt").status, second.get("/a.txt").status), (200, 200));
    site.connect().expect_closed();
    drop(first);
    site.wait_for(|stats| stats.open == 1);
    assert_eq!(site.get("/a.txt").status, 200);

    let site = Site::with(
        &[("a.txt", b"a")],
        |server| {
            server.limits(limits(|limits| {
                limits.max_connections_per_address = 1;
                limits.exempt_loopback = false;
            }))
        },
        |mount| mount,
    );
    let mut first = site.connect();
    assert_eq!(first.get("/a.txt").status, 200);
    site.connect().expect_closed();
    assert_eq!(site.handle.stats().turned_away, 1);
    assert_eq!(first.get("/a.txt").status, 200);
}

#[test]
fn a_connection_ends_after_its_share_of_requests() {
    let site = Site::with(
        &[("a.txt", b"a")],
        |server| server.limits(limits(|limits| limits.max_requests_per_connection = 3)),
        |mount| mount,
    );
    let mut client = site.connect();
    for _ in 0..2 {
        assert_eq!(client.get("/a.txt").field("connection"), None);
    }
    assert_eq!(client.get("/a.txt").field("connection"), Some("close"));
    client.expect_closed();
}

#[test]
fn a_body_that_is_too_long_to_throw_away_ends_the_connection() {
    let site = Site::start(&[("a.txt", b"a")]);
    let mut client = site.connect();
    client.send("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
    client.try_send(vec![b'x'; 200_000]);
    let answer = client.answer(false);
    assert_eq!((answer.status, answer.field("connection")), (405, Some("close")));
    client.expect_closed();
}

#[test]
fn a_client_that_was_told_to_go_is_not_waited_for() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut refused = site.connect();
    refused.send("nonsense\r\n\r\n");
    assert_eq!(refused.answer(false).status, 400);
    // The server has shut its side and reads on; the client neither closes nor sends.
    refused.expect_closed();
    assert_eq!(site.handle.stats().open, 1);
    let mut creep = clock.creeping();
    site.wait_for(|stats| {
        creep();
        stats.open == 0
    });
}

#[test]
fn a_body_that_nobody_sends_is_not_waited_for() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], clocked(&clock), |mount| mount);
    let mut slow = site.connect();
    slow.send("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx");
    assert_eq!(slow.answer(false).status, 405);
    let mut creep = clock.creeping();
    let stats = site.wait_for(|stats| {
        creep();
        stats.open == 0
    });
    assert_eq!(stats.timed_out, 1);
    slow.expect_closed();
}

#[test]
fn who_sends_without_end_does_not_keep_the_worker_for_itself() {
    let gate = Arc::new(Gate::default());
    let fs = Slow::at(&gate);
    // All requests of a batch, and requests of which one read brings less than a batch.
    for padding in [0, 500] {
        let files: &[(&str, &[u8])] = &[("a.txt", b"a"), ("b.txt", b"b"), ("slow.txt", b"slow")];
        let site = Site::with(files, |server| server.no_cache().fs(fs.clone()), |mount| mount);
        let (mut slow, mut many, mut one) = (site.connect(), site.connect(), site.connect());
        site.wait_for(|stats| stats.accepted == 3);
        slow.send("GET /slow.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        gate.wait_for(1);
        // The worker stands still, so that it finds all of them at once.
        let pad = "x".repeat(padding);
        many.send(format!("GET /a.txt HTTP/1.1\r\nHost: a\r\nPad: {pad}\r\n\r\n").repeat(200));
        one.send("GET /b.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        gate.open();
        assert_eq!(one.answer(false).text(), "b");
        for _ in 0..200 {
            assert_eq!(many.answer(false).text(), "a");
        }
        assert_eq!(slow.answer(false).text(), "slow");
        let before = fs.opened().iter().take_while(|name| *name != "b.txt").count();
        assert!(before < 100, "{before} requests had their turn before the only one of another");
        gate.close();
        fs.forget();
    }
}
