//! Chains around the application.

use bytes::Bytes;
use catzilla_server::middleware::{
    Chain, Context, Done, Flow, Response, RunError, after, before, on_error,
};
use catzilla_server::{Limits, RequestBody, Server};
use http::{Method, Request};
use http_body::Frame;
use http_body_util::StreamBody;

use super::{FILES, guarded, seen, site};
use crate::app::handlers::{Text, count, show, text};
use crate::app::upgrade::echo;
use crate::http2::client::Client as Http2;
use crate::site::Site;

#[derive(Debug, Clone, PartialEq)]
struct User(&'static str);

/// Says who asks, if it was told.
async fn whoami(request: Request<RequestBody>) -> Text {
    text(request.extensions().get::<User>().map_or("nobody", |user| user.0))
}

async fn whoami_in_axum(user: axum::Extension<User>) -> &'static str {
    user.0.0
}

async fn panics(_: Request<RequestBody>) -> Text {
    panic!("on purpose");
}

/// Content that comes bit by bit.
async fn streamed(
    _: Request<RequestBody>,
) -> http::Response<
    StreamBody<impl futures_util::Stream<Item = Result<Frame<Bytes>, std::io::Error>>>,
> {
    let frames = ["one", "two"].map(|data| Ok(Frame::data(Bytes::from_static(data.as_bytes()))));
    http::Response::new(StreamBody::new(futures_util::stream::iter(frames)))
}

fn user() -> Chain {
    let user = before("user", |cx| {
        cx.arena.provide(User("ann"))?;
        Ok(Flow::Next)
    });
    Chain::builder().with(user).build().unwrap()
}

#[test]
fn routes_have_their_own_after_that_of_all() {
    let site = Site::of(
        Server::builder()
            .middleware(seen("x-seen"))
            .route(Method::GET, "/open", show)
            .route_through(guarded("guard"), Method::GET, "/closed/{id}", show)
            .route(Method::POST, "/closed/{id}", count)
            .route_through(user(), Method::GET, "/whoami", whoami),
    );
    let open = site.get("/open");
    assert_eq!(open.field("x-seen"), Some("GET /open HTTP/1.1 - true false"));
    assert!(open.field("x-seen-after").unwrap().starts_with("200"));
    let refused = site.get("/closed/5");
    assert_eq!((refused.status, refused.field("www-authenticate")), (401, Some("Word")));
    assert!(refused.field("x-seen-after").unwrap().starts_with("401"));
    let let_in = site.ask("GET", "/closed/5", &[("x-word", "please")]);
    assert_eq!((let_in.status, let_in.text()), (200, "GET /closed/5 @localhost id=5"));
    assert_eq!(site.ask("POST", "/closed/5", &[]).status, 200, "another method is another route");
    assert_eq!(site.get("/whoami").text(), "ann");
    assert_eq!(Http2::connect(site.address()).get("/whoami").body, b"ann");
}

#[test]
fn the_chain_of_a_route_judges_by_what_those_before_have_found_out() {
    let policy = || {
        let policy = before("policy", |cx| match cx.arena.get::<User>() {
            Some(User("ann")) => Ok(Flow::Stop(Response::new(403))),
            _ => Ok(Flow::Next),
        });
        Chain::builder().with(policy).build().unwrap()
    };
    let routes = |server: catzilla_server::ServerBuilder| {
        server.route_through(policy(), Method::GET, "/api/whoami", whoami)
    };
    let of_server = Site::of(routes(Server::builder()).middleware(user()));
    assert_eq!(of_server.get("/api/whoami").status, 403);
    let of_mount = Site::with(FILES, routes, |mount| mount.middleware(user()));
    assert_eq!(of_mount.get("/api/whoami").status, 403);
    let of_nobody = Site::of(routes(Server::builder()));
    assert_eq!(of_nobody.get("/api/whoami").status, 200);
}

#[test]
fn what_falls_through_goes_through_both() {
    let mount = |mount: catzilla_server::MountConfig| mount.middleware(seen("x-mount"));
    let routes = |server: catzilla_server::ServerBuilder| {
        server
            .middleware(seen("x-seen"))
            .route_through(guarded("guard"), Method::GET, "/api/{id}", show)
            .fallback_through(user(), axum::Router::new().fallback(whoami_in_axum))
    };
    let site = Site::with(FILES, routes, mount);
    let refused = site.get("/api/5");
    let names = ["x-seen", "x-mount", "x-mount-after", "www-authenticate"];
    assert!(refused.status == 401 && names.iter().all(|name| refused.field(name).is_some()));
    assert_eq!(
        site.ask("GET", "/api/5", &[("x-word", "please")]).text(),
        "GET /api/5 @localhost id=5"
    );
    assert_eq!(site.get("/elsewhere").text(), "ann");
    assert_eq!(site.get("/a.txt").field("x-mount-after"), Some("200 Some(10) true"));
}

#[test]
fn the_chain_of_a_route_is_not_joined_to_those_before() {
    let page = on_error("page", |_: &mut Context<'_>, _: &RunError| {
        Ok(Some(Response::new(502).with("text/plain", "the server's")))
    });
    let of_all = Chain::builder().with(page).build().unwrap().join(&user()).unwrap();
    // The name is that of another in the chain of all.
    let policy = before("user", |cx| {
        let is_known = cx.arena.get::<User>().is_some();
        cx.response.append("x-is-known", is_known.to_string())?;
        Ok(Flow::Next)
    });
    let fails = before("fails", |_| Err("on purpose".parse::<u8>().unwrap_err().into()));
    let site = Site::of(
        Server::builder()
            .middleware(of_all)
            .route_through(
                Chain::builder().with(policy).build().unwrap(),
                Method::GET,
                "/whoami",
                whoami,
            )
            .route_through(
                Chain::builder().with(fails).build().unwrap(),
                Method::GET,
                "/fails",
                whoami,
            )
            .route_through(user(), Method::GET, "/panics", panics),
    );
    let answer = site.get("/whoami");
    assert_eq!(
        (answer.text(), answer.field("x-is-known")),
        ("ann", Some("true")),
        "it was provided"
    );
    assert_eq!(site.get("/fails").status, 500, "the page is of another chain");
    assert_eq!(site.get("/panics").text(), "the server's");
}

#[test]
fn content_that_comes_bit_by_bit_comes_after_the_head() {
    let site = Site::of(Server::builder().middleware(seen("x-seen")).route(
        Method::GET,
        "/streamed",
        streamed,
    ));
    let mut client = site.connect();
    for _ in 0..2 {
        let answer = client.get("/streamed");
        assert_eq!((answer.status, answer.text()), (200, "onetwo"));
        assert_eq!(answer.field("x-seen-after"), Some("200 None false"));
    }
    let answer = Http2::connect(site.address()).get("/streamed");
    assert_eq!((answer.status, &*answer.body), (200, &b"onetwo"[..]));
    assert_eq!(answer.field("x-seen-after"), Some("200 None false"));
}

#[test]
fn content_is_dropped_with_an_answer_that_is_replaced() {
    let replaced =
        after("replaced", |_| Ok(Done::Replace(Response::new(503).with("text/plain", "later"))));
    let site = Site::of(
        Server::builder()
            .middleware(Chain::builder().with(replaced).build().unwrap())
            .route(Method::GET, "/streamed", streamed)
            .route(Method::POST, "/count", count),
    );
    let mut client = site.connect();
    for _ in 0..2 {
        let answer = client.get("/streamed");
        assert_eq!((answer.status, answer.text()), (503, "later"));
    }
    assert_eq!(Http2::connect(site.address()).get("/streamed").body, b"later");
    let posted = Http2::connect(site.address()).ask("POST", "/count", &[], b"12345");
    assert_eq!((posted.status, &*posted.body), (503, &b"later"[..]));
}

#[test]
fn a_handler_that_panics_goes_through_the_error_phase() {
    let page = on_error("page", |cx: &mut Context<'_>, error: &RunError| {
        assert_eq!(error.middleware(), None);
        cx.response.append("x-error", error.to_string())?;
        Ok(Some(Response::new(500).with("text/plain", "ours")))
    });
    let chain = Chain::builder().with(page).build().unwrap().join(&seen("x-seen")).unwrap();
    let site = site(|server| server.middleware(chain).route(Method::GET, "/panics", panics));
    let mut client = site.connect();
    for _ in 0..2 {
        let answer = client.get("/panics");
        assert_eq!((answer.status, answer.text()), (500, "ours"));
        assert_eq!(answer.field("x-error"), Some("the handler: it panicked"));
        assert_eq!(answer.field("x-seen-after"), Some("500 Some(4) true"));
    }
    let answer = Http2::connect(site.address()).get("/panics");
    assert_eq!((answer.status, &*answer.body), (500, &b"ours"[..]));
    assert_eq!(client.get("/a.txt").status, 200);
}

#[test]
fn bodies_that_are_too_long_go_through_the_phase_after() {
    let mut limits = Limits::default();
    limits.max_body_bytes = 10;
    let site = Site::of(Server::builder().limits(limits).middleware(seen("x-seen")).route(
        Method::POST,
        "/count",
        count,
    ));
    let mut client = site.connect();
    client.send("POST /count HTTP/1.1\r\nhost: h\r\ncontent-length: 11\r\n\r\n");
    let refused = client.answer(false);
    assert_eq!(refused.status, 413);
    assert!(refused.field("x-seen-after").unwrap().starts_with("413"));
    let mut client = site.connect();
    client.send(
        "POST /count HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nb\r\n12345678901\r\n",
    );
    let refused = client.answer(false);
    assert_eq!(refused.status, 413);
    assert!(refused.field("x-seen-after").unwrap().starts_with("413"));
    let refused = Http2::connect(site.address()).ask("POST", "/count", &[], b"12345678901");
    assert_eq!(refused.status, 413);
    assert!(refused.field("x-seen-after").unwrap().starts_with("413"));
}

#[test]
fn an_upgrade_goes_through_the_phase_after() {
    const ASK: &str =
        "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: Echo\r\n\r\n";
    let site =
        |chain| Site::of(Server::builder().middleware(chain).route(Method::GET, "/echo", echo));
    let seen_by = site(seen("x-seen").join(&super::waiting::slow()).unwrap());
    let mut client = seen_by.connect();
    client.send(format!("{ASK}hello"));
    let answer = client.answer(false);
    assert_eq!((answer.status, answer.field("x-committed")), (101, Some("101")));
    assert_eq!(answer.field("x-seen-after"), Some("101 None false"));
    assert_eq!(client.until(b"HELLO"), b"HELLO");
    let refused = after("refused", |_| Ok(Done::Replace(Response::new(403))));
    let refusing = site(Chain::builder().with(refused).build().unwrap());
    let mut client = refusing.connect();
    for _ in 0..2 {
        client.send(ASK);
        assert_eq!(client.answer(false).status, 403);
    }
}
