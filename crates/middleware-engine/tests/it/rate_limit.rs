//! How many requests somebody may make.

use std::net::IpAddr;
use std::time::Duration;

use catzilla_middleware_engine::builtin::{
    RateLimit, RateLimitBuilder, RateLimitKey, TrustedProxies,
};
use catzilla_middleware_engine::{Before, Chain, Peer};
use catzilla_testkit::counting::bytes_in_use;
use http::Request;
use http::request::Builder;

use crate::drive::{Driven, Host};

const SECOND: Duration = Duration::from_secs(1);

fn host(limit: RateLimitBuilder) -> Host {
    Host::new(Chain::builder().with(limit.build().unwrap()).build().unwrap())
}

fn from(host: &mut Host, peer: &str, request: Builder) -> Driven {
    host.peer = (peer.parse::<IpAddr>().unwrap(), 1).into();
    host.drive(request)
}

/// How many of ten are let through.
fn of_ten(host: &mut Host, peer: &str, header: Option<(&str, &str)>) -> usize {
    let request = || match header {
        Some((name, value)) => Request::get("/").header(name, value),
        None => Request::get("/"),
    };
    (0..10).filter(|_| from(host, peer, request()).status == 200).count()
}

#[test]
fn a_burst_and_then_the_rate() {
    let mut host = host(RateLimit::builder(2, 3 * SECOND).burst(4));
    assert_eq!(of_ten(&mut host, "192.0.2.1", None), 4);
    let refused = host.drive(Request::get("/"));
    assert_eq!((refused.status, refused.handled), (429, false));
    // One and a half seconds, rounded up.
    assert_eq!(refused.fields, "retry-after: 2\n");
    host.pass(Duration::from_millis(1499));
    assert_eq!(host.drive(Request::get("/")).field("retry-after"), Some("1"));
    host.pass(Duration::from_millis(1));
    assert_eq!(of_ten(&mut host, "192.0.2.1", None), 1);
    host.pass(100 * SECOND);
    assert_eq!(of_ten(&mut host, "192.0.2.1", None), 4);
    // Another one has not been touched by that.
    assert_eq!(of_ten(&mut host, "192.0.2.2", None), 4);
}

#[test]
fn who_waits_as_long_as_told_is_let_in() {
    let mut host = host(RateLimit::builder(7, 60 * SECOND).burst(1));
    for _ in 0..20 {
        assert_eq!(host.drive(Request::get("/")).status, 200);
        let refused = host.drive(Request::get("/"));
        let wait = refused.field("retry-after").unwrap().parse().unwrap();
        host.pass(Duration::from_secs(wait));
    }
}

#[test]
fn addresses_of_ipv6_count_by_network() {
    let mut host = host(RateLimit::builder(3, SECOND));
    assert_eq!(of_ten(&mut host, "2001:db8::1", None), 3);
    assert_eq!(of_ten(&mut host, "2001:db8::ffff:0:0:1", None), 0);
    assert_eq!(of_ten(&mut host, "2001:db8:0:1::1", None), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.1", None), 3);
    assert_eq!(of_ten(&mut host, "::ffff:192.0.2.1", None), 0);
    let mut host = self::host(RateLimit::builder(3, SECOND).ipv6_prefix(128));
    assert_eq!(of_ten(&mut host, "2001:db8::1", None), 3);
    assert_eq!(of_ten(&mut host, "2001:db8::2", None), 3);
    let mut host = self::host(RateLimit::builder(3, SECOND).ipv6_prefix(48));
    assert_eq!(of_ten(&mut host, "2001:db8:0:1::1", None), 3);
    assert_eq!(of_ten(&mut host, "2001:db8:0:2::1", None), 0);
}

#[test]
fn behind_proxies_the_client_counts() {
    let proxies = TrustedProxies::new(["192.0.2.1"]).unwrap();
    let mut host = host(RateLimit::builder(3, SECOND).proxies(proxies));
    let name = "x-forwarded-for";
    assert_eq!(of_ten(&mut host, "192.0.2.1", Some((name, "1.1.1.1"))), 3);
    // What the client itself has written changes nothing.
    assert_eq!(of_ten(&mut host, "192.0.2.1", Some((name, "9.9.9.9, 1.1.1.1"))), 0);
    assert_eq!(of_ten(&mut host, "192.0.2.1", Some((name, "1.1.1.2"))), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.2", Some((name, "1.1.1.3"))), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.2", Some((name, "1.1.1.4"))), 0);
}

#[test]
fn keys_of_fields() {
    let key = RateLimitKey::Header("X-Api-Key".into());
    let mut host = host(RateLimit::builder(3, SECOND).key(key));
    assert_eq!(of_ten(&mut host, "192.0.2.1", Some(("x-api-key", "a"))), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.2", Some(("x-api-key", "a"))), 0);
    assert_eq!(of_ten(&mut host, "192.0.2.1", Some(("x-api-key", "b"))), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.1", None), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.2", None), 3);
    let twice = Request::get("/").header("x-api-key", "a").header("x-api-key", "b");
    assert_eq!(host.drive(twice).status, 400);
}

#[test]
fn keys_of_a_function_and_one_for_everybody() {
    let by_length = RateLimitKey::by(|cx| match cx.request.path().len() {
        1 => None,
        len => Some(len as u64),
    });
    let mut host = host(RateLimit::builder(3, SECOND).key(by_length));
    let mut of = |path: &str| (0..10).filter(|_| host.drive(Request::get(path)).handled).count();
    assert_eq!((of("/"), of("/a"), of("/b"), of("/aa")), (10, 3, 0, 3));
    let mut host = self::host(RateLimit::builder(3, SECOND).key(RateLimitKey::Everybody));
    assert_eq!(of_ten(&mut host, "192.0.2.1", None), 3);
    assert_eq!(of_ten(&mut host, "192.0.2.2", None), 0);
}

#[test]
fn answers_announce_the_limit() {
    let mut host = host(RateLimit::builder(2, 3 * SECOND).announce(true).named("polite"));
    let mut check = |after: Duration, expected: &str| {
        host.pass(after);
        let driven = host.drive(Request::get("/"));
        assert_eq!(driven.fields.replace("content-type: text/plain\n", ""), expected);
    };
    let policy = "ratelimit-policy: \"polite\";q=2;w=3\n";
    check(SECOND, &format!("{policy}ratelimit: \"polite\";r=1;t=2\n"));
    check(SECOND, &format!("{policy}ratelimit: \"polite\";r=0;t=1\n"));
    check(Duration::ZERO, &format!("{policy}ratelimit: \"polite\";r=0;t=1\nretry-after: 1\n"));
    check(10 * SECOND, &format!("{policy}ratelimit: \"polite\";r=1;t=2\n"));
}

#[test]
fn a_million_clients_take_no_memory_and_get_no_more_than_alone() {
    let limit = RateLimit::builder(1, 3600 * SECOND).keys(10_000).build().unwrap();
    let mut host = Host::new(Chain::builder().with(limit).build().unwrap());
    let mut parts = Request::get("/").body(()).unwrap().into_parts().0;
    let mut asks = |client: u32| {
        parts.extensions.insert(Peer((IpAddr::from(client.to_be_bytes()), 1).into()));
        let mut run = host.chain.begin(host.pool.take(), Vec::new());
        let before = host.chain.before(&mut run, &parts, host.moment);
        host.pool.put(run.finish().arena);
        matches!(before, Before::Handle)
    };
    assert!(asks(u32::MAX));
    let held = bytes_in_use();
    let let_in = (0..1_000_000).filter(|&client| asks(client)).count();
    assert_eq!(bytes_in_use(), held);
    // Each place once, and once each limit that is shared.
    assert!((10_000..=11_500).contains(&let_in), "{let_in}");
    // Who was let in first has not got a second one by that.
    assert!(!asks(u32::MAX));
}

#[test]
fn what_makes_no_sense_is_not_built() {
    #[track_caller]
    fn check(limit: RateLimitBuilder, option: &str) {
        let error = limit.build().unwrap_err().to_string();
        assert!(error.starts_with(&format!("rate-limit: {option}: ")), "{error}");
    }
    let limit = || RateLimit::builder(1, SECOND);
    check(RateLimit::builder(0, SECOND), "requests");
    check(RateLimit::builder(1, Duration::ZERO), "per");
    check(limit().burst(0), "burst");
    check(RateLimit::builder(1, Duration::MAX), "burst");
    check(RateLimit::builder(1, 3600 * SECOND).burst(u32::MAX), "burst");
    check(limit().ipv6_prefix(0), "ipv6_prefix");
    check(limit().ipv6_prefix(129), "ipv6_prefix");
    check(limit().keys(0), "keys");
    check(limit().key(RateLimitKey::Header("a b".into())), "key");
    check(limit().key(RateLimitKey::Header("".into())), "key");
    check(limit().named("a\"b").announce(true), "named");
    check(limit().named("").announce(true), "named");
    assert!(limit().named("ä").build().is_ok());
    assert!(RateLimit::builder(u32::MAX, Duration::from_nanos(1)).build().is_ok());
}
