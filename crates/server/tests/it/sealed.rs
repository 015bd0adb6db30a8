//! Large content that the cache holds in sealed memory files: to clients it is content like any other.

use catzilla_server::ServerBuilder;

use crate::site::{Site, noise};

const LEN: usize = 1 << 20;

/// One file of each kind that could be sent another way, and the same content in each.
fn site(server: impl FnOnce(ServerBuilder) -> ServerBuilder, sendfile: bool) -> (Site, Vec<u8>) {
    let content = noise(LEN, 21);
    let files: &[(&str, &[u8])] = &[("a.bin", &content), ("a.txt", &content)];
    (Site::with(files, server, |mount| mount.sendfile(sendfile)), content)
}

#[test]
fn parts_of_it_are_what_they_should_be() {
    let (site, content) = site(|server| server, true);
    let mut client = site.connect();
    // The second time it is held.
    for _ in 0..2 {
        let whole = client.get("/a.bin");
        assert!(whole.body == content);
        for (range, begin, end) in [
            ("bytes=0-0", 0, 1),
            // Copied behind its head.
            ("bytes=1000-1999", 1_000, 2_000),
            ("bytes=-5", LEN - 5, LEN),
            // By sendfile.
            ("bytes=77-200076", 77, 200_077),
            ("bytes=500000-", 500_000, LEN),
        ] {
            let part = client.ask("GET", "/a.bin", &[("Range", range)]);
            assert_eq!(part.status, 206, "{range}");
            assert!(part.body == content[begin..end], "{range}");
            assert_eq!(part.field("etag"), whole.field("etag"));
        }
    }
    assert!(site.handle.stats().sendfile_operations > 0);
    assert_eq!(site.handle.cache_stats().unwrap().resident.content, LEN as u64);
}

#[test]
fn several_parts_large_and_small_come_in_order() {
    let (site, content) = site(|server| server, true);
    for _ in 0..2 {
        let range = "bytes=10-19,100000-299999,700000-700009";
        let answer = site.ask("GET", "/a.bin", &[("Range", range)]);
        assert_eq!(answer.status, 206);
        let mut rest = &*answer.body;
        for part in [&content[10..20], &content[100_000..300_000], &content[700_000..700_010]] {
            let head = rest.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
            assert!(rest[head..].starts_with(part));
            rest = &rest[head + part.len()..];
        }
        assert!(rest.starts_with(b"\r\n--") && rest.ends_with(b"--\r\n"));
    }
}

#[test]
fn how_it_is_sent_can_not_be_seen() {
    let (sealed, _) = site(|server| server, true);
    let (copied, _) = site(|server| server, false);
    for path in ["/a.bin", "/a.txt"] {
        let ours = sealed.get(path);
        let theirs = copied.get(path);
        assert!(ours.body == theirs.body);
        assert_eq!(ours.field("etag"), theirs.field("etag"));
        assert_eq!(ours.field("etag"), sealed.ask("HEAD", path, &[]).field("etag"));
    }
    assert_eq!(copied.handle.stats().sendfile_operations, 0);
}

#[test]
fn requests_behind_it_on_the_connection_are_answered_in_order() {
    let (site, content) = site(|server| server, true);
    let mut client = site.connect();
    client.send("GET /a.bin HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3));
    client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nHEAD /a.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..4 {
        assert!(client.answer(false).body == content);
    }
    assert_eq!(client.answer(true).field("content-length"), Some("1048576"));
}

#[test]
fn what_is_evicted_while_a_client_reads_it_is_sent_to_its_end() {
    // More than the sockets of both ends take.
    let content = noise(9 << 20, 22);
    let site = Site::start(&[("a.bin", &content)]);
    let mut client = site.connect();
    client.get("/a.bin");
    let sent = site.handle.stats().bytes_sent;
    client.send("GET /a.bin HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3));
    site.wait_for(|stats| stats.bytes_sent > sent);
    site.handle.release_cache_to(0);
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!(stats.entries, 0);
    assert!(stats.pinned > content.len() as u64, "{stats:?}");
    for _ in 0..3 {
        assert!(client.answer(false).body == content);
    }
}
