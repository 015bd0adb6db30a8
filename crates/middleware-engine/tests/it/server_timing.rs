//! How long the server took.

use std::time::Duration;

use catzilla_middleware_engine::builtin::ServerTiming;
use catzilla_middleware_engine::{Chain, Flow, Response, before};
use http::Request;

use crate::allocation;
use crate::drive::Host;

/// Longer than any clock runs.
const AGES: Duration = Duration::from_hours(2_500_000_000_000_000);

/// What is written when a request has taken so long.
fn written(timing: ServerTiming, took: Duration) -> String {
    let chain = Chain::builder().with(timing).build().unwrap();
    let mut host = Host::new(chain);
    host.takes = took;
    let driven = host.drive(Request::get("/"));
    driven.field("server-timing").unwrap().to_owned()
}

#[track_caller]
fn check(took: Duration, value: &str) {
    assert_eq!(written(ServerTiming::new(), took), value);
}

#[test]
fn the_time_is_in_milliseconds() {
    check(Duration::ZERO, "total;dur=0.000");
    check(Duration::from_nanos(1_234_567), "total;dur=1.234");
    check(Duration::from_micros(50), "total;dur=0.050");
    check(Duration::from_millis(61_002), "total;dur=61002.000");
    check(AGES, "total;dur=18446744073709551615.000");
}

#[test]
fn a_metric_has_a_name_and_a_description() {
    let timing = ServerTiming::new().metric("app").unwrap();
    assert_eq!(written(timing.clone(), Duration::ZERO), "app;dur=0.000");
    let timing = timing.description(r#"all "of" it\"#).unwrap();
    assert_eq!(written(timing, Duration::ZERO), r#"app;desc="all \"of\" it\\";dur=0.000"#);
    let longest = ServerTiming::new().metric("a".repeat(128)).unwrap();
    assert_eq!(written(longest, AGES).len(), 128 + 29);
}

#[test]
fn those_of_others_stay() {
    let other = before("other", |cx| {
        cx.response.append("server-timing", "db;dur=1")?;
        Ok(Flow::Next)
    });
    let chain = Chain::builder().with(ServerTiming::new()).with(other).build().unwrap();
    let driven = Host::new(chain).drive(Request::get("/"));
    assert!(driven.fields.ends_with("server-timing: db;dur=1\nserver-timing: total;dur=0.000\n"));
}

#[test]
fn what_was_answered_before_has_no_time() {
    let stop = before("stop", |_| Ok(Flow::Stop(Response::new(403))));
    let chain = Chain::builder().with_priority(-1, stop).with(ServerTiming::new()).build().unwrap();
    assert_eq!(Host::new(chain).drive(Request::get("/")).field("server-timing"), None);
}

#[test]
fn what_can_not_be_asked_for() {
    for metric in ["", "a b", "a;b", "\u{e4}", &"a".repeat(129)] {
        let error = ServerTiming::new().metric(metric.to_owned()).unwrap_err();
        assert!(error.to_string().contains("server-timing: metric: "), "{error}");
    }
    for description in ["a\r\nb", "\u{e4}", " a", &"\"".repeat(100)] {
        let error = ServerTiming::new().description(description).unwrap_err();
        assert!(error.to_string().contains("server-timing: description: "), "{error}");
    }
}

#[test]
fn nothing_is_allocated() {
    allocation::check(ServerTiming::new(), Request::get("/"));
    let described = ServerTiming::new().description("all of it").unwrap();
    allocation::check(described, Request::get("/"));
}
