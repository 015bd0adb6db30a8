//! What the cache adds: content is held, named by its hash, coded for those who accept it, and forgotten when its
//! file changes.

use std::fs;
use std::io::Read;
use std::time::Duration;

use catzilla_server::{CacheConfig, Freshness, Invalidation, MountConfig, ServerBuilder};

use crate::site::{Site, TestClock, eventually, noise, write};

/// Text that shrinks.
pub(crate) fn text(len: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let mut words = Vec::new();
    while words.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        words.extend_from_slice(
            [&b"catzilla "[..], b"serves ", b"files "][state as usize >> 16 & 1],
        );
        words.extend_from_slice((state >> 20).to_string().as_bytes());
    }
    words.truncate(len);
    words
}

pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

#[test]
fn a_second_request_is_a_hit_of_the_same_representation() {
    let site = Site::start(&[("a.txt", b"content"), ("dir/index.html", b"index")]);
    let mut client = site.connect();
    for (path, content) in [("/a.txt", "content"), ("/dir/", "index")] {
        let first = client.get(path);
        let second = client.get(path);
        assert_eq!((first.text(), second.text()), (content, content));
        assert_eq!(first.field("etag"), second.field("etag"));
    }
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.hits, stats.misses, stats.entries), (2, 2, 2));
}

#[test]
fn an_index_is_held_once_for_both_its_names() {
    let content = noise(10_000, 1);
    let site = Site::start(&[("index.html", &content), ("dir/index.html", &content)]);
    for path in ["/", "/index.html", "/dir/", "/dir/index.html"] {
        assert!(site.get(path).body == content, "{path}");
    }
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.entries, stats.hits, stats.resident.content), (2, 2, 20_000));
    write(&site.path("dir/index.html"), b"new");
    for path in ["/dir/", "/dir/index.html"] {
        let seen = eventually(|| Some(site.get(path)).filter(|answer| answer.body == b"new"));
        assert!(seen.is_some(), "{path}");
    }
    // Where several names are tried, the second may answer for the folder, and isn't the first.
    let site = Site::with(
        &[("index.htm", b"second")],
        |server| server,
        |mount| mount.index(["index.html", "index.htm"]),
    );
    assert_eq!(site.get("/").text(), "second");
    assert_eq!(site.get("/index.html").status, 404);
    assert_eq!(site.get("/index.htm").text(), "second");
}

#[test]
fn equal_content_has_an_equal_tag_whatever_its_name_and_age() {
    let site = Site::start(&[("a.txt", b"content"), ("b.txt", b"content"), ("c.txt", b"other")]);
    crate::site::age(&site.path("b.txt"), Duration::from_hours(48));
    let tag = |path: &str| site.get(path).field("etag").unwrap().to_owned();
    assert_eq!(tag("/a.txt"), tag("/b.txt"));
    assert_ne!(tag("/a.txt"), tag("/c.txt"));
    assert!(tag("/a.txt").len() == 34 && tag("/a.txt").starts_with('"'));
}

#[test]
fn text_is_coded_for_those_who_accept_it() {
    let content = text(50_000);
    let site = Site::start(&[
        ("a.js", &content),
        ("small.js", b"tiny"),
        ("a.png", &content),
        ("noise.js", &noise(50_000, 3)),
    ]);
    let ask = |path: &str, accept: &str| site.ask("GET", path, &[("Accept-Encoding", accept)]);
    let plain = site.get("/a.js");
    assert_eq!(
        (plain.field("content-encoding"), plain.field("vary")),
        (None, Some("accept-encoding"))
    );
    let mut tags = vec![plain.field("etag").unwrap().to_owned()];
    for (accept, coding) in [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("zstd, gzip", "zstd"),
        ("br;q=0.5, gzip", "gzip"),
    ] {
        let coded = ask("/a.js", accept);
        assert_eq!(coded.field("content-encoding"), Some(coding), "{accept}");
        assert_eq!(coded.field("vary"), Some("accept-encoding"));
        assert!(coded.body.len() < content.len() / 2);
        let tag = coded.field("etag").unwrap().to_owned();
        let again =
            site.ask("GET", "/a.js", &[("Accept-Encoding", accept), ("If-None-Match", &tag)]);
        assert_eq!((again.status, again.field("vary")), (304, Some("accept-encoding")));
        assert_eq!(again.field("etag"), Some(&*tag));
        if coding == "gzip" {
            assert!(gunzip(&coded.body) == content);
        }
        tags.push(tag);
        let head = site.ask("HEAD", "/a.js", &[("Accept-Encoding", accept)]);
        assert_eq!(head.fields, ask("/a.js", accept).fields, "{accept}");
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "one per coding: {tags:?}");
    for (path, accept, why) in [
        ("/a.js", "identity", "it is asked for"),
        ("/a.js", "gzip;q=0", "gzip is refused"),
        ("/a.js", "identity;q=0", "nothing is acceptable"),
        ("/small.js", "gzip", "it is too small"),
        ("/a.png", "gzip", "it is a picture"),
        ("/noise.js", "gzip", "it doesn't shrink"),
    ] {
        let answer = ask(path, accept);
        assert_eq!((answer.status, answer.field("content-encoding")), (200, None), "{why}");
        assert_eq!(answer.field("vary").is_some(), path != "/a.png", "{why}");
    }
}

#[test]
fn a_range_is_of_the_coding_that_is_chosen() {
    let content = text(50_000);
    let site = Site::start(&[("a.js", &content)]);
    let gzip = ("Accept-Encoding", "gzip");
    let whole = site.ask("GET", "/a.js", &[gzip]);
    let part = site.ask("GET", "/a.js", &[gzip, ("Range", "bytes=10-19")]);
    assert_eq!((part.status, part.field("content-encoding")), (206, Some("gzip")));
    assert_eq!(part.body, whole.body[10..20]);
    let range = format!("bytes 10-19/{}", whole.body.len());
    assert_eq!(part.field("content-range"), Some(&*range));
    // Several parts have a body that isn't in the coding of its parts: the whole is sent instead.
    let parts = site.ask("GET", "/a.js", &[gzip, ("Range", "bytes=0-9,1000-1009")]);
    assert_eq!((parts.status, parts.field("content-encoding")), (200, Some("gzip")));
    assert_eq!(parts.body, whole.body);
    let parts = site.ask("GET", "/a.js", &[("Range", "bytes=0-9,1000-1009")]);
    assert_eq!((parts.status, parts.field("content-encoding")), (206, None));
    // A part of another coding is no part of this one.
    let tag = site.get("/a.js").field("etag").unwrap().to_owned();
    let range = [gzip, ("Range", "bytes=10-19"), ("If-Range", &*tag)];
    assert_eq!(site.ask("GET", "/a.js", &range).status, 200);
}

/// A mount that only looks, or only believes.
fn with_strategy(invalidation: Invalidation, clock: &TestClock) -> Site {
    let clock = clock.clone();
    Site::with(
        &[("a.txt", b"old content")],
        move |server: ServerBuilder| {
            let cache = CacheConfig::new().time_to_live(Some(Duration::from_secs(10)));
            server.cache(cache).clock(clock)
        },
        |mount: MountConfig| mount.freshness(Freshness::new(invalidation)),
    )
}

#[test]
fn lazily_a_file_is_looked_at_once_its_interval_is_over() {
    let clock = TestClock::default();
    let interval = Duration::from_secs(10);
    let site = with_strategy(Invalidation::Lazy { interval }, &clock);
    assert_eq!(site.get("/a.txt").text(), "old content");
    write(&site.path("a.txt"), b"new content");
    assert_eq!(site.get("/a.txt").text(), "old content");
    clock.0.advance(interval);
    let answer = eventually(|| Some(site.get("/a.txt")).filter(|a| a.text() == "new content"));
    assert!(answer.is_some());
}

#[test]
fn by_time_alone_a_file_is_believed_until_its_time_is_over() {
    let clock = TestClock::default();
    let site = with_strategy(Invalidation::Ttl, &clock);
    assert_eq!(site.get("/a.txt").text(), "old content");
    write(&site.path("a.txt"), b"new content");
    clock.0.advance(Duration::from_secs(9));
    assert_eq!(site.get("/a.txt").text(), "old content");
    clock.0.advance(Duration::from_secs(1));
    assert_eq!(site.get("/a.txt").text(), "new content");
}

#[test]
fn by_events_every_way_of_changing_a_file_is_seen() {
    let site = Site::start(&[
        ("a.txt", b"old"),
        ("dir/a.txt", b"old"),
        ("dir/index.html", b"old"),
        ("gone.txt", b"old"),
    ]);
    let see = |path: &str, status: u16, body: &str| {
        let seen = eventually(|| {
            let answer = site.get(path);
            (answer.status == status && (status != 200 || answer.text() == body)).then_some(())
        });
        assert!(seen.is_some(), "{path} never became {status} {body}");
    };
    for path in ["/a.txt", "/dir/a.txt", "/dir/", "/gone.txt"] {
        assert_eq!(site.get(path).text(), "old");
    }
    write(&site.path("a.txt"), b"rewritten");
    see("/a.txt", 200, "rewritten");
    write(&site.path("new"), b"renamed");
    fs::rename(site.path("new"), site.path("a.txt")).unwrap();
    see("/a.txt", 200, "renamed");
    write(&site.path("dir/index.html"), b"another index");
    see("/dir/", 200, "another index");
    fs::remove_file(site.path("gone.txt")).unwrap();
    see("/gone.txt", 404, "");
    write(&site.path("gone.txt"), b"back");
    see("/gone.txt", 200, "back");
    write(&site.path("other/a.txt"), b"of the other folder");
    fs::rename(site.path("dir"), site.path("old")).unwrap();
    fs::rename(site.path("other"), site.path("dir")).unwrap();
    see("/dir/a.txt", 200, "of the other folder");
    see("/dir/", 404, "");
    fs::remove_dir_all(site.path("dir")).unwrap();
    see("/dir/a.txt", 404, "");
}

#[test]
fn a_folder_deployed_anew_is_seen() {
    let site = Site::start(&[("a.txt", b"old")]);
    assert_eq!(site.get("/a.txt").text(), "old");
    fs::remove_dir_all(site.path("")).unwrap();
    write(&site.path("a.txt"), b"new");
    let seen = eventually(|| Some(site.get("/a.txt")).filter(|answer| answer.body == b"new"));
    assert!(seen.is_some(), "it is never served again");
}

#[test]
fn on_request_an_answer_says_how_the_cache_was_used() {
    let site =
        Site::with(&[("a.txt", b"content")], |server| server, |mount| mount.cache_status(true));
    fs::write(site.path("fresh.txt"), b"fresh").unwrap();
    let check = |path: &str, fields: &[(&str, &str)], expected: Option<&str>| {
        let answer = site.ask("GET", path, fields);
        assert_eq!(answer.field("cache-status"), expected, "{path} {fields:?}");
    };
    check("/a.txt", &[], Some("catzilla; fwd=uri-miss; stored"));
    check("/a.txt", &[], Some("catzilla; hit"));
    check("/a.txt", &[("Range", "bytes=0-1")], Some("catzilla; hit"));
    check("/a.txt", &[("If-None-Match", "*")], Some("catzilla; hit"));
    check("/fresh.txt", &[], Some("catzilla; fwd=uri-miss"));
    check("/missing.txt", &[], None);
}

#[test]
fn what_is_too_old_is_swept_though_nobody_asks() {
    let clock = TestClock::default();
    let cache = CacheConfig::new().time_to_live(Some(Duration::from_secs(10)));
    let of_server = clock.clone();
    let site = Site::with(
        &[("a.txt", b"content")],
        |server| server.cache(cache).clock(of_server),
        |mount| mount,
    );
    assert_eq!(site.get("/a.txt").status, 200);
    clock.0.advance(Duration::from_secs(61));
    let swept = || site.handle.cache_stats().filter(|stats| stats.expirations == 1);
    assert_eq!(eventually(swept).expect("it is swept").entries, 0);
}

#[test]
fn without_a_budget_there_is_no_cache() {
    let content = text(50_000);
    let site = Site::with(
        &[("a.js", &content)],
        |server| server.cache(CacheConfig::new().size(0)),
        |mount| mount,
    );
    for _ in 0..2 {
        let answer = site.ask("GET", "/a.js", &[("Accept-Encoding", "gzip")]);
        assert!(answer.body == content, "not compressed for each who asks");
        assert!(answer.field("etag").unwrap().contains('-'), "nor hashed: named by its metadata");
    }
    assert!(site.handle.cache_stats().is_none());
}

#[test]
fn files_too_large_to_hold_are_held_open() {
    let content = noise(3_000_000, 9);
    let site = Site::with(
        &[("large.bin", &content)],
        |server| server.cache(CacheConfig::new().max_file(1_000_000)),
        |mount| mount,
    );
    for _ in 0..3 {
        let answer = site.get("/large.bin");
        assert!(answer.body == content);
        assert!(answer.field("etag").unwrap().contains('-'), "named by its metadata");
    }
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.hits, stats.resident.content), (2, 0));
    assert!(site.handle.stats().sendfile_operations > 0);
    // Written in place, it is found changed before a head is sent.
    let mut file = fs::File::options().append(true).open(site.path("large.bin")).unwrap();
    std::io::Write::write_all(&mut file, b"more").unwrap();
    assert_eq!(site.get("/large.bin").body.len(), 3_000_004);
    let newer = noise(3_000_000, 10);
    write(&site.path("new.bin"), &newer);
    fs::rename(site.path("new.bin"), site.path("large.bin")).unwrap();
    let seen = eventually(|| Some(site.get("/large.bin")).filter(|answer| answer.body == newer));
    assert!(seen.is_some());
}
