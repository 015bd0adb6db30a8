use super::*;
use crate::http1::{Known, Method};

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":authority", "h:1"), (":path", "/a?b")];

fn judged(fields: &[(&str, &str)], has_body: bool) -> Result<(Judged, Head), Malformed> {
    let (mut judge, mut head) = (Fields::default(), Head::default());
    let limits = Limits::default();
    // What was there before leaves nothing behind.
    judge.add(b":path", b"/before", &mut head, &limits);
    judge.clear();
    for (name, value) in fields {
        judge.add(name.as_bytes(), value.as_bytes(), &mut head, &limits);
    }
    judge.end(has_body, &mut head, &limits).map(|judged| (judged, head))
}

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&GET[..], more].concat()
}

#[track_caller]
fn malformed(fields: &[(&str, &str)]) {
    assert!(judged(fields, false).is_err(), "{fields:?}");
}

#[track_caller]
fn refused(fields: &[(&str, &str)], refusal: Option<Refusal>) {
    let (judged, _) = judged(fields, false).expect("it is well-formed");
    assert_eq!(judged.refused, refusal, "{fields:?}");
}

#[test]
fn a_request_is_read_as_if_it_had_come_by_http_1() {
    let fields = with(&[("range", "bytes=0-1"), ("host", "h:1"), ("te", "trailers")]);
    let (judged, head) = judged(&fields, false).unwrap();
    assert_eq!(judged, Judged { is_head: false, refused: None, content_length: None });
    let request = head.request();
    assert_eq!((request.method(), request.query()), (Method::Get, Some(&b"b"[..])));
    assert_eq!(request.authority(), Some(&b"h:1"[..]));
    assert_eq!(request.field(Known::Range).collect::<Vec<_>>(), [b"bytes=0-1"]);
    assert_eq!(request.field(Known::Host).count(), 1, "the same said twice");
    let names: Vec<_> = request.fields().map(|(name, _)| name).collect();
    assert_eq!(names, [&b"host"[..], b"range", b"te"]);
}

#[test]
fn pseudo_fields_come_first_once_and_none_is_missing() {
    for missing in [0, 1, 3] {
        let mut fields = GET.to_vec();
        fields.remove(missing);
        malformed(&fields);
    }
    for (name, value) in GET {
        malformed(&with(&[(name, value)]));
        malformed(&with(&[("x", "1"), (name, value)]));
    }
    malformed(&with(&[(":status", "200")]));
    malformed(&with(&[(":protocol", "websocket")]));
    malformed(&with(&[(":", "x")]));
    malformed(&[]);
}

#[test]
fn paths_are_no_other_targets() {
    let path = |path| [GET[0], GET[1], GET[2], (":path", path)];
    for absolute in ["", "http://other/", "a", "*", "?x"] {
        malformed(&path(absolute));
    }
    malformed(&path("/a\r\nx: 1"));
    refused(&path("/a b"), Some(Refusal::RequestLine));
    refused(&path("/a#b"), Some(Refusal::Target));
    let options = |path| [(":method", "OPTIONS"), GET[1], GET[2], (":path", path)];
    refused(&options("*"), None);
    malformed(&options("a"));
    let method = |method| [(":method", method), GET[1], GET[2], GET[3]];
    malformed(&method("GET /secret"));
    malformed(&method(""));
    let scheme = |scheme| [GET[0], (":scheme", scheme), GET[2], GET[3]];
    refused(&scheme("x+y"), None);
    malformed(&scheme(""));
    malformed(&scheme("1"));
    malformed(&scheme("a:b"));
}

#[test]
fn connect_has_an_authority_and_nothing_else() {
    let connect = [(":method", "CONNECT"), (":authority", "h:1")];
    refused(&connect, None);
    malformed(&[connect[0]]);
    malformed(&[connect[0], connect[1], GET[1]]);
    malformed(&[connect[0], connect[1], GET[3]]);
}

#[test]
fn fields_are_those_of_http_2() {
    let names = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
    for name in names {
        malformed(&with(&[(name, "x")]));
    }
    malformed(&with(&[("te", "gzip")]));
    for name in ["X", "x ", "", "x:y", "x\0"] {
        malformed(&with(&[(name, "1")]));
    }
    for value in [" x", "x ", "\tx", "x\t", "a\nb", "a\rb", "a\0b", "a\x7fb"] {
        malformed(&with(&[("x", value)]));
    }
    refused(&with(&[("x", ""), ("y", "a\tb c"), ("z", "\u{e4}")]), None);
}

#[test]
fn lengths_are_one_number() {
    for value in ["", "+1", "1,1", "x", "99999999999999999999"] {
        malformed(&with(&[("content-length", value)]));
    }
    malformed(&with(&[("content-length", "0"), ("content-length", "0")]));
    malformed(&with(&[("content-length", "1")]));
    let (said, _) = judged(&with(&[("content-length", "1")]), true).unwrap();
    assert_eq!(said.content_length, Some(1));
    refused(&with(&[("content-length", "0")]), None);
}

#[test]
fn the_gate_judges_what_is_well_formed() {
    refused(&[GET[0], GET[1], GET[3]], Some(Refusal::HostCount));
    refused(&[GET[0], GET[1], GET[3], ("host", "h")], None);
    refused(&with(&[("host", "g")]), Some(Refusal::HostCount));
    refused(&[GET[0], GET[1], (":authority", "u@h"), GET[3]], Some(Refusal::Host));
    refused(&with(&[("expect", "x")]), Some(Refusal::Expectation));
    refused(&with(&[("x", "1"); 99]), None);
    refused(&with(&[("x", "1"); 100]), Some(Refusal::TooManyFields));
    let long = "a".repeat(16 * 1024);
    let fields = [&GET[..], &[("x", &long), ("what follows", "isn't looked at")]].concat();
    refused(&fields, Some(Refusal::HeadTooLarge));
    let path = format!("/{}", "a".repeat(40_000));
    refused(&[GET[0], GET[1], GET[2], (":path", &path)], Some(Refusal::TargetTooLong));
    malformed(&[GET[0], GET[1], (":authority", &long), GET[3]]);
    malformed(&[GET[0], GET[1], (":authority", ""), GET[3]]);
}

#[test]
fn what_is_asked_for_is_known_of_what_is_refused() {
    let fields = [(":method", "HEAD"), GET[1], GET[2], (":path", "/#")];
    let (judged, _) = judged(&fields, false).unwrap();
    assert!(judged.is_head && judged.refused.is_some());
}

#[test]
fn trailers_are_fields_and_bounded() {
    let end = |fields: &[(&str, &str)]| {
        let mut trailers = Trailers::new();
        for (name, value) in fields {
            trailers.add(name.as_bytes(), value.as_bytes(), &Limits::default());
        }
        trailers.end().map(|fields| fields.len())
    };
    assert_eq!(end(&[("a", "1"), ("a", "2")]), Ok(2));
    assert_eq!(end(&[]), Ok(0));
    assert_eq!(end(&[(":path", "/"), ("a", "1")]), Err(Malformed));
    assert_eq!(end(&[("A", "1")]), Err(Malformed));
    assert_eq!(end(&[("connection", "x")]), Err(Malformed));
    assert_eq!(end(&[("a", " 1")]), Err(Malformed));
    assert_eq!(end(&[("a", "1"); 100]), Ok(100));
    assert_eq!(end(&[("a", "1"); 101]), Err(Malformed));
    assert_eq!(end(&[("a", &"x".repeat(16 * 1024))]), Err(Malformed));
}
