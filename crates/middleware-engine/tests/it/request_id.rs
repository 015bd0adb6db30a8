//! A name for each request.

use catzilla_middleware_engine::builtin::{RequestId, RequestIdentifier};
use catzilla_middleware_engine::{Chain, Done, Flow, Response, after, before};
use http::Request;
use http::request::Builder;

use crate::allocation;
use crate::drive::{Answer, Driven, Host};

fn drive(ids: RequestId, request: Builder) -> Driven {
    Host::new(Chain::builder().with(ids).build().unwrap()).drive(request)
}

fn sends(id: impl AsRef<[u8]>) -> Builder {
    Request::get("/").header("x-request-id", id.as_ref())
}

/// It is answered with an identifier of ours.
#[track_caller]
fn made(driven: &Driven) {
    let id = driven.field("x-request-id").unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(driven.fields.matches("x-request-id").count(), 1);
    assert_eq!(driven.extensions.get::<RequestIdentifier>().unwrap().as_str(), id);
}

#[test]
fn each_request_has_its_own() {
    let mut host = Host::new(Chain::builder().with(RequestId::new()).build().unwrap());
    let (first, second) = (host.drive(Request::get("/")), host.drive(Request::get("/")));
    made(&first);
    made(&second);
    assert_ne!(first.field("x-request-id"), second.field("x-request-id"));
}

#[test]
fn that_of_a_client_counts_where_it_is_trusted() {
    made(&drive(RequestId::new(), sends("abc")));
    let trusting = || RequestId::new().trust_incoming(true);
    for id in ["a", "0190163d-8694-739b-aea5-966c26f8ad91", "1.67!x", &"a".repeat(128)] {
        let driven = drive(trusting(), sends(id));
        assert_eq!(driven.field("x-request-id"), Some(id));
        assert_eq!(driven.extensions.get::<RequestIdentifier>().unwrap().to_string(), id);
    }
    made(&drive(trusting(), Request::get("/")));
}

#[test]
fn what_is_none_is_passed_over() {
    let trusting = || RequestId::new().trust_incoming(true);
    for id in
        ["", " ", "a b", "a,b", "a\"b", "a\tb", "\u{e4}", "a{}", "Root=1-67", &"a".repeat(129)]
    {
        made(&drive(trusting(), sends(id)));
    }
    made(&drive(trusting(), sends(b"\xff")));
    made(&drive(trusting(), sends("a").header("x-request-id", "a")));
}

#[test]
fn every_answer_has_it() {
    let stop = before("stop", |_| Ok(Flow::Stop(Response::new(401))));
    let chain = Chain::builder().with_priority(1, stop).with(RequestId::new()).build().unwrap();
    let driven = Host::new(chain).drive(Request::get("/"));
    assert!(driven.status == 401 && driven.field("x-request-id").unwrap().len() == 32);

    let mut host = Host::new(Chain::builder().with(RequestId::new()).build().unwrap());
    host.handler = |_| Answer::new(200, &[("X-Request-Id", "the handler's")], "");
    made(&host.drive(Request::get("/")));
}

#[test]
fn an_answer_that_takes_the_place_of_another_has_it_once() {
    // The other has no such field, and this one has.
    let ids = RequestId::new().field("content-type").unwrap();
    let other = || Response::new(500).with("text/plain", "another");
    let replaces = after("replaces", move |_| Ok(Done::Replace(other())));
    let mut host = Host::new(Chain::builder().with(ids).with(replaces).build().unwrap());
    host.handler = |_| Answer::new(200, &[], "");
    let driven = host.drive(Request::get("/"));
    assert_eq!((driven.status, driven.fields.matches("content-type").count()), (500, 1));
    assert_eq!(driven.field("content-type").unwrap().len(), 32);
}

#[test]
fn two_of_them_agree() {
    let other = RequestId::new().field("X-Trace").unwrap().named("other");
    let chain = Chain::builder().with(RequestId::new()).with(other).build().unwrap();
    let driven = Host::new(chain).drive(Request::get("/"));
    made(&driven);
    assert_eq!(driven.field("x-trace"), driven.field("x-request-id"));
}

#[test]
fn not_every_field_can_be_it() {
    for field in ["", "a b", "content-length", "x\r\ny"] {
        let error = RequestId::new().field(field).unwrap_err();
        assert_eq!(error.option(), "field");
        assert!(error.to_string().contains("x-request-id"), "{error}");
    }
}

#[test]
fn nothing_is_allocated() {
    allocation::check(RequestId::new(), Request::get("/"));
    allocation::check(RequestId::new().trust_incoming(true), sends("abc"));
}
