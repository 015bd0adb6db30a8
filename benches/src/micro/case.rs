//! One piece of work, called over and over.

use std::fmt;
use std::hint::black_box;

use criterion::Throughput;

use super::record::Amount;

/// A case of a [`Suite`](super::Suite).
pub struct Case<'a> {
    name: &'static str,
    throughput: Option<Amount>,
    rival: Option<&'static str>,
    /// Whether there is no instruction count.
    is_uncounted: bool,
    /// Makes that many calls. The loop stands within, so that a call through a pointer isn't part of what is measured.
    routine: Box<dyn FnMut(u64) + 'a>,
}

impl<'a> Case<'a> {
    pub(super) fn new<O>(name: &'static str, mut routine: impl FnMut() -> O + 'a) -> Self {
        Self {
            name,
            throughput: None,
            rival: None,
            is_uncounted: false,
            routine: Box::new(move |times| {
                for _ in 0..times {
                    black_box(routine());
                }
            }),
        }
    }

    /// How many things a call deals with.
    pub fn elements(&mut self, count: u64) -> &mut Self {
        self.throughput = Some(Amount::Elements(count));
        self
    }

    /// How many bytes a call goes through.
    pub fn bytes(&mut self, count: usize) -> &mut Self {
        self.throughput = Some(Amount::Bytes(count as u64));
        self
    }

    /// The case of the same suite that this one is compared with.
    pub fn beside(&mut self, rival: &'static str) -> &mut Self {
        self.rival = Some(rival);
        self
    }

    /// Says that the work is done in system calls. Callgrind doesn't see into the kernel, and lacks some of the calls,
    /// so that another way would be counted: there is no instruction count.
    pub fn kernel_work(&mut self) -> &mut Self {
        self.is_uncounted = true;
        self
    }

    /// Says that a call takes so long that callgrind would take minutes: there is no instruction count.
    pub fn long_work(&mut self) -> &mut Self {
        self.is_uncounted = true;
        self
    }

    /// Says that setting up takes more instructions at one time than at another, as where a clock is calibrated: no count
    /// would be that of the call.
    pub fn noisy_setup(&mut self) -> &mut Self {
        self.is_uncounted = true;
        self
    }

    pub(super) fn call(&mut self, times: u64) {
        (self.routine)(times);
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn amount(&self) -> Option<Amount> {
        self.throughput
    }

    /// The same in criterion's words.
    pub(super) fn throughput(&self) -> Option<Throughput> {
        Some(match self.throughput? {
            Amount::Bytes(bytes) => Throughput::Bytes(bytes),
            Amount::Elements(elements) => Throughput::Elements(elements),
        })
    }

    pub(super) fn rival(&self) -> Option<&'static str> {
        self.rival
    }

    pub(super) fn is_uncounted(&self) -> bool {
        self.is_uncounted
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}
