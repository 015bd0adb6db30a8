//! What a cache may meet: odd sizes, odd company, odd wishes, odd patterns.

use std::fs;

use catzilla_server::{CacheConfig, Codings};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::site::{Site, eventually, noise, write};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut encoder, content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_limit_of_an_entry_is_exact() {
    let limit = 100_000;
    let (fits, beyond) = (noise(limit, 1), noise(limit + 1, 2));
    let site = Site::with(
        &[("fits.bin", &fits), ("beyond.bin", &beyond), ("empty.bin", b"")],
        |server| server.cache(CacheConfig::new().max_file(limit as u64)),
        |mount| mount,
    );
    for (path, content, in_memory) in [
        ("/fits.bin", &fits[..], limit),
        ("/beyond.bin", &beyond, limit),
        ("/empty.bin", b"", limit),
    ] {
        let before = site.handle.cache_stats().unwrap();
        for _ in 0..3 {
            assert!(site.get(path).body == content, "{path}");
        }
        let after = site.handle.cache_stats().unwrap();
        assert_eq!((after.hits, after.entries), (before.hits + 2, before.entries + 1), "{path}");
        assert_eq!(after.resident.content, in_memory as u64, "{path}");
    }
}

#[test]
fn with_nothing_to_hold_every_kind_of_answer_is_right() {
    let content = b"catzilla ".repeat(1_000);
    let site = Site::with(
        &[("a.js", &content), ("large.bin", &noise(300_000, 4))],
        // An entry weighs more than that.
        |server| server.cache(CacheConfig::new().size(100).max_file(100_000)),
        |mount| mount,
    );
    for _ in 0..2 {
        let tag = site.get("/a.js").field("etag").unwrap().to_owned();
        assert_eq!(site.ask("GET", "/a.js", &[("If-None-Match", &tag)]).status, 304);
        let part = site.ask("GET", "/a.js", &[("Range", "bytes=9-16")]);
        assert_eq!((part.status, part.text()), (206, "catzilla"));
        let coded = site.ask("GET", "/a.js", &[("Accept-Encoding", "gzip")]);
        assert_eq!(coded.field("content-encoding"), None, "it would be made for each request");
        assert!(site.get("/large.bin").body == noise(300_000, 4));
    }
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.entries, stats.resident.total(), stats.hits), (0, 0, 0));
    let free = || site.handle.cache_stats().filter(|stats| stats.pinned == 0);
    assert!(eventually(free).is_some(), "held for nobody");
}

#[test]
fn odd_wishes_are_answered_with_something() {
    let content = b"catzilla ".repeat(1_000);
    let site = Site::start(&[("a.js", &content)]);
    // None of it is 406: what can't be understood, or met, is answered as it is.
    for (accept, expected) in [
        ("", None),
        (",,,", None),
        (";", None),
        ("gzip;q=", None),
        ("gzip;q=2", None),
        ("gzip;q=0.0001", None),
        ("gzip;level=9", None),
        ("\u{7f}gzip", None),
        ("deflate, compress", None),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("identity;q=0, *;q=0", None),
        ("x-gzip", Some("gzip")),
        ("GZIP", Some("gzip")),
        ("identity;q=0, gzip", Some("gzip")),
        ("gzip;q=0.001, identity;q=0", Some("gzip")),
    ] {
        if accept.contains('\u{7f}') {
            assert_eq!(site.ask("GET", "/a.js", &[("Accept-Encoding", accept)]).status, 400);
            continue;
        }
        let answer = site.ask("GET", "/a.js", &[("Accept-Encoding", accept)]);
        assert_eq!(
            (answer.status, answer.field("content-encoding")),
            (200, expected),
            "{accept:?}"
        );
        assert_eq!(answer.field("vary"), Some("accept-encoding"), "{accept:?}");
    }
    let many = vec!["gzip;q=0.5"; 300].join(",");
    assert_eq!(site.ask("GET", "/a.js", &[("Accept-Encoding", &many)]).status, 200);
}

#[test]
fn company_that_is_of_no_use_is_ignored() {
    let content = b"catzilla serves files. ".repeat(1_000);
    let good = gzip(&content);
    let bomb = gzip(&vec![0; 50_000_000]);
    let twice = [&good[..], &good].concat();
    let trailed = [&good[..], b"!"].concat();
    let site = Site::with(
        &[
            ("empty.js", &content),
            ("empty.js.gz", b""),
            ("bomb.js", &content),
            ("bomb.js.gz", &bomb),
            ("twice.js", &content),
            ("twice.js.gz", &twice),
            ("trailed.js", &content),
            ("trailed.js.gz", &trailed),
            ("plain.js", &content),
            ("plain.js.gz", &content[..1_000]),
            ("folder.js", &content),
            ("folder.js.gz/a", b"a"),
            ("larger.js", &content),
            ("larger.js.gz", &[&content[..], b" "].concat()),
        ],
        |server| server,
        |mount| mount.compress(Codings::NONE),
    );
    for name in ["empty", "bomb", "twice", "trailed", "plain", "folder", "larger"] {
        for _ in 0..2 {
            let path = format!("/{name}.js");
            let answer = site.ask("GET", &path, &[("Accept-Encoding", "gzip")]);
            assert_eq!((answer.status, answer.field("content-encoding")), (200, None), "{name}");
            assert!(answer.body == content, "{name}");
        }
    }
}

#[test]
fn company_that_comes_and_goes_is_seen() {
    let (content, other) = (b"catzilla ".repeat(1_000), b"changed! ".repeat(1_000));
    let site =
        Site::with(&[("a.js", &content)], |server| server, |mount| mount.compress(Codings::NONE));
    let see = |coding: Option<&str>, body: &[u8], why: &str| {
        let seen = eventually(|| {
            let answer = site.ask("GET", "/a.js", &[("Accept-Encoding", "gzip")]);
            (answer.field("content-encoding") == coding && answer.body == body).then_some(())
        });
        assert!(seen.is_some(), "{why}");
    };
    see(None, &content, "there is none");
    write(&site.path("a.js.gz"), &gzip(&content));
    see(Some("gzip"), &gzip(&content), "it has come");
    write(&site.path("a.js"), &other);
    see(None, &other, "it is of the old version");
    write(&site.path("a.js.gz"), &gzip(&other));
    see(Some("gzip"), &gzip(&other), "it has come along");
    fs::remove_file(site.path("a.js.gz")).unwrap();
    see(None, &other, "it has gone");
}

#[test]
fn a_folder_removed_while_it_is_watched_and_made_anew_is_seen() {
    let site = Site::start(&[("dir/deep/a.txt", b"first"), ("b.txt", b"beside")]);
    let see = |status: u16, body: &str| {
        let seen = eventually(|| {
            let answer = site.get("/dir/deep/a.txt");
            (answer.status == status && (status != 200 || answer.text() == body)).then_some(())
        });
        assert!(seen.is_some(), "never {status} {body}");
    };
    for round in 0..20 {
        write(&site.path("dir/deep/a.txt"), format!("round {round}").as_bytes());
        see(200, &format!("round {round}"));
        fs::remove_dir_all(site.path("dir")).unwrap();
        see(404, "");
    }
    assert_eq!(site.get("/b.txt").text(), "beside");
}

#[test]
fn a_pattern_that_matches_very_many_files_is_loaded_beside_the_requests() {
    const FILES: usize = 3_000;
    let names: Vec<_> = (0..FILES).map(|n| format!("{}/{n}.txt", n % 37)).collect();
    let files: Vec<_> = names.iter().map(|name| (&**name, name.as_bytes())).collect();
    let site = Site::with(
        &files,
        |server| server.cache(CacheConfig::new().preload("**/*.txt").preload("*.none")),
        |mount| mount,
    );
    assert_eq!(site.get("/0/0.txt").status, 200, "nobody waits for the last one");
    let loaded = || site.handle.cache_stats().filter(|stats| stats.entries == FILES as u64);
    assert!(eventually(loaded).is_some(), "{:?}", site.handle.cache_stats());
    let misses = site.handle.cache_stats().unwrap().misses;
    let mut client = site.connect();
    for name in names.iter().step_by(100) {
        assert_eq!(client.get(&format!("/{name}")).text(), name);
    }
    assert_eq!(site.handle.cache_stats().unwrap().misses, misses, "each was a hit");
}
