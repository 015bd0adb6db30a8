//! How often caches hit, and how long a lookup takes them, beside each other.

mod caches;
mod speed;
mod trace;

use std::io::Write;

use anyhow::Result;

use self::caches::{CACHES, Maker};
use self::trace::{Sizes, Trace, WORKLOADS};

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Of each trace.
    pub requests: usize,
    /// In which times are taken.
    pub rounds: usize,
}

/// Parts of all bytes that fit into a cache, in percent.
const CAPACITIES: [u64; 2] = [1, 10];

/// Runs every trace through every cache, and writes tables.
///
/// # Errors
///
/// Those of `out`.
pub fn report(options: &Options, out: &mut impl Write) -> Result<()> {
    for sizes in [Sizes::Equal, Sizes::LogNormal] {
        let names: Vec<&str> = CACHES.iter().map(|(name, _)| *name).collect();
        writeln!(out, "| {sizes} | capacity | {} | to the best |", names.join(" | "))?;
        writeln!(out, "|---|---|{}---|", "---|".repeat(names.len()))?;
        for (name, make) in WORKLOADS {
            let trace = make(options.requests);
            for percent in CAPACITIES {
                ratios(out, name, &trace, sizes, percent)?;
            }
        }
        writeln!(out)?;
    }
    speed::report(options, out)
}

/// Of all requests, and of all bytes, in percent.
struct Ratio {
    hits: f64,
    bytes: f64,
}

fn ratios(
    out: &mut impl Write,
    name: &str,
    trace: &Trace,
    sizes: Sizes,
    percent: u64,
) -> Result<()> {
    let capacity = trace.bytes(sizes) * percent / 100;
    let items = trace.keys() as u64 * percent / 100;
    let ratio = |&(_, make): &(&str, Maker)| {
        let cache = make(capacity, items as usize);
        let (mut hits, mut hit_bytes, mut bytes) = (0_u64, 0, 0);
        for &key in &trace.requests {
            let size = sizes.of(key);
            bytes += u64::from(size);
            if cache.access(key, size) {
                hits += 1;
                hit_bytes += u64::from(size);
            }
        }
        let part = |part: u64, whole: u64| part as f64 * 100.0 / whole as f64;
        Ratio { hits: part(hits, trace.requests.len() as u64), bytes: part(hit_bytes, bytes) }
    };
    let ratios: Vec<Ratio> = CACHES.iter().map(ratio).collect();
    let best = ratios.iter().map(|ratio| ratio.hits).fold(0.0, f64::max);
    let cell = |ratio: &Ratio| match sizes {
        Sizes::Equal => format!("{:.2} %", ratio.hits),
        Sizes::LogNormal => format!("{:.2} % ({:.0} %)", ratio.hits, ratio.bytes),
    };
    let cells: Vec<String> = ratios.iter().map(cell).collect();
    let behind = ratios[0].hits - best;
    writeln!(out, "| {name} | {percent} % | {} | {behind:+.2} |", cells.join(" | "))?;
    Ok(())
}
