//! What middlewares cost: `cargo bench -p catzilla-benches --bench middleware`.
//!
//! A case is a whole request through a chain, from the arena that is taken to the arena that is given back, unless its
//! name says otherwise. Nothing is timed by the chain itself but where the name says so. Instructions aren't counted: each
//! chain calibrates a clock when it is built.

use std::io;
use std::num::NonZeroU32;

use catzilla_benches::micro::{Case, Suite};
use catzilla_benches::middleware::{
    BUILTINS, Driven, InAxum, Part, bytes_per_middleware, eight, equal, ours, parts, plain, reuse,
    tower_http,
};
use catzilla_middleware_engine::{Chain, ChainBuilder, Flow, Timings, before};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> io::Result<()> {
    let mut suite = Suite::new("middleware");
    // What a server does without any middleware is another way, without any of this.
    driven(&mut suite, "no-middleware", Chain::builder());
    driven(&mut suite, "empty request", empty(1));
    phase(&mut suite, "empty", empty(1));
    phase(&mut suite, "empty, eight", empty(8));
    for &(name, add) in BUILTINS {
        driven(&mut suite, format!("builtin/{name}").leak(), add(Chain::builder()));
    }
    driven(&mut suite, "chain-8", eight());
    let sampled = Timings::Sampled(NonZeroU32::new(64).expect("not zero"));
    timed(&mut suite, "chain-8, sampled timings", eight(), sampled).beside("chain-8");
    timed(&mut suite, "chain-8, always timed", eight(), Timings::Always).beside("chain-8");
    driven(&mut suite, "eight parts", parts(Part::Own));
    driven(&mut suite, "injection", parts(Part::Injected)).beside("eight parts");
    in_axum(&mut suite, "axum alone", plain());
    in_axum(&mut suite, "tower-chain-8, tower-http", tower_http());
    in_axum(&mut suite, "tower-chain-8", ours(equal())).beside("tower-chain-8, tower-http");
    in_axum(&mut suite, "chain-8 in axum", ours(eight())).beside("tower-chain-8, tower-http");
    driven(&mut suite, "equal of tower-chain-8", equal());
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
    chain: ChainBuilder,
) -> &'s mut Case<'a> {
    timed(suite, name, chain, Timings::Off)
}

fn timed<'s, 'a>(
    suite: &'s mut Suite<'a>,
    name: &'static str,
    chain: ChainBuilder,
    timings: Timings,
) -> &'s mut Case<'a> {
    let mut driven = Driven::new(chain.timings(timings).build().expect("a chain"));
    suite.case(name, move || driven.call()).noisy_setup()
}

/// The phase before by itself, in a request that has begun long ago.
fn phase(suite: &mut Suite<'_>, name: &'static str, chain: ChainBuilder) {
    let mut driven = Driven::new(chain.timings(Timings::Off).build().expect("a chain"));
    let mut run = driven.begin();
    suite.case(name, move || assert!(driven.before(&mut run))).noisy_setup();
}

fn in_axum<'s, 'a>(
    suite: &'s mut Suite<'a>,
    name: &'static str,
    mut app: InAxum,
) -> &'s mut Case<'a> {
    suite.case(name, move || app.call()).noisy_setup()
}
