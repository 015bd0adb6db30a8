//! Cross-origin resource sharing: who gets which fields.

use std::time::Duration;

use catzilla_middleware_engine::builtin::{Cors, CorsBuilder};
use catzilla_middleware_engine::{Chain, Flow, Response, before};
use http::Request;
use http::request::Builder;

use crate::allocation;
use crate::drive::{Answer, Driven, Host};

const APP: &str = "https://app.example.com";

fn listed() -> CorsBuilder {
    Cors::builder().origins(["HTTPS://App.Example.com:443", "http://localhost:3000"])
}

fn get(origin: impl AsRef<[u8]>) -> Builder {
    Request::get("/").header("origin", origin.as_ref())
}

fn preflight(origin: impl AsRef<[u8]>) -> Builder {
    Request::options("/")
        .header("origin", origin.as_ref())
        .header("access-control-request-method", "PUT")
}

fn drive(cors: CorsBuilder, request: Builder) -> Driven {
    let chain = Chain::builder().with(cors.build().unwrap()).build().unwrap();
    let mut host = Host::new(chain);
    host.handler = |_| Answer::new(200, &[], "hello");
    let driven = host.drive(request);
    assert_eq!(driven.error, None);
    driven
}

#[track_caller]
fn check(cors: CorsBuilder, request: Builder, status: u16, fields: &str) {
    let driven = drive(cors, request);
    assert_eq!((driven.status, driven.fields.as_str()), (status, fields));
    assert_eq!(driven.handled, status == 200);
}

#[track_caller]
fn refused(cors: CorsBuilder, option: &str, text: &str) {
    let error = cors.build().unwrap_err();
    assert_eq!(error.option(), option);
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn an_origin_on_the_list_may_read() {
    let fields = "vary: Origin\naccess-control-allow-origin: https://app.example.com\n";
    check(listed(), get(APP), 200, fields);
    check(listed(), get("HTTPS://APP.example.com:443"), 200, fields);
    let fields = "vary: Origin\naccess-control-allow-origin: http://localhost:3000\n\
                  access-control-allow-credentials: true\n\
                  access-control-expose-headers: x-total, etag\n";
    let cors = listed().credentials(true).exposed_headers(["x-total", "etag"]);
    check(cors, get("http://localhost:3000"), 200, fields);
}

#[test]
fn others_get_no_fields_and_go_on() {
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://xapp.example.com",
        "https://app.example.com/",
        "null",
        "*",
        "",
        "https://app.example.com\t",
        "https://app.example.com, https://app.example.com",
        "https://\u{e4}pp.example.com",
        &format!("https://{}", "a".repeat(10_000)),
    ] {
        check(listed(), get(origin), 200, "vary: Origin\n");
    }
    check(listed(), get(b"https://\xff"), 200, "vary: Origin\n");
    check(listed(), get(APP).header("origin", APP), 200, "vary: Origin\n");
    check(listed(), Request::get("/"), 200, "vary: Origin\n");
}

#[test]
fn a_function_may_say_who_reads() {
    let cors = || listed().origins_where(|origin| origin.ends_with(".preview.example"));
    let fields = "vary: Origin\naccess-control-allow-origin: https://a.preview.example\n";
    check(cors(), get("https://A.preview.example:443"), 200, fields);
    check(cors(), get("https://preview.example"), 200, "vary: Origin\n");
    // It isn't asked about what is no origin.
    let all = || Cors::builder().origins_where(|_| true);
    check(all(), get("null"), 200, "vary: Origin\n");
    check(all(), get("https://a.example\u{e4}"), 200, "vary: Origin\n");
    check(all(), get(APP).header("origin", "https://b.example"), 200, "vary: Origin\n");
}

#[test]
fn all_may_read_and_the_answer_depends_on_nothing() {
    let any = || Cors::builder().any_origin();
    for request in
        [Request::get("/"), get("null"), get(APP), get("\u{e4}"), get(APP).header("origin", "x")]
    {
        check(any(), request, 200, "access-control-allow-origin: *\n");
    }
    let fields = "access-control-allow-origin: *\naccess-control-expose-headers: *\n";
    check(any().exposed_headers(["*"]), get(APP), 200, fields);
}

#[test]
fn a_preflight_is_told_what_is_allowed() {
    let fields = "access-control-allow-origin: https://app.example.com\n\
                  access-control-allow-methods: GET, HEAD, POST\n\
                  access-control-max-age: 600\n\
                  vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\n";
    check(listed(), preflight(APP), 204, fields);
    let cors = listed()
        .credentials(true)
        .methods(["PUT", "DELETE"])
        .headers(["content-type", "x-a"])
        .max_age(Duration::ZERO);
    let fields = "access-control-allow-origin: https://app.example.com\n\
                  access-control-allow-credentials: true\n\
                  access-control-allow-methods: PUT, DELETE\n\
                  access-control-allow-headers: content-type, x-a\n\
                  access-control-max-age: 0\n\
                  vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\n";
    check(cors, preflight(APP), 204, fields);
    let fields = "access-control-allow-origin: *\n\
                  access-control-allow-methods: GET, HEAD, POST\n\
                  access-control-max-age: 600\n\
                  vary: Access-Control-Request-Method, Access-Control-Request-Headers\n";
    check(Cors::builder().any_origin(), preflight("null"), 204, fields);
}

#[test]
fn a_preflight_gets_the_fields_that_it_asks_for() {
    let asks = |names: &str| {
        let request = preflight(APP).header("access-control-request-headers", names);
        drive(listed().mirror_headers(), request)
    };
    let driven = asks("content-type,x-a");
    assert_eq!(driven.status, 204);
    assert_eq!(driven.field("access-control-allow-headers"), Some("content-type,x-a"));
    assert_eq!(asks("").field("access-control-allow-headers"), None);
    for hostile in ["a b", "a,,b", "a:b", "x\u{e4}", ",", &"a,".repeat(10_000), &"a".repeat(5000)] {
        let driven = asks(hostile);
        assert_eq!(driven.status, 403, "{hostile:?}");
        assert!(!driven.fields.contains("access-control"), "{}", driven.fields);
    }
}

#[test]
fn a_preflight_is_refused_without_a_word_on_what_is_allowed() {
    let fields = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\n";
    check(listed(), preflight("https://evil.example"), 403, fields);
    check(listed(), preflight("null"), 403, fields);
    check(listed(), preflight(APP).header("origin", APP), 403, fields);
    let twice = preflight(APP).header("access-control-request-method", "GET");
    check(listed(), twice, 403, fields);
    let headers = preflight(APP)
        .header("access-control-request-headers", "a")
        .header("access-control-request-headers", "b");
    check(listed(), headers, 403, fields);
    let method = Request::options("/")
        .header("origin", APP)
        .header("access-control-request-method", "PUT, GET");
    check(listed(), method, 403, fields);
    let fields = "vary: Access-Control-Request-Method, Access-Control-Request-Headers\n";
    check(Cors::builder().any_origin(), preflight("x\u{e4}"), 403, fields);
}

#[test]
fn a_private_network_is_opened_on_request() {
    let asks = || preflight(APP).header("access-control-request-private-network", "true");
    let name = "access-control-allow-private-network";
    assert_eq!(drive(listed(), asks()).field(name), None);
    let driven = drive(listed().private_network(true), asks());
    assert_eq!(driven.field(name), Some("true"));
    assert!(driven.field("vary").unwrap().ends_with("Request-Private-Network"));
    assert_eq!(drive(listed().private_network(true), preflight(APP)).field(name), None);
}

#[test]
fn other_options_pass() {
    let fields = "vary: Origin\naccess-control-allow-origin: https://app.example.com\n";
    check(listed(), Request::options("/").header("origin", APP), 200, fields);
    let method = Request::options("/").header("access-control-request-method", "PUT");
    check(listed(), method, 200, "vary: Origin\n");
    let get = get(APP).header("access-control-request-method", "PUT");
    check(listed(), get, 200, fields);
}

#[test]
fn errors_have_the_fields_too_and_preflights_need_no_credentials() {
    let chain = || {
        Chain::builder()
            .with_priority(
                10,
                before("early", |cx| {
                    let is_bad = cx.request.path() == b"/bad";
                    Ok(if is_bad { Flow::Stop(Response::new(400)) } else { Flow::Next })
                }),
            )
            .with(listed().build().unwrap())
            .with_priority(40, before("auth", |_| Ok(Flow::Stop(Response::new(401)))))
            .build()
            .unwrap()
    };
    let mut host = Host::new(chain());
    let allowed = |driven: &Driven| driven.field("access-control-allow-origin") == Some(APP);
    let driven = host.drive(get(APP));
    assert!(driven.status == 401 && allowed(&driven));
    let driven = host.drive(preflight(APP));
    assert!(driven.status == 204 && allowed(&driven));
    let driven = host.drive(Request::get("/bad").header("origin", APP));
    assert!(driven.status == 400 && allowed(&driven));

    let fails = before("fails", |_| Err(catzilla_middleware_engine::Error::new("oh")));
    let chain = Chain::builder().with(listed().build().unwrap()).with(fails).build().unwrap();
    let driven = Host::new(chain).drive(get(APP));
    assert!(driven.status == 500 && allowed(&driven));
}

#[test]
fn the_last_one_in_the_chain_has_the_last_word() {
    let wide = Cors::builder().any_origin().exposed_headers(["*"]).named("wide").build().unwrap();
    let narrow = listed().build().unwrap();
    let mut host = Host::new(Chain::builder().with(wide).with(narrow).build().unwrap());
    host.handler = |_| {
        let fields = [
            ("Access-Control-Allow-Origin", "https://evil.example"),
            ("access-control-allow-credentials", "true"),
            ("vary", "Accept, origin"),
        ];
        Answer::new(200, &fields, "")
    };
    let driven = host.drive(get("https://evil.example"));
    assert_eq!(driven.fields, "vary: Accept, origin\n");
    let driven = host.drive(get(APP));
    let fields = "vary: Accept, origin\naccess-control-allow-origin: https://app.example.com\n";
    assert_eq!(driven.fields, fields);
}

#[test]
fn what_can_not_be_asked_for() {
    refused(Cors::builder(), "origins", "name some");
    refused(Cors::builder().any_origin().credentials(true), "credentials", "name the origins");
    refused(listed().any_origin(), "origins", "choose one");
    for (origin, advice) in [
        ("*", "any_origin"),
        ("null", "can't be allowed"),
        ("app.example.com", "scheme"),
        ("https://app.example.com/", "no slash"),
        ("https://*.example.com", "origins_where"),
        ("https://\u{e4}.example", "xn--"),
        ("https://a.example:99999", "8443"),
    ] {
        refused(Cors::builder().origins([origin]), "origins", advice);
    }
    refused(listed().methods(["*"]), "methods", "each one");
    refused(listed().methods(["A B"]), "methods", "no method");
    refused(listed().methods(["trace"]), "methods", "leave it out");
    refused(listed().headers(["*"]), "headers", "mirror_headers");
    refused(listed().headers(["a:b"]), "headers", "no name of a field");
    refused(listed().headers(["a"]).mirror_headers(), "headers", "choose one");
    refused(listed().exposed_headers(["a\r\nb"]), "exposed_headers", "no name");
    refused(listed().exposed_headers(["*"]).credentials(true), "exposed_headers", "each one");
}

#[test]
fn nothing_is_allocated() {
    let full = || listed().credentials(true).exposed_headers(["x-total"]).build().unwrap();
    allocation::check(full(), get(APP));
    allocation::check(full(), get("https://evil.example"));
    allocation::check(full(), preflight(APP));
    let function = Cors::builder().origins_where(|origin| origin.starts_with("https://"));
    allocation::check(function.build().unwrap(), get(APP));
}
