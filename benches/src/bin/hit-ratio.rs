//! `hit-ratio [REQUESTS [ROUNDS]]`: caches beside each other, as a record in Markdown on standard output.
#![forbid(unsafe_code)]

use std::io;

use anyhow::Context;
use catzilla_benches::hit_ratio::{Options, report};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let mut number = |default: usize| -> anyhow::Result<usize> {
        args.next().map_or(Ok(default), |word| {
            word.parse()
                .with_context(|| format!("usage: hit-ratio [REQUESTS [ROUNDS]], not {word}"))
        })
    };
    let options = Options { requests: number(2_000_000)?, rounds: number(5)? };
    report(&options, &mut io::stdout().lock())
}
