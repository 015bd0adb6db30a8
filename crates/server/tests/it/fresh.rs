//! Files that have just changed, or say so: they may change again without their time showing it.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::cached::{gunzip, text};
use crate::site::{Site, TestClock, eventually};

#[test]
fn a_fresh_file_is_coded_for_each_client_with_a_weak_tag_and_not_kept() {
    let content = text(50_000);
    let clock = TestClock::default();
    let of_server = clock.clone();
    let site = Site::with(&[], |server| server.clock(of_server), |mount| mount.cache_status(true));
    clock.0.set_real(SystemTime::now());
    fs::write(site.path("a.js"), &content).unwrap();
    let ask = || site.ask("GET", "/a.js", &[("Accept-Encoding", "gzip")]);
    for _ in 0..2 {
        let answer = ask();
        assert!(gunzip(&answer.body) == content);
        assert_eq!(answer.field("vary"), Some("accept-encoding"));
        assert_eq!(answer.field("cache-status"), Some("catzilla; fwd=uri-miss"));
        let weak = answer.field("etag").unwrap();
        assert!(weak.starts_with("W/"), "{weak}");
        let again = [("Accept-Encoding", "gzip"), ("If-None-Match", weak)];
        assert_eq!(site.ask("GET", "/a.js", &again).status, 304);
    }
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.entries, stats.insertions, stats.rejected), (0, 0, 0));
    // It was quiet for a while.
    clock.0.advance(Duration::from_secs(3));
    let is_strong = |tag: Option<&str>| tag.is_some_and(|tag| tag.starts_with('"'));
    let seen = eventually(|| Some(ask()).filter(|it| is_strong(it.field("etag"))));
    assert!(gunzip(&seen.expect("it is kept").body) == content);
}

#[test]
fn a_file_of_the_future_is_kept_when_it_was_quiet_for_a_while() {
    let clock = TestClock::default();
    let of_server = clock.clone();
    let site =
        Site::with(&[("a.txt", b"content")], |server| server.clock(of_server), |mount| mount);
    clock.0.set_real(SystemTime::now());
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    let file = fs::File::options().write(true).open(site.path("a.txt")).unwrap();
    file.set_modified(tomorrow).unwrap();
    assert!(site.get("/a.txt").field("etag").unwrap().starts_with("W/"));
    clock.0.advance(Duration::from_secs(3));
    let kept = || site.handle.cache_stats().filter(|stats| stats.entries == 1);
    let answer = eventually(|| Some(site.get("/a.txt")).filter(|_| kept().is_some())).unwrap();
    assert_eq!(answer.field("etag").unwrap().len(), 34, "named by its content");
    let date = |name| httpdate::parse_http_date(answer.field(name).unwrap()).unwrap();
    assert!(date("last-modified") <= date("date"));
}
