//! Keep-alive, pipelining, half-closed clients, draining, time.

use catzilla_server::Limits;
use catzilla_server::http1::{Connection, Event, Input, Phase, RequestHead};

use crate::driver::{Driver, run};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[track_caller]
fn lives(request: &str, expected: Option<&str>) {
    let driver = run(request.as_bytes());
    let responses = driver.responses();
    let said: Vec<_> = responses[0].values("connection").map(<[u8]>::to_ascii_lowercase).collect();
    match expected {
        Some(option) => assert_eq!(said, [option.as_bytes()], "{request:?}"),
        None => assert!(said.is_empty(), "{request:?}"),
    }
    assert_eq!(driver.closed.is_some(), expected == Some("close"), "{request:?}");
}

#[test]
fn rfc9112_9_3_persistence() {
    lives(GET, None);
    lives("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", Some("close"));
    lives("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, CLOSE\r\n\r\n", Some("close"));
    lives(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nConnection: close\r\n\r\n",
        Some("close"),
    );
    lives("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", None);
    lives("GET / HTTP/1.0\r\n\r\n", Some("close"));
    lives("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Some("keep-alive"));
    lives("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", Some("close"));
    lives("GET / HTTP/1.2\r\nHost: a\r\n\r\n", None);
}

#[test]
fn a_clean_end_needs_no_lingering() {
    let driver = run(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(driver.closed, Some(false));
    let driver = run(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET");
    assert_eq!(driver.closed, Some(true), "what came too late is still to be read");
}

#[test]
fn a_client_that_would_have_gone_on_is_lingered_for() {
    // Its next request may be on the way: a reset would take the last answer from it.
    let mut limits = Limits::default();
    limits.max_requests_per_connection = 1;
    let mut driver = Driver::with(limits);
    driver.receive(GET.as_bytes());
    assert!(driver.responses()[0].closes());
    assert_eq!(driver.closed, Some(true));
    let mut begun = Driver::new();
    begun.receive(b"GET / HTTP/1.1\r\n");
    begun.engine.drain();
    begun.receive(b"Host: a\r\n\r\n");
    assert_eq!(begun.closed, Some(true));
}

#[test]
fn empty_lines_are_counted_by_the_request() {
    let driver = run(format!("\r\n\r\n\r\n{GET}").repeat(3).as_bytes());
    assert_eq!((driver.understood().len(), driver.closed), (3, None));
    let driver = run(format!("{GET}{}", "\r\n".repeat(5)).as_bytes());
    assert_eq!((driver.responses().len(), driver.closed), (2, Some(true)));
}

#[test]
fn pipelined_requests_are_answered_in_order_and_in_batches() {
    let requests: Vec<_> =
        (0..100).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let driver = run(requests.concat().as_bytes());
    let expected: Vec<_> = (0..100).map(|n| format!("GET /{n} @a")).collect();
    assert_eq!(driver.understood(), expected);
}

#[test]
fn a_batch_is_bounded() {
    let mut limits = Limits::default();
    limits.max_batch = 4;
    let mut driver = Driver::with(limits);
    driver.input.vacant().extend_from_slice(GET.repeat(10).as_bytes());
    // Whoever does not send is told to, and the engine is not asked on.
    for answered in 1..=4 {
        assert!(!driver.outbox.must_flush(&driver.limits), "after {}", answered - 1);
        one(&mut driver);
    }
    assert!(driver.outbox.must_flush(&driver.limits));
}

#[test]
fn a_batch_of_nothing_is_not_waited_for() {
    // A server refuses such limits; an engine that is used by itself must not go round in circles.
    let mut limits = Limits::default();
    (limits.max_batch, limits.max_batch_bytes) = (0, 0);
    let mut driver = Driver::with(limits);
    assert!(!driver.outbox.must_flush(&driver.limits));
    driver.receive(GET.repeat(3).as_bytes());
    assert_eq!(driver.understood().len(), 3);
}

fn one(driver: &mut Driver) {
    use catzilla_server::http1::{DateLine, Event};
    use catzilla_server::{Block, Body, Overlay, ResponsePlan, Status};

    let event = driver.engine.next(&mut driver.input, &mut driver.head, &driver.limits);
    assert_eq!(event, Event::Request);
    let plan = ResponsePlan {
        status: Status::NO_CONTENT,
        block: Block::Static(b""),
        overlay: Overlay::default(),
        length: None,
        body: Body::None,
        close: false,
    };
    let date = DateLine::new(std::time::SystemTime::UNIX_EPOCH);
    driver.engine.answer(plan, &mut driver.input, &mut driver.outbox, &date, &driver.limits);
}

#[test]
fn a_client_that_stops_sending_gets_what_is_complete() {
    let mut driver = Driver::new();
    driver.receive(format!("{GET}{GET}GET / HT").as_bytes());
    driver.end();
    assert_eq!((driver.understood().len(), driver.closed), (2, Some(false)));
    let mut driver = Driver::new();
    driver.end();
    assert_eq!((driver.sent.len(), driver.closed), (0, Some(false)));
}

#[test]
fn draining_answers_what_has_begun() {
    let mut idle = Driver::new();
    idle.receive(GET.as_bytes());
    idle.engine.drain();
    idle.go_on();
    assert_eq!(idle.closed, Some(false));
    let mut begun = Driver::new();
    begun.receive(b"GET / HTTP/1.1\r\n");
    begun.engine.drain();
    begun.go_on();
    assert_eq!(begun.closed, None);
    begun.receive(b"Host: a\r\n\r\n");
    assert!(begun.responses()[0].closes());
    assert!(begun.closed.is_some());
}

#[test]
fn a_connection_has_its_share_of_requests() {
    let mut limits = Limits::default();
    limits.max_requests_per_connection = 2;
    let mut driver = Driver::with(limits);
    driver.receive(GET.repeat(3).as_bytes());
    let responses = driver.responses();
    assert_eq!((responses.len(), responses[1].closes()), (2, true));
}

#[test]
fn phases_tell_what_a_time_limit_goes_by() {
    let mut driver = Driver::new();
    assert_eq!(driver.engine.phase(), Phase::Idle);
    driver.receive(b"\r\n");
    assert_eq!(driver.engine.phase(), Phase::Idle);
    driver.receive(b"GET /");
    assert_eq!(driver.engine.phase(), Phase::Head);
    driver.receive(b" HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(driver.engine.phase(), Phase::Body);
    driver.receive(b"abc");
    assert_eq!(driver.engine.phase(), Phase::Idle);
    driver.receive(b"\0");
    assert_eq!(driver.engine.phase(), Phase::Closing);
}

#[test]
fn an_idle_connection_is_small() {
    let size = size_of::<Connection>();
    assert!(size <= 128, "{size} bytes");
}

#[test]
fn head_has_no_body_and_all_of_its_fields() {
    let driver = run(b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n");
    let responses = driver.responses();
    assert_eq!(responses[0].values("content-length").next(), Some(&b"10"[..]));
    assert_eq!(driver.understood(), ["", "GET /y @a"]);
}

#[test]
fn half_a_head_that_takes_too_long_is_answered() {
    let mut driver = Driver::new();
    driver.receive(format!("{GET}HEAD / HTT").as_bytes());
    assert_eq!(driver.engine.phase(), Phase::Head);
    driver.give_up();
    let responses = driver.responses();
    assert_eq!((responses.len(), responses[1].status), (2, 408));
    assert!(responses[1].body.is_empty(), "it began as HEAD does");
    assert!(responses[1].closes());
    assert_eq!(driver.closed, Some(true));
}

/// What the engine says to these bytes, in two pieces.
#[track_caller]
fn begins(bytes: &[u8], cut: usize, allowed: bool) -> Event {
    let (mut input, mut head) = (Input::new(), RequestHead::default());
    let mut engine = Connection::new().may_be_http2(allowed);
    let limits = Limits::default();
    input.vacant().extend_from_slice(&bytes[..cut]);
    match engine.next(&mut input, &mut head, &limits) {
        Event::Read | Event::Idle => {}
        said => return said,
    }
    input.vacant().extend_from_slice(&bytes[cut..]);
    engine.next(&mut input, &mut head, &limits)
}

#[test]
fn rfc9113_3_4_the_preface_is_told_however_it_is_torn() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for cut in 0..preface.len() {
        assert_eq!(begins(preface, cut, true), Event::Preface, "{cut}");
        assert!(matches!(begins(preface, cut, false), Event::Refused(_)), "{cut}");
        assert_eq!(begins(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", cut, true), Event::Request);
        // A method that begins like it, and a request line that does.
        assert_eq!(begins(b"PRIME / HTTP/1.1\r\nHost: a\r\n\r\n", cut, true), Event::Request);
        let almost = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r";
        assert!(matches!(begins(almost, cut, true), Event::Refused(_)), "{cut}");
    }
}

#[test]
fn the_preface_is_only_one_at_the_begin() {
    let mut driver = Driver::new();
    driver.engine = Connection::new().may_be_http2(true);
    driver.receive(GET.as_bytes());
    driver.receive(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(driver.refused.is_some());
}
