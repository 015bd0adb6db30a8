//! What fails, and what becomes of the request.

use std::sync::Arc;

use catzilla_middleware_engine::{
    ArenaConfig, ArenaPool, Chain, ChainBuilder, Context, Error, Flow, Middleware, Needs, Phases,
    Response, Result, RunError, after, before, on_error,
};
use http::Request;

use crate::drive::Host;
use crate::order::{Log, check, done, next};

fn seen(name: &'static str, log: &Log) -> impl Middleware + use<> {
    let log = Arc::clone(log);
    on_error(name, move |_: &mut Context<'_>, _: &RunError| {
        log.lock().unwrap().push(name);
        Ok(None)
    })
}

#[test]
fn what_fails_goes_through_the_error_phase() {
    let log = Log::default();
    let answer = on_error("page", |cx: &mut Context<'_>, error| {
        cx.response.append("x-by", error.middleware().unwrap_or("handler"))?;
        Ok(Some(Response::new(502).with("text/plain", "sorry")))
    });
    let fails = on_error("fails", |_: &mut Context<'_>, _: &RunError| Err(Error::new("itself")));
    let bad = before("bad", |_| Err(Error::new("as it was told to")));
    let chain = Chain::builder()
        .with(bad)
        .with(next("not called"))
        .with(fails)
        .with(answer)
        .with(seen("seen", &log))
        .with(done("z"));
    let way = "before:bad! error:fails! error:page=502 error:seen after:z";
    let driven = check(chain, 502, way);
    assert_eq!(driven.content.as_deref(), Some("sorry"));
    assert_eq!(driven.field("x-by"), Some("bad"));
    assert_eq!(*log.lock().unwrap(), ["seen"]);
    let error = driven.error.unwrap();
    assert_eq!(error, "middleware \"bad\" in its phase before: as it was told to");
}

#[test]
fn a_panic_is_500_for_this_request_alone() {
    let panics = || before("panics", |_| panic!("before {}", 1));
    let driven =
        check(Chain::builder().with(panics()).with(done("z")), 500, "before:panics! after:z");
    assert!(driven.error.unwrap().ends_with("it panicked: before 1"));
    let late = || after("late", |_| panic!("after"));
    let chain = Chain::builder().with(late()).with(done("z"));
    check(chain, 500, "after:late! after:z");
    let in_a_job = before("job", |_| {
        Ok(Flow::defer(|| -> fn(&mut Context<'_>) -> Result<Flow> { panic!("in the job") }))
    });
    let driven = check(
        Chain::builder().with(in_a_job).with(done("z")),
        500,
        "before:job... before:job! after:z",
    );
    assert!(driven.error.unwrap().ends_with("it panicked: in the job"));
    let in_the_error_phase = on_error("e", |_: &mut Context<'_>, _: &RunError| panic!("there"));
    check(Chain::builder().with(panics()).with(in_the_error_phase), 500, "before:panics! error:e!");

    let mut host = Host::new(Chain::builder().with(panics()).with(late()).build().unwrap());
    for _ in 0..3 {
        assert_eq!(host.drive(Request::get("/")).status, 500);
    }
    assert_eq!(host.pool.figures().reused, 2);
}

#[test]
fn an_arena_beyond_its_limit_is_500_and_not_kept_too_large() {
    let greedy = before("greedy", |cx| {
        for _ in 0..1000 {
            cx.arena.insert([0_u8; 1024])?;
        }
        Ok(Flow::Next)
    });
    let mut host = Host::new(Chain::builder().with(greedy).build().unwrap());
    let config = ArenaConfig { limit: 32 * 1024, ..ArenaConfig::default() };
    host.pool = ArenaPool::new(config);
    let driven = host.drive(Request::get("/"));
    assert_eq!(driven.status, 500);
    assert!(driven.error.unwrap().contains("more memory than its arena may have"));
    assert_eq!(host.pool.figures().dropped, 1);
}

#[test]
fn the_handler_may_fail() {
    let late = on_error("late", |_: &mut Context<'_>, error: &RunError| {
        assert_eq!((error.middleware(), error.status()), (None, 500));
        Ok(Some(Response::new(500).with("text/plain", "ours")))
    });
    let chain = Chain::builder().with(late).build().unwrap();
    let parts = Request::get("/").body(()).unwrap().into_parts().0;
    let mut host = Host::new(chain);
    let mut run = host.chain.begin(host.pool.take(), Vec::new());
    let moment = host.moment;
    let response = host.chain.handler_failed(&mut run, &parts, moment, Error::new("it gave up"));
    assert_eq!(response, Some(Response::new(500).with("text/plain", "ours")));
    assert_eq!(run.take_error().unwrap().to_string(), "the handler: it gave up");
}

#[test]
fn what_would_never_work_is_not_built() {
    struct Never;
    impl Middleware for Never {
        fn name(&self) -> &'static str {
            "never"
        }
        fn phases(&self) -> Phases {
            Phases::NONE
        }
    }
    struct Needy;
    impl Middleware for Needy {
        fn name(&self) -> &'static str {
            "needy"
        }
        fn phases(&self) -> Phases {
            Phases::BEFORE
        }
        fn needs(&self) -> Needs {
            Needs::of::<String>()
        }
    }
    #[track_caller]
    fn refused(builder: ChainBuilder, expected: &str) {
        assert_eq!(builder.build().unwrap_err().to_string(), expected);
    }
    let builder = Chain::builder;
    refused(
        builder().with(next("a")).with(done("a")),
        "two middlewares of a chain are named \"a\": rename one of them",
    );
    refused(builder().with(next("")), "a middleware has no name: give it one");
    refused(
        builder().with(Never),
        "middleware \"never\" takes part in no phase: it would never be called",
    );
    refused(
        builder().with(Needy),
        "middleware \"needy\" needs the service alloc::string::String, which no container has: register it",
    );
}
