//! Who may come in.

use catzilla_middleware_engine::builtin::{Access, IpFilter, IpRules, TrustedProxies};
use catzilla_middleware_engine::{Before, Chain, Moment};
use http::Request;
use http::request::Builder;

use crate::drive::Host;
use crate::order::way;

fn host(filter: IpFilter) -> Host {
    Host::new(Chain::builder().with(filter).build().unwrap())
}

#[track_caller]
fn check(host: &mut Host, peer: &str, request: Builder, status: u16) {
    host.peer = (peer.parse::<std::net::IpAddr>().unwrap(), 1).into();
    let driven = host.drive(request);
    assert_eq!((driven.status, driven.handled), (status, status == 200), "{peer}");
}

fn rules() -> IpRules {
    let rules = [
        (Access::Deny, "10.0.0.66"),
        (Access::Allow, "10.0.0.0/8"),
        (Access::Deny, "2001:db8:1::/48"),
        (Access::Allow, "2001:db8::/32"),
    ];
    IpRules::new(rules, Access::Deny).unwrap()
}

#[test]
fn the_first_rule_decides() {
    let mut host = host(IpFilter::new(rules()));
    for (peer, status) in [
        ("10.0.0.1", 200),
        ("::ffff:10.0.0.1", 200),
        ("10.0.0.66", 403),
        ("::ffff:10.0.0.66", 403),
        ("11.0.0.1", 403),
        ("2001:db8::1", 200),
        ("2001:db8:1::1", 403),
        ("::1", 403),
    ] {
        check(&mut host, peer, Request::get("/"), status);
    }
}

#[test]
fn one_list_alone() {
    let mut host = host(IpFilter::new(IpRules::deny(["192.0.2.0/24"]).unwrap()));
    check(&mut host, "192.0.2.1", Request::get("/"), 403);
    check(&mut host, "192.0.3.1", Request::get("/"), 200);
    check(&mut host, "::1", Request::get("/"), 200);
    let handle = IpFilter::new(IpRules::allow_only(["::/0"]).unwrap()).rules().clone();
    assert_eq!(handle.get().access([1, 2, 3, 4].into()), Access::Deny);
    assert_eq!(handle.get().access("::1".parse().unwrap()), Access::Allow);
}

#[test]
fn behind_proxies_it_is_the_client_who_is_judged() {
    let proxies = TrustedProxies::new(["192.0.2.1"]).unwrap();
    let mut host = host(IpFilter::new(rules()).proxies(proxies).named("office"));
    let from = |address: &str| Request::get("/").header("x-forwarded-for", address);
    check(&mut host, "192.0.2.1", from("10.0.0.1"), 200);
    check(&mut host, "192.0.2.1", from("10.0.0.66"), 403);
    check(&mut host, "192.0.2.1", from("10.0.0.1, 11.0.0.1"), 403);
    check(&mut host, "192.0.2.1", from("nonsense"), 403);
    check(&mut host, "192.0.2.2", from("10.0.0.1"), 403);
    assert_eq!(way(&host.drive(from("10.0.0.1"))), "before:office=403");
}

#[test]
fn it_may_pretend_that_there_is_nothing() {
    let mut host = host(IpFilter::new(rules()).pretend_not_found(true));
    check(&mut host, "11.0.0.1", Request::get("/"), 404);
    check(&mut host, "10.0.0.1", Request::get("/"), 200);
}

#[test]
fn a_request_without_an_address_is_refused() {
    let allow_all = IpRules::new::<&str>([], Access::Allow).unwrap();
    let chain = Chain::builder().with(IpFilter::new(allow_all)).build().unwrap();
    let request = Request::get("/").body(()).unwrap().into_parts().0;
    let mut run = chain.begin(catzilla_middleware_engine::RequestArena::new(1024), Vec::new());
    let moment =
        Moment { real: std::time::SystemTime::UNIX_EPOCH, monotonic: std::time::Duration::ZERO };
    let before = chain.before(&mut run, &request, moment);
    assert!(matches!(before, Before::Answer(response) if response.status() == 403));
}

#[test]
fn rules_are_replaced_while_it_is_in_use() {
    let filter = IpFilter::new(rules());
    let handle = filter.rules().clone();
    let mut host = host(filter);
    check(&mut host, "10.0.0.1", Request::get("/"), 200);
    handle.set(IpRules::deny(["10.0.0.0/8"]).unwrap());
    check(&mut host, "10.0.0.1", Request::get("/"), 403);
    check(&mut host, "11.0.0.1", Request::get("/"), 200);
    assert_eq!(*handle.get(), IpRules::deny(["10.0.0.0/8"]).unwrap());
}

#[test]
fn a_network_that_is_none_is_refused() {
    let error = IpRules::deny(["10.0.0.0/40"]).unwrap_err().to_string();
    assert!(error.contains("10.0.0.0/40"), "{error}");
}
