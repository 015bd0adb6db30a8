//! What is sent under TLS is what is sent without: of every size, from every place, in every part.

use std::io::{Read, Write};

use catzilla_server::{CacheConfig, ServerBuilder};
use catzilla_testkit::response;
use rustls::ClientConnection;

use crate::site::{TestClock, noise};
use crate::tls::Secure;
use crate::tls::client::{TlsClient, begin, socket};

const SIZES: [usize; 10] =
    [0, 1, 1_000, 8_192, 8_193, 16_384, 70_000, 131_072, 1_000_000, 5_000_000];

/// Every size, asked for twice: when it is loaded, and when it is held.
#[track_caller]
fn check(server: impl FnOnce(ServerBuilder) -> ServerBuilder, sendfile: bool) {
    let contents: Vec<_> = SIZES.map(|len| (format!("{len}.bin"), noise(len, len as u64))).into();
    let files: Vec<(&str, &[u8])> =
        contents.iter().map(|(name, content)| (&name[..], &content[..])).collect();
    let secure = Secure::with(&files, server, |mount| mount.sendfile(sendfile));
    let mut client = secure.connect();
    for (name, content) in contents.iter().chain(&contents) {
        let answer = client.get(&format!("/{name}"));
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.body == *content, "{name}");
        if content.len() < 1_000 {
            continue;
        }
        let (from, to) = (content.len() / 3, content.len() - 100);
        let range = format!("Range: bytes={from}-{}\r\n", to - 1);
        let answer = client.ask("GET", &format!("/{name}"), &range);
        assert!(answer.status == 206 && answer.body == content[from..to], "{name}");
        let answer = client.ask("GET", &format!("/{name}"), "Range: bytes=0-9, 500-509\r\n");
        assert_eq!(answer.status, 206);
        assert!(answer.body.windows(10).any(|window| *window == content[500..510]));
        assert_eq!(client.ask("HEAD", &format!("/{name}"), "").status, 200);
    }
    assert_eq!(secure.site.handle.stats().handshakes, 1);
    assert_eq!(secure.site.handle.stats().sendfile_operations, 0);
}

#[test]
fn from_the_cache() {
    check(|server| server, true);
}

#[test]
fn from_files_that_are_held_open() {
    check(|server| server.cache(CacheConfig::new().max_file(100_000)), true);
}

#[test]
fn straight_from_files() {
    check(ServerBuilder::no_cache, true);
    check(ServerBuilder::no_cache, false);
}

#[test]
fn many_at_once_are_answered_in_order() {
    let large = noise(300_000, 1);
    let secure = Secure::start(&[("a.txt", b"a"), ("large.bin", &large), ("none.txt", b"")]);
    let mut client = secure.connect();
    let get = |path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let batch = [get("/a.txt"), get("/large.bin"), get("/missing"), get("/none.txt")].concat();
    client.send(batch.repeat(25));
    for _ in 0..25 {
        assert_eq!(client.answer(false).text(), "a");
        assert!(client.answer(false).body == large);
        assert_eq!(client.answer(false).status, 404);
        assert_eq!(client.answer(false).text(), "");
    }
}

/// Reads one record, and says how many plain bytes there are then.
fn read_record(tls: &mut ClientConnection, socket: &mut impl Read) -> usize {
    let mut record = vec![0; 5];
    socket.read_exact(&mut record).unwrap();
    let len = usize::from(record[3]) << 8 | usize::from(record[4]);
    record.resize(5 + len, 0);
    socket.read_exact(&mut record[5..]).unwrap();
    let mut unread = &record[..];
    let mut plain = 0;
    while !unread.is_empty() {
        tls.read_tls(&mut unread).unwrap();
        plain = tls.process_new_packets().unwrap().plaintext_bytes_to_read();
    }
    plain
}

#[test]
fn a_small_answer_is_one_record_and_a_batch_of_them_too() {
    let secure = Secure::start(&[("a.txt", &[b'a'; 1024])]);
    let request = b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut socket = socket(secure.site.address());
    let mut tls = begin(&secure.files.client());
    while tls.is_handshaking() || tls.wants_write() {
        while tls.wants_write() {
            tls.write_tls(&mut socket).unwrap();
        }
        if tls.is_handshaking() {
            assert_eq!(read_record(&mut tls, &mut socket), 0);
        }
    }
    for batch in [1, 10] {
        tls.writer().write_all(&request.repeat(batch)).unwrap();
        tls.write_tls(&mut socket).unwrap();
        // The tickets of TLS 1.3 are records of their own.
        let plain = std::iter::repeat_with(|| read_record(&mut tls, &mut socket));
        let plain = plain.take(10).find(|plain| *plain > 0).expect("an answer");
        let mut answers = vec![0; plain];
        tls.reader().read_exact(&mut answers).unwrap();
        for _ in 0..batch {
            let (answer, len) = response::read(&answers, false).unwrap().expect("all of it");
            assert_eq!(answer.body, [b'a'; 1024]);
            answers.drain(..len);
        }
        assert!(answers.is_empty());
    }
}

#[test]
fn a_client_that_does_not_read_is_cut() {
    let clock = TestClock::default();
    let time = clock.clone();
    let content = noise(50_000_000, 3);
    let files: &[(&str, &[u8])] = &[("large.bin", &content), ("a.txt", b"a")];
    let secure = Secure::with(files, |server| server.clock(time), |mount| mount);
    let mut stuck = secure.connect();
    stuck.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    secure.site.wait_for(|stats| stats.bytes_sent > 100_000);
    let mut creep = clock.creeping();
    secure.site.wait_for(|stats| {
        creep();
        stats.open == 0 && stats.timed_out == 1
    });
    assert!(stuck.rest().0.len() < content.len());
    assert_eq!(secure.connect().get("/a.txt").status, 200);
}

#[test]
fn a_reader_in_small_sips_gets_it_all() {
    let content = noise(3_000_000, 4);
    let secure = Secure::start(&[("large.bin", &content)]);
    let mut client: TlsClient = secure.connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let (mut sip, mut answer) = ([0; 777], Vec::new());
    loop {
        match client.stream.read(&mut sip).unwrap() {
            0 => break,
            n => answer.extend_from_slice(&sip[..n]),
        }
    }
    assert!(answer.ends_with(&content));
}

#[test]
fn a_request_body_is_thrown_away_and_the_next_request_found() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut client = secure.connect();
    let body = noise(60_000, 5);
    client.send("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
    client.send(&body);
    assert_eq!(client.answer(false).status, 405);
    assert_eq!(client.get("/a.txt").text(), "a");
}
