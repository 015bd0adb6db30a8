//! Which methods may be used.

use catzilla_middleware_engine::Chain;
use catzilla_middleware_engine::builtin::{Cors, MethodFilter};
use http::Request;

use crate::allocation;
use crate::drive::Host;

fn read_only() -> MethodFilter {
    MethodFilter::allow(["GET", "HEAD"]).unwrap()
}

#[track_caller]
fn check(filter: MethodFilter, method: &str, status: u16, allow: Option<&str>) {
    let mut host = Host::new(Chain::builder().with(filter).build().unwrap());
    let driven = host.drive(Request::builder().method(method).uri("/"));
    assert_eq!((driven.status, driven.field("allow")), (status, allow));
    assert_eq!(driven.handled, status == 200);
}

#[test]
fn those_on_the_list_pass() {
    check(read_only(), "GET", 200, None);
    check(read_only(), "HEAD", 200, None);
    for method in ["POST", "get", "OPTIONS", "GETS", "TRACE", "PROPFIND"] {
        check(read_only(), method, 405, Some("GET, HEAD"));
    }
    let twice = MethodFilter::allow(["PUT", "PUT", "OPTIONS"]).unwrap();
    check(twice.clone(), "OPTIONS", 200, None);
    check(twice, "GET", 405, Some("PUT, OPTIONS"));
}

#[test]
fn options_may_be_answered_here() {
    check(read_only().answer_options(true), "OPTIONS", 204, Some("GET, HEAD, OPTIONS"));
    check(read_only().answer_options(true), "POST", 405, Some("GET, HEAD, OPTIONS"));
    let listed = MethodFilter::allow(["OPTIONS", "PUT"]).unwrap().answer_options(true);
    check(listed, "OPTIONS", 204, Some("OPTIONS, PUT"));
}

#[test]
fn preflights_are_for_cors() {
    let cors = Cors::builder().origins(["https://a.example"]).build().unwrap();
    let chain = Chain::builder().with(read_only()).with(cors).build().unwrap();
    let mut host = Host::new(chain);
    let preflight = Request::options("/")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "GET");
    assert_eq!(host.drive(preflight).status, 204);
    let driven = host.drive(Request::post("/").header("origin", "https://a.example"));
    assert_eq!(driven.status, 405);
    assert_eq!(driven.field("access-control-allow-origin"), Some("https://a.example"));
}

#[test]
fn what_can_not_be_asked_for() {
    let refused = |methods: &[&str], text: &str| {
        let error = MethodFilter::allow(methods.iter().copied()).unwrap_err();
        assert!(error.option() == "allow" && error.to_string().contains(text), "{error}");
    };
    refused(&[], "name some");
    refused(&["GET, HEAD"], "one per entry");
    refused(&[""], "one per entry");
    refused(&["GET", "POST"], "add HEAD");
}

#[test]
fn nothing_is_allocated() {
    allocation::check(read_only(), Request::get("/"));
    allocation::check(read_only(), Request::post("/"));
}
