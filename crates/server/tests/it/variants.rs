//! Variants that the server makes: when, how many at a time, and what becomes of their tags.

use std::num::NonZeroUsize;

use catzilla_server::CacheConfig;

use crate::cached::text;
use crate::client::{Answer, Client};
use crate::site::{Site, eventually};

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
    let content = text(100_000);
    let site = Site::with(
        &[("a.js", &content)],
        |server| server.cache(CacheConfig::new().improve_after(3)),
        |mount| mount,
    );
    let (quick, better) = improved(&site, "/a.js");
    assert_ne!(quick, better, "other bytes, another name");
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
