//! Who is called, in which order, and who has the last word.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use catzilla_middleware_engine::{
    BuildError, Chain, ChainBuilder, Context, Done, Flow, Middleware, Moment, Outcome, Phase,
    Phases, Response, Result, Timings, after, before,
};
use http::Request;

use crate::drive::{Answer, Driven, Host};

pub(crate) type Log = Arc<Mutex<Vec<&'static str>>>;

/// Writes down when it is called.
struct Logged(&'static str, i32, Log);

impl Middleware for Logged {
    fn name(&self) -> &str {
        self.0
    }

    fn priority(&self) -> i32 {
        self.1
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, _: &mut Context<'_>) -> Result {
        self.2.lock().unwrap().push(self.0);
        Ok(Flow::Next)
    }

    fn after(&self, _: &mut Context<'_>) -> Result<Done> {
        self.2.lock().unwrap().push(self.0);
        Ok(Done::Next)
    }
}

/// The way of a request: `before a: passed`, and so on.
pub(crate) fn way(driven: &Driven) -> String {
    let calls = driven.trace.calls().iter();
    let calls = calls.map(|call| {
        let outcome = match call.outcome {
            Outcome::Answered(status) => format!("={status}"),
            Outcome::Deferred => "...".to_owned(),
            Outcome::Failed => "!".to_owned(),
            _ => String::new(),
        };
        format!("{}:{}{outcome}", call.phase, call.middleware)
    });
    calls.collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(crate) fn check(builder: ChainBuilder, status: u16, expected: &str) -> Driven {
    let driven = Host::new(builder.build().unwrap()).drive(Request::get("/"));
    assert_eq!((driven.status, &*way(&driven)), (status, expected));
    driven
}

pub(crate) fn next(name: &'static str) -> impl Middleware {
    before(name, |_| Ok(Flow::Next))
}

pub(crate) fn done(name: &'static str) -> impl Middleware {
    after(name, |_| Ok(Done::Next))
}

#[test]
fn lower_priorities_go_first_in_both_phases_and_equal_ones_as_they_came() {
    let log = Log::default();
    let chain = [("d", 60), ("b", 50), ("a", -1), ("c", 50)]
        .into_iter()
        .fold(Chain::builder(), |chain, (name, priority)| {
            chain.with(Logged(name, priority, Arc::clone(&log)))
        })
        .build()
        .unwrap();
    assert!(Host::new(chain).drive(Request::get("/")).handled);
    assert_eq!(*log.lock().unwrap(), ["a", "b", "c", "d", "a", "b", "c", "d"]);
}

#[test]
fn a_joined_chain_runs_the_first_before_the_second() {
    let of = |name, priority| Chain::builder().with_priority(priority, next(name)).build().unwrap();
    let joined = of("global", 90).join(&of("mount", 10)).unwrap();
    assert_eq!(joined.names(Phase::Before).collect::<Vec<_>>(), ["global", "mount"]);
    let twice = joined.join(&of("mount", 1)).unwrap_err();
    assert_eq!(twice, BuildError::SameName("mount".to_owned()));
    // Figures are those of the middleware, in whichever chain it was called.
    let always = Chain::builder().timings(Timings::Always).with(next("one")).build().unwrap();
    let joined = always.join(&of("other", 1)).unwrap();
    Host::new(joined).drive(Request::get("/"));
    assert_eq!(always.figures().next().unwrap().1.count, 1);
    always.reset_figures();
    assert_eq!(always.figures().next().unwrap().1.count, 0);
}

#[test]
fn who_is_last_is_behind_those_of_a_joined_chain_too() {
    struct Last;
    impl Middleware for Last {
        fn name(&self) -> &'static str {
            "last"
        }
        fn phases(&self) -> Phases {
            Phases::BEFORE | Phases::AFTER
        }
        fn is_last(&self) -> bool {
            true
        }
    }
    let first = Chain::builder().with_priority(0, Last).with(done("y")).build().unwrap();
    let joined = first.join(&Chain::builder().with(done("z")).build().unwrap()).unwrap();
    assert_eq!(joined.names(Phase::Before).collect::<Vec<_>>(), ["last"]);
    assert_eq!(joined.names(Phase::After).collect::<Vec<_>>(), ["y", "z", "last"]);
}

#[test]
fn who_stops_answers_and_the_phase_after_runs() {
    let stop = before("stop", |_| Ok(Flow::Stop(Response::new(401))));
    let chain = Chain::builder().with(next("a")).with(stop).with(next("b")).with(done("z"));
    let driven = check(chain, 401, "before:a before:stop=401 after:z");
    assert!(!driven.handled);
    assert_eq!(driven.trace.answered_by(), Some("stop"));
}

#[test]
fn who_skips_answers_and_the_others_have_their_say() {
    let skip = |name, status| before(name, move |_| Ok(Flow::Skip(Response::new(status))));
    let chain = || Chain::builder().with(skip("skip", 200)).with(next("b")).with(done("z"));
    let driven = check(chain(), 200, "before:skip=200 before:b after:z");
    assert!(!driven.handled && driven.error.is_none());

    let stop = before("stop", |_| Ok(Flow::Stop(Response::new(403))));
    check(chain().with(stop), 403, "before:skip=200 before:b before:stop=403 after:z");

    let twice = chain().with(skip("again", 200));
    let driven = check(twice, 500, "before:skip=200 before:b before:again=200 after:z");
    let error = driven.error.unwrap();
    assert!(error.contains("\"again\"") && error.contains("\"skip\""), "{error}");
}

#[test]
fn a_job_is_waited_for_and_no_phase_runs_twice() {
    let slow = before("slow", |_| {
        Ok(Flow::defer(|| {
            let found = 42;
            move |cx: &mut Context<'_>| {
                cx.response.append("x-found", found.to_string())?;
                Ok(Flow::Next)
            }
        }))
    });
    let slow_after = after("commit", |_| {
        Ok(Done::defer(|| {
            |cx: &mut Context<'_>| {
                assert_eq!(cx.response.status(), Some(200));
                Ok(Done::Replace(Response::new(409)))
            }
        }))
    });
    let chain = Chain::builder()
        .with(next("a"))
        .with(slow)
        .with(next("b"))
        .with(done("y"))
        .with(slow_after)
        .with(done("z"));
    let way = "before:a before:slow... before:slow before:b \
               after:y after:commit... after:commit=409 after:z";
    let driven = check(chain, 409, way);
    assert_eq!((driven.jobs, driven.field("x-found")), (2, Some("42")));
}

#[test]
fn a_job_may_defer_to_another() {
    let twice = before("twice", |_| {
        Ok(Flow::defer(|| {
            |_: &mut Context<'_>| {
                Ok(Flow::defer(|| |_: &mut Context<'_>| Ok(Flow::Stop(Response::new(418)))))
            }
        }))
    });
    let way = "before:twice... before:twice... before:twice=418";
    assert_eq!(check(Chain::builder().with(twice), 418, way).jobs, 2);
}

#[test]
fn without_a_place_for_its_job_it_is_503() {
    let slow = before("slow", |_| Ok(Flow::defer(|| |_: &mut Context<'_>| Ok(Flow::Next))));
    let late = after("late", |_| Ok(Done::defer(|| |_: &mut Context<'_>| Ok(Done::Next))));
    for chain in [Chain::builder().with(slow), Chain::builder().with(late)] {
        let mut host = Host::new(chain.with(done("z")).build().unwrap());
        host.has_room = false;
        let driven = host.drive(Request::get("/"));
        assert_eq!(driven.status, 503);
        assert!(driven.error.unwrap().contains("no place for its job"));
        assert_eq!(driven.trace.calls().last().unwrap().middleware.as_ref(), "z");
    }
}

#[test]
fn the_draft_is_shaped_in_both_phases() {
    let early = before("early", |cx| {
        assert_eq!(cx.response.status(), None);
        cx.response.append("x-early", "1")?;
        cx.response.vary("Origin")?;
        Ok(Flow::Next)
    });
    let late = after("late", |cx| {
        assert_eq!(cx.response.status(), Some(200));
        assert_eq!(cx.response.field("content-type"), Some(&b"text/plain"[..]));
        assert_eq!(cx.response.field("X-Early"), Some(&b"1"[..]));
        assert_eq!(cx.response.content_length(), Some(5));
        cx.response.vary("origin")?;
        cx.response.vary("Accept")?;
        cx.response.vary("Cookie")?;
        cx.response.replace("content-type", "text/html")?;
        cx.response.set_status(404).unwrap();
        assert_eq!(cx.response.status(), Some(404));
        assert_eq!(cx.response.set_status(304), None);
        Ok(Done::Next)
    });
    let mut host = Host::new(Chain::builder().with(early).with(late).build().unwrap());
    host.handler = |_| {
        let fields = [("content-type", "text/plain"), ("vary", "accept-encoding, accept")];
        Answer::new(200, &fields, "hello")
    };
    let driven = host.drive(Request::get("/"));
    assert_eq!(driven.status, 404);
    let expected = "vary: accept-encoding, accept\nx-early: 1\nvary: Origin\nvary: Cookie\n\
                    content-type: text/html\n";
    assert_eq!(driven.fields, expected);
}

#[test]
fn a_status_is_that_of_the_answer_it_was_set_for() {
    let sets = || {
        before("sets", |cx| {
            cx.response.set_status(201).unwrap();
            Ok(Flow::Next)
        })
    };
    let stops = before("stops", |_| Ok(Flow::Stop(Response::new(401))));
    let marks = after("marks", |cx| {
        cx.response.set_status(202).unwrap();
        Ok(Done::Next)
    });
    let replaces = after("replaces", |_| Ok(Done::Replace(Response::new(403))));
    let status =
        |chain: ChainBuilder| Host::new(chain.build().unwrap()).drive(Request::get("/")).status;
    assert_eq!(status(Chain::builder().with(sets())), 201);
    assert_eq!(status(Chain::builder().with(sets()).with(stops)), 401);
    assert_eq!(status(Chain::builder().with(sets()).with(marks).with(replaces)), 403);
}

#[test]
fn the_status_of_what_has_no_content_stays() {
    let late = after("late", |cx| {
        assert_eq!(cx.response.set_status(200), None);
        Ok(Done::Next)
    });
    let mut host = Host::new(Chain::builder().with(late).build().unwrap());
    host.handler = |_| Answer { status: 304, block: String::new(), content: None };
    assert_eq!(host.drive(Request::get("/")).status, 304);
}

#[test]
fn the_handler_is_given_what_was_provided_for_it() {
    let provides = before("provides", |cx| {
        cx.arena.provide(cx.moment)?;
        cx.arena.insert("a secret")?;
        Ok(Flow::Next)
    });
    let mut host = Host::new(Chain::builder().with(provides).build().unwrap());
    host.pass(Duration::from_secs(1));
    let driven = host.drive(Request::get("/"));
    assert_eq!(driven.extensions.get::<Moment>(), Some(&host.moment));
    assert_eq!(driven.extensions.get::<&str>(), None);
}

#[test]
fn one_of_many_is_timed() {
    let slow = before("slow", |_| {
        let began = Instant::now();
        while began.elapsed() < Duration::from_micros(50) {}
        Ok(Flow::Next)
    });
    let every_second = Timings::Sampled(2.try_into().unwrap());
    let chain = Chain::builder().timings(every_second).with(slow).build().unwrap();
    let mut host = Host::new(chain);
    for _ in 0..10 {
        host.drive(Request::get("/"));
    }
    let (name, figures) = host.chain.figures().next().unwrap();
    assert_eq!((name, figures.count), ("slow", 5));
    assert!(figures.fastest >= Duration::from_micros(50), "{figures}");
    assert!(
        figures.slowest >= figures.fastest && figures.total >= 5 * figures.fastest,
        "{figures}"
    );
}

#[test]
fn all_that_outlives_a_wait_is_send() {
    fn assert_send<T: Send>() {}
    fn assert_sync<T: Sync>() {}
    assert_send::<catzilla_middleware_engine::Run>();
    assert_send::<catzilla_middleware_engine::Job<Flow>>();
    assert_send::<catzilla_middleware_engine::Resumption<Done>>();
    assert_send::<Chain>();
    assert_sync::<Chain>();
    assert_sync::<catzilla_middleware_engine::Container>();
}
