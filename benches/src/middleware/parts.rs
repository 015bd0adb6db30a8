//! Chains of eight parts that write a line each, one of which needs something of its request.

use std::cell::Cell;

use catzilla_middleware_engine::{
    Chain, ChainBuilder, Container, Flow, Middleware, Needs, after, before,
};
use catzilla_middleware_engine::{Done, FieldLines, RequestArena};

/// How the one part comes to its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It puts it into the arena itself.
    Own,
    /// It asks for a service of the scope of requests, which is made of a singleton.
    Injected,
}

/// What it needs.
struct Count(Cell<u32>);

impl Count {
    fn of(arena: &RequestArena) -> Option<&Self> {
        match arena.get::<Self>() {
            Some(count) => Some(count),
            None => arena.insert(Self(Cell::new(0))).ok(),
        }
    }
}

/// Eight parts, of which the fourth counts.
///
/// # Panics
/// Never.
pub fn parts(part: Part) -> ChainBuilder {
    let mut chain = Chain::builder();
    if part == Part::Injected {
        let container = Container::builder()
            .singleton(Needs::nothing(), |_| Ok(1_u32))
            .request(Needs::of::<u32>(), |services| {
                Ok(Count(Cell::new(*services.get::<u32>()? - 1)))
            })
            .build();
        chain = chain.container(container.expect("it has what it needs"));
    }
    for number in 0..8 {
        let name = format!("part-{number}");
        chain = match (number, part) {
            (3, Part::Own) => chain.with(counts_itself(name)),
            (3, Part::Injected) => chain.with(counts_by_service(name)),
            _ => chain.with(writes(name)),
        };
    }
    chain
}

/// Looks for a field of the request, and writes one of the response.
fn writes(name: String) -> impl Middleware {
    let lines = FieldLines::new([(format!("x-{name}"), "of this part")]).expect("a valid field");
    after(name, move |cx| {
        if cx.request.field("origin").is_some() {
            cx.response.append_lines(&lines);
        }
        Ok(Done::Next)
    })
}

fn counts_itself(name: String) -> impl Middleware {
    before(name, |cx| {
        if let Some(count) = Count::of(cx.arena) {
            count.0.set(count.0.get() + 1);
        }
        Ok(Flow::Next)
    })
}

fn counts_by_service(name: String) -> impl Middleware {
    before(name, |cx| {
        let count = cx.service::<Count>()?;
        count.0.set(count.0.get() + 1);
        Ok(Flow::Next)
    })
}
