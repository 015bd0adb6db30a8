//! Requests for keys, always the same ones.

use std::collections::HashSet;
use std::fmt;

use fastrand::Rng;

/// So many keys are popular, more or less.
const KEYS: u64 = 100_000;

/// Makes a trace of so many requests.
pub(super) type Maker = fn(usize) -> Trace;

pub(super) const WORKLOADS: [(&str, Maker); 5] = [
    ("Zipf 0.7", |requests| zipf(requests, 0.7)),
    ("Zipf 0.9", |requests| zipf(requests, 0.9)),
    ("Zipf 1.1", |requests| zipf(requests, 1.1)),
    ("Zipf 0.9 and scans", scans),
    ("Zipf 0.9, shifting", shifting),
];

pub(super) struct Trace {
    pub(super) requests: Vec<u64>,
}

/// How large values are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sizes {
    Equal,
    LogNormal,
}

impl Sizes {
    /// Of a key, always the same.
    pub(super) fn of(self, key: u64) -> u32 {
        match self {
            Self::Equal => 4096,
            // Around 12 KiB, two thirds of them within a factor of 4.5: what web sites are made of.
            Self::LogNormal => {
                let size = (9.4 + 1.5 * normal(&mut Rng::with_seed(key))).exp();
                size.clamp(1024.0, 1024.0 * 1024.0) as u32
            }
        }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "equal sizes",
            Self::LogNormal => "1 KiB to 1 MiB (of bytes)",
        })
    }
}

impl Trace {
    /// How many different ones.
    pub(super) fn keys(&self) -> usize {
        self.distinct().len()
    }

    /// Of all different ones.
    pub(super) fn bytes(&self, sizes: Sizes) -> u64 {
        self.distinct().into_iter().map(|key| u64::from(sizes.of(key))).sum()
    }

    /// Those of the popular range: one that is asked for once says nothing about the size of a cache.
    fn distinct(&self) -> HashSet<u64> {
        self.requests.iter().copied().filter(|&key| key < KEYS).collect()
    }
}

/// Draws keys by Zipf's law: the n-th is asked for as often as 1 / n to the power of the exponent.
pub(super) struct Zipf {
    /// The chance of a key or one before it.
    cumulated: Vec<f64>,
}

impl Zipf {
    pub(super) fn new(keys: u64, exponent: f64) -> Self {
        let mut sum = 0.0;
        let chance = |rank: u64| {
            sum += (rank as f64).powf(-exponent);
            sum
        };
        let mut cumulated: Vec<f64> = (1..=keys).map(chance).collect();
        for chance in &mut cumulated {
            *chance /= sum;
        }
        Self { cumulated }
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> u64 {
        let point = rng.f64();
        self.cumulated.partition_point(|&chance| chance < point) as u64
    }
}

fn zipf(requests: usize, exponent: f64) -> Trace {
    let zipf = Zipf::new(KEYS, exponent);
    let mut rng = Rng::with_seed(1);
    Trace { requests: (0..requests).map(|_| zipf.draw(&mut rng)).collect() }
}

/// A crawler comes by now and then and takes everything once: a third of all requests, in runs of 2,000.
fn scans(requests: usize) -> Trace {
    let zipf = Zipf::new(KEYS, 0.9);
    let mut rng = Rng::with_seed(2);
    let mut fresh = KEYS..;
    let mut trace = Vec::with_capacity(requests);
    while trace.len() < requests {
        trace.extend((0..4000).map(|_| zipf.draw(&mut rng)));
        trace.extend(fresh.by_ref().take(2000));
    }
    trace.truncate(requests);
    Trace { requests: trace }
}

/// What is popular changes: every twentieth of the time, a part of the ranks goes to other keys.
fn shifting(requests: usize) -> Trace {
    let zipf = Zipf::new(KEYS, 0.9);
    let mut rng = Rng::with_seed(3);
    let mut keys: Vec<u64> = (0..KEYS).collect();
    let mut trace = Vec::with_capacity(requests);
    for number in 0..requests {
        if number % (requests / 20).max(1) == 0 {
            for _ in 0..KEYS / 10 {
                // Where the popular ones are, mostly.
                let (one, other) = (zipf.draw(&mut rng), rng.u64(0..KEYS));
                keys.swap(one as usize, other as usize);
            }
        }
        trace.push(keys[zipf.draw(&mut rng) as usize]);
    }
    Trace { requests: trace }
}

/// Of mean 0 and deviation 1 (Box and Muller).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (rng.f64() * std::f64::consts::TAU).cos()
}
