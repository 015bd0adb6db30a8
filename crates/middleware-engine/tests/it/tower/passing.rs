//! What goes through, and what becomes of its head.

use std::net::SocketAddr;

use catzilla_middleware_engine::{
    Chain, ChainBuilder, Done, FieldLines, Flow, MiddlewareLayer, Peer, Response, after, before,
};
use http_body::Body as _;
use tower::{Layer as _, Service as _, service_fn};

use super::{ask, build, hello, request, through};

#[tokio::test]
async fn edits_are_applied_to_the_fields_of_the_service() {
    let lines = FieldLines::new([("x-b", "2"), ("X-New", "3")]).unwrap();
    let edit = after("edit", move |cx| {
        cx.response.remove("x-a");
        cx.response.append("x-a", "of ours")?;
        cx.response.replace_lines(&lines);
        cx.response.append("x-b", "b\u{e9}")?;
        Ok(Done::Next)
    });
    let answer = ask(Chain::builder().with(edit), "GET", "/").await;
    let all = |name| -> Vec<&[u8]> {
        answer.fields.get_all(name).iter().map(http::HeaderValue::as_bytes).collect()
    };
    assert_eq!(all("x-a"), [b"of ours"]);
    assert_eq!(all("x-b"), [b"2", "b\u{e9}".as_bytes()]);
    assert_eq!(all("x-new"), [b"3"]);
    assert_eq!((answer.status, &*answer.content), (200, "hello"));
}

#[tokio::test]
async fn a_status_that_says_what_the_content_is_stays() {
    for (path, status) in [("/304", 304), ("/206", 206), ("/204", 204), ("/404", 200)] {
        let early = before("early", |cx| {
            cx.response.set_status(200).expect("nobody has answered");
            Ok(Flow::Next)
        });
        assert_eq!(ask(Chain::builder().with(early), "GET", path).await.status, status);
    }
}

#[tokio::test]
async fn without_edits_an_answer_stays_as_it_is() {
    let answer = ask(Chain::builder(), "GET", "/404").await;
    assert_eq!((answer.status, &*answer.content), (404, "hello"));
    assert_eq!(answer.fields.len(), 2);
}

#[tokio::test]
async fn the_phase_after_sees_what_was_asked_and_answered() {
    let look = after("look", |cx| {
        let asked = cx.request.field("X-Asked").unwrap_or_default().to_vec();
        let target = (cx.request.method(), cx.request.path(), cx.request.query());
        assert_eq!(target, ("POST", &b"/201"[..], Some(&b"q"[..])));
        assert_eq!((cx.response.status(), cx.response.content_length()), (Some(201), Some(6)));
        assert_eq!(cx.response.field("x-a"), Some(&b"1"[..]));
        cx.response.set_status(202);
        cx.response
            .append("x-peer", cx.request.peer().map_or(String::new(), |it| it.to_string()))?;
        cx.response.append("x-saw", asked)?;
        Ok(Done::Next)
    });
    // The handler is given what is provided: it answers one character more.
    let provide = before("provide", |cx| {
        cx.arena.provide(7_u32)?;
        Ok(Flow::Next)
    });
    let layer = MiddlewareLayer::new(build(Chain::builder().with(look).with(provide)));
    let mut request = request("POST", "/201?q");
    request.extensions_mut().insert(Peer(SocketAddr::from(([192, 0, 2, 7], 80))));
    let answer = through(&layer, service_fn(hello), request).await;
    assert_eq!((answer.status, &*answer.content), (202, "hello7"));
    assert_eq!((answer.field("x-saw"), answer.field("x-peer")), (Some("1"), Some("192.0.2.7:80")));
}

#[tokio::test]
async fn a_middleware_answers_in_the_place_of_the_service() {
    fn answers(response: Response) -> ChainBuilder {
        let answer = before("answer", move |_| Ok(Flow::Stop(response.clone())));
        let late = after("late", |cx| {
            cx.response.append("x-late", "1")?;
            Ok(Done::Next)
        });
        Chain::builder().with(answer).with(late)
    }
    for (response, method, content_type, length, content) in [
        (
            Response::new(403),
            "GET",
            Some("text/plain; charset=utf-8"),
            Some("14"),
            "403 Forbidden\n",
        ),
        (Response::new(403), "HEAD", Some("text/plain; charset=utf-8"), Some("14"), ""),
        (Response::new(299), "GET", Some("text/plain; charset=utf-8"), Some("4"), "299\n"),
        (Response::new(204), "GET", None, None, ""),
        (Response::new(205), "GET", None, None, ""),
        (Response::new(200).with("text/css", "a{}"), "GET", Some("text/css"), Some("3"), "a{}"),
        (Response::new(200).with("text/css", "a{}"), "HEAD", Some("text/css"), Some("3"), ""),
    ] {
        let status = response.status();
        let answer = ask(answers(response), method, "/").await;
        let fields = (answer.field("content-type"), answer.field("content-length"));
        assert_eq!((answer.status, fields), (status, (content_type, length)), "{method}");
        assert_eq!((&*answer.content, answer.field("x-late")), (content, Some("1")), "{method}");
    }
}

#[tokio::test]
async fn an_answer_is_replaced() {
    let replace = after("replace", |cx| {
        assert_eq!(cx.response.content_length(), Some(5));
        Ok(Done::Replace(Response::new(410).with("text/plain", "gone")))
    });
    let answer = ask(Chain::builder().with(replace), "GET", "/").await;
    assert_eq!((answer.status, &*answer.content, answer.field("x-a")), (410, "gone", None));
}

#[tokio::test]
async fn the_length_of_the_body_is_known() {
    let mut service = MiddlewareLayer::new(build(Chain::builder())).layer(service_fn(hello));
    let Ok(response) = service.call(request("GET", "/")).await;
    assert_eq!(response.body().size_hint().exact(), Some(5));
    assert!(!response.body().is_end_stream());
}
