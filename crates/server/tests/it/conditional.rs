//! Preconditions and ranges through the whole server; their rules have their tests in the crate that holds
//! them.

use catzilla_server::ServerBuilder;

use crate::client::Answer;
use crate::site::{Site, noise, write};

fn content() -> Vec<u8> {
    noise(200_000, 7)
}

fn site() -> Site {
    Site::start(&[("small.txt", b"0123456789"), ("large.bin", &content())])
}

#[track_caller]
fn check(site: &Site, path: &str, fields: &[(&str, &str)], status: u16) -> Answer {
    let mut client = site.connect();
    let answer = client.ask("GET", path, fields);
    assert_eq!(answer.status, status, "{path} {fields:?}");
    // Whatever it was, the connection is in step.
    assert_eq!(client.get("/small.txt").text(), "0123456789");
    answer
}

#[test]
fn a_copy_that_is_good_is_not_sent_again() {
    let site = site();
    for path in ["/small.txt", "/large.bin"] {
        let first = site.get(path);
        let etag = first.field("etag").unwrap();
        let date = first.field("last-modified").unwrap();
        for fields in [
            &[("If-None-Match", etag)][..],
            &[("If-None-Match", "*")],
            &[("If-None-Match", "\"other\""), ("If-None-Match", etag)],
            &[("If-Modified-Since", date)],
            &[("If-None-Match", etag), ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")],
        ] {
            let answer = check(&site, path, fields, 304);
            for field in ["etag", "cache-control"] {
                assert_eq!(answer.field(field), first.field(field));
            }
            assert_eq!(answer.field("content-length"), None);
        }
        check(&site, path, &[("If-None-Match", "\"other\"")], 200);
        check(&site, path, &[("If-Modified-Since", "nonsense")], 200);
        check(&site, path, &[("If-Match", etag)], 200);
        check(&site, path, &[("If-Match", "\"other\"")], 412);
        check(&site, path, &[("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")], 412);
    }
}

#[test]
fn a_new_version_has_a_new_tag() {
    let site = Site::with(&[("small.txt", b"0123456789")], ServerBuilder::no_cache, |mount| mount);
    let etag = site.get("/small.txt").field("etag").unwrap().to_owned();
    write(&site.path("small.txt"), b"0123456789");
    crate::site::age(&site.path("small.txt"), std::time::Duration::from_secs(1000));
    check(&site, "/small.txt", &[("If-None-Match", &etag)], 200);
}

#[test]
fn a_file_that_was_just_written_has_a_weak_tag() {
    let site = site();
    std::fs::write(site.path("fresh.txt"), b"fresh").unwrap();
    let answer = site.get("/fresh.txt");
    assert!(answer.field("etag").unwrap().starts_with("W/\""));
}

#[test]
fn one_range() {
    let site = site();
    let content = content();
    for (range, expected, content_range) in [
        ("bytes=0-0", &content[..1], "bytes 0-0/200000"),
        ("bytes=0-99999", &content[..100_000], "bytes 0-99999/200000"),
        ("bytes=199999-", &content[199_999..], "bytes 199999-199999/200000"),
        ("bytes=-5", &content[199_995..], "bytes 199995-199999/200000"),
        ("bytes=150000-999999999", &content[150_000..], "bytes 150000-199999/200000"),
        ("bytes=-999999999", &content[..], "bytes 0-199999/200000"),
    ] {
        let answer = check(&site, "/large.bin", &[("Range", range)], 206);
        assert!(answer.body == expected, "{range}");
        assert_eq!(answer.field("content-range"), Some(content_range), "{range}");
        assert_eq!(answer.field("content-type"), Some("application/octet-stream"));
    }
    let answer = check(&site, "/small.txt", &[("Range", "bytes=2-4")], 206);
    assert_eq!((answer.text(), answer.field("content-range")), ("234", Some("bytes 2-4/10")));
}

#[test]
fn ranges_that_are_wrong_or_out_of_reach() {
    let site = site();
    for range in ["bytes=5", "bytes=5-2", "bytes=a-b", "pages=1-2", "bytes=", "bytes=0-0,x"] {
        assert_eq!(
            check(&site, "/small.txt", &[("Range", range)], 200).text(),
            "0123456789",
            "{range}"
        );
    }
    for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
        let answer = check(&site, "/small.txt", &[("Range", range)], 416);
        assert_eq!(answer.field("content-range"), Some("bytes */10"), "{range}");
    }
    let head = site.ask("HEAD", "/small.txt", &[("Range", "bytes=0-0")]);
    assert_eq!((head.status, head.field("content-length")), (200, Some("10")));
}

#[test]
fn if_range_sends_all_of_another_version() {
    let site = site();
    let etag = site.get("/small.txt").field("etag").unwrap().to_owned();
    check(&site, "/small.txt", &[("Range", "bytes=0-1"), ("If-Range", &etag)], 206);
    check(&site, "/small.txt", &[("Range", "bytes=0-1"), ("If-Range", "\"other\"")], 200);
}

#[track_caller]
fn check_parts(site: &Site, field: &str, parts: [std::ops::RangeInclusive<usize>; 3]) {
    let content = content();
    let answer = check(site, "/large.bin", &[("Range", field)], 206);
    let kind = answer.field("content-type").unwrap();
    let boundary =
        kind.strip_prefix("multipart/byteranges; boundary=").expect("multipart").trim_matches('"');
    let mut expected = Vec::new();
    for part in parts {
        let (first, last) = (part.start(), part.end());
        expected.extend_from_slice(
            format!(
                "\r\n--{boundary}\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes {first}-{last}/200000\r\n\r\n"
            )
            .as_bytes(),
        );
        expected.extend_from_slice(&content[part]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    // The first delimiter may come without the line break before it, and field names in any case.
    let plain =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().trim_start().to_owned();
    assert_eq!(plain(&answer.body), plain(&expected));
    assert_eq!(answer.field("content-range"), None);
}

#[test]
fn several_ranges_come_in_parts_of_the_announced_length() {
    let site = site();
    // By sendfile, and in one run of bytes.
    check_parts(
        &site,
        "bytes=0-9,100000-180000,-10",
        [0..=9, 100_000..=180_000, 199_990..=199_999],
    );
    check_parts(
        &site,
        "bytes=0-9,100000-100009,-10",
        [0..=9, 100_000..=100_009, 199_990..=199_999],
    );
}

#[test]
fn parts_that_cost_more_than_the_whole_are_not_sent() {
    // The heads of sixteen parts are longer than this file.
    let content = noise(1340, 7);
    for cached in [true, false] {
        let site = Site::with(
            &[("file.bin", &content)],
            |server| if cached { server } else { server.no_cache() },
            |mount| mount,
        );
        let ask = |count: usize, apart: usize| {
            let ranges: Vec<_> = (0..count).map(|n| format!("{0}-{0}", n * apart)).collect();
            site.ask("GET", "/file.bin", &[("Range", &format!("bytes={}", ranges.join(",")))])
        };
        let answer = ask(16, 83);
        // Ranges that are nearer than a head is long become one.
        assert!(answer.status == 206 && answer.body == content[..=15 * 83], "{cached}");
        let answer = ask(10, 140);
        assert!(answer.status == 200 && answer.body == content, "{cached}");
        let answer = ask(3, 180);
        assert!(answer.status == 206 && answer.body.len() < content.len(), "{cached}");
        assert!(answer.field("content-type").is_some_and(|kind| kind.starts_with("multipart/")));
    }
}

#[test]
fn switches() {
    let site = Site::with(
        &[("small.txt", b"0123456789")],
        |server| server,
        |mount| mount.etag(false).last_modified(false).ranges(false),
    );
    let answer = site.ask("GET", "/small.txt", &[("Range", "bytes=0-1"), ("If-None-Match", "*")]);
    assert_eq!(answer.field("etag"), None);
    assert_eq!(answer.field("last-modified"), None);
    assert_eq!(answer.field("accept-ranges"), None);
    let answer = site.ask("GET", "/small.txt", &[("Range", "bytes=0-1")]);
    assert_eq!((answer.status, answer.text()), (200, "0123456789"));
}
