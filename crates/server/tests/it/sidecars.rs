//! Files that lie beside others, compressed, and are sent in their place.

use std::fs::File;
use std::time::{Duration, SystemTime};

use catzilla_path_security::Policy;
use catzilla_server::{CacheConfig, Codings, MountConfig};

use crate::cached::text;
use crate::site::{Site, age, eventually, noise, write};

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, content).unwrap();
    encoder.finish().unwrap()
}

fn site(files: &[(&str, &[u8])], cache: CacheConfig, policy: Policy) -> Site {
    let mount = |mount: MountConfig| mount.compress(Codings::NONE).policy(policy);
    Site::with(files, |server| server.cache(cache), mount)
}

/// Whether what lies beside it is sent for a file, and what is sent the second time, when it is kept.
#[track_caller]
fn check(site: &Site, path: &str, content: &[u8], sidecar: Option<&[u8]>) {
    for _ in 0..2 {
        let answer = site.ask("GET", path, &[("Accept-Encoding", "gzip")]);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.field("content-encoding"), sidecar.map(|_| "gzip"), "{path}");
        assert!(answer.body == sidecar.unwrap_or(content), "{path}");
        if sidecar.is_some() {
            assert_eq!(answer.field("vary"), Some("accept-encoding"), "{path}");
            let plain = site.get(path);
            assert_eq!(plain.field("vary"), Some("accept-encoding"), "{path}");
            assert!(plain.body == content, "{path}");
        }
    }
}

#[test]
fn what_decodes_to_the_file_is_sent_whatever_its_type_unless_it_is_older() {
    let content = text(20_000);
    let good = gz(&content);
    let files: &[(&str, &[u8])] = &[
        ("good.js", &content),
        ("good.js.gz", &good),
        ("other.js", &content),
        ("other.js.gz", &gz(&text(10_000))),
        ("corrupt.js", &content),
        ("corrupt.js.gz", &good[..good.len() - 9]),
        ("second.js", &content),
        ("second.js.gz", &good),
        ("older.js", &content),
        ("older.js.gz", &good),
        ("picture.png", &content),
        ("picture.png.gz", &good),
        ("noname", &content),
        ("noname.gz", &good),
        ("alone.png", &content),
    ];
    let site = site(files, CacheConfig::new(), Policy::default());
    age(&site.path("older.js.gz"), Duration::from_hours(48));
    // A tool copied the time without its fraction.
    for (name, nanos) in [("second.js", 900_000_000), ("second.js.gz", 0)] {
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, nanos);
        File::options().write(true).open(site.path(name)).unwrap().set_modified(time).unwrap();
    }
    for path in ["/good.js", "/second.js", "/picture.png", "/noname"] {
        check(&site, path, &content, Some(&good));
    }
    for path in ["/other.js", "/corrupt.js", "/older.js", "/alone.png"] {
        check(&site, path, &content, None);
    }
    assert_eq!(site.get("/alone.png").field("vary"), None);
}

#[test]
fn the_rules_for_names_are_about_the_file_it_stands_for() {
    let content = text(20_000);
    let good = gz(&content);
    let files: &[(&str, &[u8])] = &[("a.js", &content), ("a.js.gz", &good)];
    for policy in [
        Policy::default().allow_extensions(["js"]).unwrap(),
        Policy::default().block_extensions(["gz"]).unwrap(),
        Policy::default().block_pattern("*.gz").unwrap(),
    ] {
        let site = site(files, CacheConfig::new(), policy);
        check(&site, "/a.js", &content, Some(&good));
        assert_eq!(site.get("/a.js.gz").status, 403, "asked for by its own name");
    }
}

#[test]
fn it_is_beside_the_limit_for_one_file() {
    let content = text(20_000);
    let good = gz(&content);
    let files: &[(&str, &[u8])] = &[("a.js", &content), ("a.js.gz", &good)];
    let limit = content.len() as u64;
    let fits = site(files, CacheConfig::new().max_file(limit), Policy::default());
    check(&fits, "/a.js", &content, Some(&good));
    assert_eq!(fits.handle.cache_stats().unwrap().entries, 1);
    // What is larger isn't read, so nothing can be compared with it.
    let larger = site(files, CacheConfig::new().max_file(limit - 1), Policy::default());
    check(&larger, "/a.js", &content, None);
}

#[test]
fn where_there_is_room_for_the_file_alone_it_is_kept_alone() {
    let content = noise(20_000, 5);
    let good = zeroes_and(&content);
    let files: &[(&str, &[u8])] = &[("a.js", &good), ("a.js.gz", &gz(&good))];
    let budget = good.len() as u64 + 5_000;
    let site = site(files, CacheConfig::new().size(budget), Policy::default());
    check(&site, "/a.js", &good, None);
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.entries, stats.hits), (1, 1), "{stats:?}");
}

#[test]
fn where_both_just_fit_or_just_do_not_something_is_kept() {
    let content = zeroes_and(&noise(20_000, 5));
    let good = gz(&content);
    let files: &[(&str, &[u8])] = &[("a.js", &content), ("a.js.gz", &good)];
    for beside in (600..4_200).step_by(300) {
        let budget = (content.len() + good.len() + beside) as u64;
        let site = site(files, CacheConfig::new().size(budget), Policy::default());
        for _ in 0..2 {
            assert_eq!(site.get("/a.js").status, 200);
        }
        let stats = site.handle.cache_stats().unwrap();
        assert_eq!((stats.entries, stats.hits), (1, 1), "{beside} bytes beside: {stats:?}");
    }
}

/// Bytes that shrink a little.
fn zeroes_and(content: &[u8]) -> Vec<u8> {
    [content, &[0; 2_000]].concat()
}

#[test]
fn one_that_comes_later_is_found() {
    let content = text(20_000);
    let good = gz(&content);
    let site = site(&[("a.png", &content)], CacheConfig::new(), Policy::default());
    check(&site, "/a.png", &content, None);
    write(&site.path("a.png.gz"), &good);
    let ask = || site.ask("GET", "/a.png", &[("Accept-Encoding", "gzip")]);
    assert!(eventually(|| Some(ask()).filter(|answer| answer.body == good)).is_some());
}
