//! How connections end under TLS: said, unless something is wrong.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use catzilla_server::ServerBuilder;

use crate::site::{TestClock, noise};
use crate::tls::Secure;
use crate::tls::client::End;

#[test]
fn the_end_after_the_last_answer_is_said() {
    let secure = Secure::start(&[("a.txt", b"a"), ("large.bin", &noise(2_000_000, 1))]);
    for path in ["/a.txt", "/large.bin", "/missing"] {
        let mut client = secure.connect();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        assert_eq!(client.rest().1, End::Said, "{path}");
    }
    let mut client = secure.connect();
    client.send("nonsense\r\n\r\n");
    let (answer, end) = client.rest();
    assert!(answer.starts_with(b"HTTP/1.1 400 ") && end == End::Said);
}

#[test]
fn an_idle_connection_is_said_goodbye() {
    let clock = TestClock::default();
    let time = clock.clone();
    let secure = Secure::with(&[("a.txt", b"a")], |server| server.clock(time), |mount| mount);
    let mut idle = secure.connect();
    assert_eq!(idle.get("/a.txt").status, 200);
    let mut creep = clock.creeping();
    secure.site.wait_for(|stats| {
        creep();
        stats.open == 0
    });
    assert!(clock.0.monotonic() > Duration::from_secs(65));
    assert_eq!(idle.rest(), (Vec::new(), End::Said));
}

#[test]
fn a_server_that_leaves_says_so() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut idle = secure.connect();
    assert_eq!(idle.get("/a.txt").status, 200);
    assert_eq!(secure.site.handle.shutdown(Duration::from_secs(10)), 0);
    assert_eq!(idle.rest(), (Vec::new(), End::Said));
}

#[test]
fn a_client_may_end_with_or_without_a_word() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut polite = secure.connect();
    polite.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    polite.stream.conn.send_close_notify();
    assert_eq!(polite.answer(false).text(), "a", "what it has asked for");
    assert_eq!(polite.rest(), (Vec::new(), End::Said));
    let mut silent = secure.connect();
    assert_eq!(silent.get("/a.txt").text(), "a");
    silent.stream.sock.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(silent.rest(), (Vec::new(), End::Said));
    let stats = secure.site.wait_for(|stats| stats.open == 0);
    assert_eq!((stats.timed_out, stats.cut_short, stats.failed_handshakes), (0, 0, 0));
}

#[test]
fn a_file_that_changes_while_it_is_sent_cuts_the_connection() {
    let content = noise(30_000_000, 2);
    let secure = Secure::with(&[("large.bin", &content)], ServerBuilder::no_cache, |mount| mount);
    let mut client = secure.connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut first = [0; 1000];
    client.stream.read_exact(&mut first).unwrap();
    let file = File::options().write(true).open(secure.site.path("large.bin")).unwrap();
    file.write_all_at(b"another", 29_000_000).unwrap();
    let (rest, end) = client.rest();
    assert_eq!(end, End::Cut);
    assert!(rest.len() < content.len());
    assert_eq!(secure.site.wait_for(|stats| stats.open == 0).cut_short, 1);
}

#[test]
fn broken_records_end_the_connection_and_no_other() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let (mut broken, mut whole) = (secure.connect(), secure.connect());
    assert_eq!(broken.get("/a.txt").status, 200);
    let record = b"\x17\x03\x03\x00\x20................................";
    broken.stream.sock.write_all(record).unwrap();
    let err = broken.stream.read(&mut [0]).unwrap_err();
    assert!(err.to_string().contains("BadRecordMac"), "{err}");
    secure.site.wait_for(|stats| stats.open == 1);
    assert_eq!(whole.get("/a.txt").status, 200);
}

#[test]
fn requests_in_records_of_their_own_are_all_answered() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut client = secure.connect();
    for _ in 0..3 {
        // Both records are one read for the server.
        let request = b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
        client.stream.conn.writer().write_all(request).unwrap();
        client.stream.conn.writer().write_all(request).unwrap();
        client.stream.flush().unwrap();
        for _ in 0..2 {
            assert_eq!(client.answer(false).text(), "a");
        }
    }
}
