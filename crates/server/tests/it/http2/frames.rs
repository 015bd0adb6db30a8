//! Frames that no honest client sends.

use super::client::*;
use crate::site::Site;

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":path", "/a.txt"), (":scheme", "http"), (":authority", "a")];

fn site() -> Site {
    Site::start(&[("a.txt", b"a")])
}

/// After what was sent the connection ends with this error, and the next client is unharmed.
#[track_caller]
fn ends(send: impl FnOnce(&mut RawClient), code: u32) {
    let site = site();
    let mut client = RawClient::open(site.address());
    send(&mut client);
    let goodbye = client.expect(GOAWAY);
    assert_eq!(goodbye.payload[4..8], code.to_be_bytes());
    client.rest();
    assert_eq!(site.get("/a.txt").status, 200);
}

/// After what was sent the stream ends with this error, and the connection goes on.
#[track_caller]
fn resets(fields: &[(&str, &str)], code: u32) {
    let site = site();
    let mut client = RawClient::open(site.address());
    client.frame(HEADERS, END_STREAM | END_HEADERS, 1, &head(fields));
    let reset = client.expect(RST_STREAM);
    assert_eq!((reset.stream, &reset.payload[..]), (1, &code.to_be_bytes()[..]), "{fields:?}");
    client.get(3, "/a.txt");
    assert_eq!(client.expect(DATA).stream, 3);
}

/// What was asked like this is answered with this status.
#[track_caller]
fn answers(fields: &[(&str, &str)], status: &str) {
    let site = site();
    let mut client = RawClient::open(site.address());
    client.frame(HEADERS, END_STREAM | END_HEADERS, 1, &head(fields));
    let answer = client.expect(HEADERS).payload;
    // Indexed (RFC 7541 appendix A).
    let expected = match status {
        "200" => 0x88,
        "204" => 0x89,
        "400" => 0x8c,
        other => panic!("{other}"),
    };
    assert_eq!(answer[0], expected, "{fields:?}");
}

#[test]
fn malformed_frames_end_the_connection() {
    ends(|client| client.frame(DATA, 0, 0, b"x"), PROTOCOL_ERROR);
    ends(|client| client.frame(PING, 0, 0, b"short"), FRAME_SIZE_ERROR);
    ends(|client| client.frame(SETTINGS, 0, 1, &[]), PROTOCOL_ERROR);
    ends(|client| client.frame(HEADERS, END_STREAM | END_HEADERS, 2, &head(&GET)), PROTOCOL_ERROR);
    ends(
        |client| client.frame(HEADERS, END_STREAM | END_HEADERS, 1, &[0xff; 8]),
        COMPRESSION_ERROR,
    );
    ends(|client| client.frame(DATA, 0, 1, &vec![0; 20_000]), FRAME_SIZE_ERROR);
    ends(|client| client.frame(8, 0, 0, &0x7fff_ffff_u32.to_be_bytes()), FLOW_CONTROL_ERROR);
    ends(
        |client| {
            client.frame(HEADERS, END_STREAM, 1, &head(&GET));
            client.frame(PING, 0, 0, &[0; 8]);
        },
        PROTOCOL_ERROR,
    );
}

#[test]
fn malformed_requests_end_their_stream_alone() {
    let with = |name, value| [&GET[..], &[(name, value)]].concat();
    resets(&GET[..1], PROTOCOL_ERROR);
    resets(&with("connection", "close"), PROTOCOL_ERROR);
    resets(&with("transfer-encoding", "chunked"), PROTOCOL_ERROR);
    resets(&with("te", "gzip"), PROTOCOL_ERROR);
    resets(&with("content-length", "5"), PROTOCOL_ERROR);
    resets(&with(":path", "/b"), PROTOCOL_ERROR);
    resets(&with(":unknown", "x"), PROTOCOL_ERROR);
}

#[test]
fn the_host_is_judged_as_in_http_1() {
    let with = |value| [&GET[..], &[("host", value)]].concat();
    answers(&with("a"), "200");
    answers(&with("b"), "400");
    let alone = |value| [&GET[..3], &[("host", value)]].concat();
    answers(&alone("a"), "200");
    answers(&alone("a b"), "400");
    answers(&GET[..3], "400");
}

#[test]
fn the_server_itself_has_options() {
    let fields = [(":method", "OPTIONS"), (":path", "*"), (":scheme", "http"), (":authority", "a")];
    answers(&fields, "204");
}

#[test]
fn a_head_that_never_ends_ends_the_connection() {
    let site = site();
    let mut client = RawClient::open(site.address());
    client.frame(HEADERS, END_STREAM, 1, &head(&GET));
    let piece = head(&[("x", &"y".repeat(1000))]);
    let mut sent = 0;
    while sent < 100_000 && client.try_frame(CONTINUATION, 0, 1, &piece).is_ok() {
        sent += 1;
    }
    assert!(sent < 100_000, "it took all of them");
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn a_storm_of_resets_ends_the_connection() {
    let site = site();
    let mut client = RawClient::open(site.address());
    let mut batch = Vec::new();
    for stream in 0..10_000 {
        let head = head(&GET);
        for (kind, flags, payload) in
            [(HEADERS, END_STREAM | END_HEADERS, &head[..]), (RST_STREAM, 0, &8_u32.to_be_bytes())]
        {
            batch.extend(&(payload.len() as u32).to_be_bytes()[1..]);
            batch.extend([kind, flags]);
            batch.extend((2 * stream + 1_u32).to_be_bytes());
            batch.extend(payload);
        }
    }
    // It may be cut while it sends.
    let (mut socket, bytes) = (client.0.try_clone().unwrap(), batch);
    let sender = std::thread::spawn(move || {
        use std::io::Write;
        let _ = socket.write_all(&bytes);
    });
    let goodbye = client.expect(GOAWAY);
    assert_eq!(goodbye.payload[4..8], ENHANCE_YOUR_CALM.to_be_bytes());
    client.rest();
    sender.join().unwrap();
    assert!(site.handle.stats().requests < 10_000);
    assert_eq!(site.get("/a.txt").status, 200);
}

#[test]
fn pings_whose_answers_nobody_reads_are_not_collected() {
    let site = site();
    let mut client = RawClient::open(site.address());
    client.0.set_write_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
    // The server reads no more when what it would answer finds no room; so the client can't go on for ever.
    let mut sent = 0_u64;
    while sent < 10_000_000 && client.try_frame(PING, 0, 0, &[7; 8]).is_ok() {
        sent += 1;
    }
    assert!(sent < 10_000_000, "it took all of them");
    assert_eq!(site.get("/a.txt").status, 200);
}
