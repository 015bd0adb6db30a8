//! What middlewares cost: `cargo bench -p catzilla-benches --bench middleware`.
//!
//! A case is a whole request through a chain, from the arena that is taken to the arena that is given back, unless its
//! name says otherwise. Nothing is timed by the chain itself but where the name says so. Instructions aren't counted where a
//! clock is calibrated: where calls are timed, and around axum.

use std::io;
use std::num::NonZeroU32;

use catzilla_benches::micro::{Case, Suite};
use catzilla_benches::middleware::{
    BUILTINS, Driven, InAxum, InService, Part, Within, bytes_per_middleware, eight, equal, jwt,
    ours, parts, plain, reuse, tower_http,
};
use catzilla_middleware_engine::{Chain, ChainBuilder, Flow, Timings, before};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> io::Result<()> {
    let mut suite = Suite::new("middleware");
    // What a server does without any middleware is another way, without any of this.
    driven(&mut suite, "no-middleware", Chain::builder);
    driven(&mut suite, "empty request", || empty(1));
    phase(&mut suite, "empty", || empty(1));
    phase(&mut suite, "empty, eight", || empty(8));
    for &(name, add) in BUILTINS {
        driven(&mut suite, format!("builtin/{name}").leak(), move || add(Chain::builder()));
    }
    let bearing = || {
        let (chain, token) = jwt();
        Driven::bearing(chain.timings(Timings::Off).build().expect("a chain"), Some(token))
    };
    suite.prepared("builtin/jwt", bearing, Driven::call);
    driven(&mut suite, "chain-8", eight);
    let sampled = Timings::Sampled(NonZeroU32::new(64).expect("not zero"));
    timed(&mut suite, "chain-8, sampled timings", eight, sampled).beside("chain-8");
    timed(&mut suite, "chain-8, always timed", eight, Timings::Always).beside("chain-8");
    driven(&mut suite, "eight parts", || parts(Part::Own));
    driven(&mut suite, "injection", || parts(Part::Injected)).beside("eight parts");
    in_axum(&mut suite, "axum alone", plain);
    in_axum(&mut suite, "tower-chain-8, tower-http", tower_http);
    in_axum(&mut suite, "tower-chain-8", || ours(equal())).beside("tower-chain-8, tower-http");
    in_axum(&mut suite, "chain-8 in axum", || ours(eight())).beside("tower-chain-8, tower-http");
    driven(&mut suite, "equal of tower-chain-8", equal);
    in_service(&mut suite, "file", || InService::new(Within::Nothing));
    in_service(&mut suite, "file, chain on another mount", || {
        InService::new(Within::OtherMount(eight()))
    });
    in_service(&mut suite, "file, one that does nothing", || {
        InService::new(Within::Service(empty(1)))
    });
    in_service(&mut suite, "file, chain-8", || InService::new(Within::Service(eight())));
    in_service(&mut suite, "file, tower-chain-8, tower-http", InService::in_tower_http);
    in_service(&mut suite, "file, tower-chain-8", || InService::new(Within::Service(equal())))
        .beside("file, tower-chain-8, tower-http");
    suite.figure("arena reuse", "%", reuse);
    suite.figure("memory per middleware", "B", bytes_per_middleware);
    suite.run()
}

/// So many middlewares that do nothing.
fn empty(count: usize) -> ChainBuilder {
    (0..count).fold(Chain::builder(), |chain, number| {
        chain.with(before(format!("empty-{number}"), |_| Ok(Flow::Next)))
    })
}

fn driven<'s, 'a>(
    suite: &'s mut Suite<'a>,
    name: &'static str,
    chain: impl FnOnce() -> ChainBuilder + 'a,
) -> &'s mut Case<'a> {
    timed(suite, name, chain, Timings::Off)
}

fn timed<'s, 'a>(
    suite: &'s mut Suite<'a>,
    name: &'static str,
    chain: impl FnOnce() -> ChainBuilder + 'a,
    timings: Timings,
) -> &'s mut Case<'a> {
    let prepare = move || Driven::new(chain().timings(timings).build().expect("a chain"));
    let case = suite.prepared(name, prepare, Driven::call);
    if timings == Timings::Off { case } else { case.noisy_setup() }
}

/// The phase before by itself, in a request that has begun long ago.
fn phase<'a>(suite: &mut Suite<'a>, name: &'static str, chain: impl FnOnce() -> ChainBuilder + 'a) {
    let prepare = move || {
        let mut driven = Driven::new(chain().timings(Timings::Off).build().expect("a chain"));
        let run = driven.begin();
        (driven, run)
    };
    suite.prepared(name, prepare, |(driven, run)| assert!(driven.before(run)));
}

fn in_axum<'s, 'a>(
    suite: &'s mut Suite<'a>,
    name: &'static str,
    app: impl FnOnce() -> InAxum + 'a,
) -> &'s mut Case<'a> {
    suite.prepared(name, app, InAxum::call).noisy_setup()
}

fn in_service<'s, 'a>(
    suite: &'s mut Suite<'a>,
    name: &'static str,
    service: impl FnOnce() -> io::Result<InService> + 'a,
) -> &'s mut Case<'a> {
    suite.prepared(name, || service().expect("a folder with a file"), InService::call)
}
