//! Variants that the server makes: when, how many at a time, and what becomes of their tags.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use catzilla_server::{CacheConfig, Freshness, Invalidation};

use crate::cached::text;
use crate::client::{Answer, Client};
use crate::site::{Site, TestClock, eventually, write};

const BROTLI: (&str, &str) = ("Accept-Encoding", "br");

fn tag(answer: &Answer) -> String {
    answer.field("etag").unwrap().to_owned()
}

/// Asks until what was made in a hurry was made better; gives the tags of both.
fn improved(site: &Site, path: &str) -> (String, String) {
    let quick = site.ask("GET", path, &[BROTLI]);
    let smaller = |answer: &Answer| answer.body.len() < quick.body.len();
    let better = eventually(|| Some(site.ask("GET", path, &[BROTLI])).filter(smaller));
    (tag(&quick), tag(&better.expect("a smaller variant")))
}

#[test]
fn what_is_asked_for_often_is_made_smaller_in_the_background() {
    let content = text(20_000);
    let site = Site::with(
        &[("a.js", &content)],
        |server| server.cache(CacheConfig::new().improve_after(3)),
        |mount| mount,
    );
    let (quick, better) = improved(&site, "/a.js");
    assert_ne!(quick, better, "other bytes, another name");
}

#[test]
fn content_that_comes_back_has_the_variants_and_the_tags_that_it_had() {
    let content = text(20_000);
    let clock = TestClock::default();
    let of_server = clock.clone();
    let cache = CacheConfig::new().improve_after(3).time_to_live(Some(Duration::from_secs(10)));
    let site = Site::with(
        &[("a.js", &content)],
        |server| server.cache(cache).clock(of_server),
        |mount| mount.freshness(Freshness::new(Invalidation::Ttl)),
    );
    let (quick, better) = improved(&site, "/a.js");
    let loads = || site.handle.cache_stats().unwrap().loads;
    let before = loads();
    // Too old when it is asked for.
    clock.0.advance(Duration::from_secs(10));
    assert_eq!(tag(&site.ask("GET", "/a.js", &[BROTLI])), better);
    assert_eq!(loads(), before + 1);
    assert_eq!(site.ask("GET", "/a.js", &[BROTLI, ("If-None-Match", &better)]).status, 304);
    // Swept before it is asked for, and by another name.
    clock.0.advance(Duration::from_secs(61));
    let swept = || site.handle.cache_stats().filter(|stats| stats.entries == 0);
    assert!(eventually(swept).is_some());
    fs::rename(site.path("a.js"), site.path("b.js")).unwrap();
    assert_eq!(tag(&site.ask("GET", "/b.js", &[BROTLI])), better);
    // Nobody asks for long: it is forgotten.
    let forgotten = || {
        clock.0.advance(Duration::from_secs(61));
        site.handle.cache_stats().filter(|stats| stats.resident.total() + stats.pinned == 0)
    };
    assert!(eventually(forgotten).is_some());
    assert_eq!(tag(&site.ask("GET", "/b.js", &[BROTLI])), quick);
}

#[test]
fn a_deploy_that_touches_everything_and_changes_nothing_changes_no_tag() {
    let content = text(20_000);
    let site = Site::with(
        &[("a.js", &content), ("dir/b.js", &content)],
        |server| server.cache(CacheConfig::new().improve_after(3)),
        |mount| mount,
    );
    let loads = || site.handle.cache_stats().unwrap().loads;
    let (_, better) = improved(&site, "/a.js");
    let before = loads();
    write(&site.path("a.js"), &content);
    let reloaded = || {
        let tag = tag(&site.ask("GET", "/a.js", &[BROTLI]));
        // While it is fresh it has a weak one.
        assert!(tag == better || tag.starts_with("W/"), "{tag} instead of {better}");
        (loads() > before && tag == better).then_some(())
    };
    assert!(eventually(reloaded).is_some());
    fs::remove_dir_all(site.path("")).unwrap();
    write(&site.path("a.js"), &content);
    let before = loads();
    let again = || {
        let answer = site.ask("GET", "/a.js", &[BROTLI]);
        (loads() > before && answer.status == 200 && tag(&answer) == better).then_some(())
    };
    assert!(eventually(again).is_some());
}

#[test]
fn what_there_is_no_room_for_is_not_compressed_for_each_who_asks() {
    let content = text(50_000);
    let cache = CacheConfig::new().size(1);
    let site = Site::with(&[("a.js", &content)], |server| server.cache(cache), |mount| mount);
    for _ in 0..2 {
        let answer = site.ask("GET", "/a.js", &[BROTLI]);
        assert!(answer.body == content);
        assert_eq!(tag(&answer).len(), 34, "of its content, as when there is room");
    }
    assert_eq!(site.handle.cache_stats().unwrap().entries, 0);
}

#[test]
fn no_more_are_made_for_waiting_clients_than_there_are_threads_for() {
    const FILES: usize = 12;
    let content = text(1 << 20);
    let names: Vec<_> = (0..FILES).map(|n| format!("{n}.js")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &*content)).collect();
    let one = NonZeroUsize::MIN;
    let site = Site::with(&files, |server| server.blocking_threads(one), |mount| mount);
    for name in &names {
        assert_eq!(site.get(&format!("/{name}")).status, 200);
    }
    let mut clients: Vec<Client> = names.iter().map(|_| site.connect()).collect();
    for (client, name) in clients.iter_mut().zip(&names) {
        client.send(format!(
            "GET /{name} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n\r\n"
        ));
    }
    let answers: Vec<_> = clients.iter_mut().map(|client| client.answer(false)).collect();
    let coded = answers.iter().filter(|it| it.field("content-encoding").is_some()).count();
    assert!((1..FILES).contains(&coded), "{coded} of {FILES}");
    assert!(answers.iter().all(|answer| answer.status == 200));
    // Who comes later gets what is missing.
    for name in &names {
        let answer = site.ask("GET", &format!("/{name}"), &[BROTLI]);
        assert_eq!(answer.field("content-encoding"), Some("br"), "{name}");
    }
}
