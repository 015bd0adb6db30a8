//! What a request allocates on its way through a chain.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use catzilla_middleware_engine::{After, ArenaPool, Before, Chain, Middleware, Moment, Peer};
use catzilla_testkit::counting::allocations;
use http::request::Builder;

use crate::drive::Answer;

/// Nothing is allocated by a middleware, once a first request has made room.
#[track_caller]
pub(crate) fn check(middleware: impl Middleware, request: Builder) {
    let chain = Chain::builder().with(middleware).build().unwrap();
    let mut parts = request.body(()).unwrap().into_parts().0;
    parts.extensions.insert(Peer(SocketAddr::from(([192, 0, 2, 1], 1000))));
    let real = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let moment = Moment { real, monotonic: Duration::from_secs(1000) };
    let answer = Answer::new(200, &[("content-type", "text/plain")], "hello");
    let (mut pool, mut lines) = (ArenaPool::default(), Vec::new());
    let mut request = || {
        let mut run = chain.begin(pool.take(), std::mem::take(&mut lines));
        let mut before = chain.before(&mut run, &parts, moment);
        while let Before::Wait(job) = before {
            before = chain.resume(&mut run, &parts, moment, job.run());
        }
        assert!(matches!(chain.after(&mut run, &parts, moment, &answer), After::Done));
        let finished = run.finish();
        lines = finished.overlay.into_buffer();
        pool.put(finished.arena);
    };
    request();
    request();
    let count = allocations(|| (0..10).for_each(|_| request()));
    assert_eq!(count, 0, "allocations of ten requests");
}
