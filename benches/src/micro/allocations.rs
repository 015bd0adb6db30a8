//! Heap allocations of a case.

use std::hint::black_box;

use catzilla_testkit::counting::allocations;

use super::case::Case;

/// Calls until buffers have the size that they keep.
const WARM_UP: u64 = 20;

/// Calls that are counted: more than one, or work that allocates now and then would seem to do so never or always.
const CALLS: u64 = 100;

/// How often a call allocates on this thread, growing included, once it is warm.
///
/// # Panics
///
/// When nobody counts: the program has to make [`Counting`](catzilla_testkit::counting::Counting) its global
/// allocator, or every case would seem to allocate nothing.
pub(super) fn per_call(case: &mut Case<'_>) -> f64 {
    let counted = allocations(|| drop(black_box(Box::new(0_u8))));
    assert_eq!(
        counted, 1,
        "a suite needs catzilla_testkit::counting::Counting as global allocator"
    );
    case.call(WARM_UP);
    allocations(|| case.call(CALLS)) as f64 / CALLS as f64
}

#[cfg(test)]
mod tests {
    use catzilla_testkit::counting::Counting;

    use super::*;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    #[track_caller]
    fn check<O>(routine: impl FnMut() -> O, expected: f64) {
        let found = per_call(&mut Case::new("case", routine));
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn each_allocation_of_a_call_is_counted() {
        check(|| Box::new(1), 1.0);
        check(|| [Box::new(1), Box::new(2)], 2.0);
        check(|| 1, 0.0);
    }

    #[test]
    fn what_a_warm_call_keeps_does_not_count() {
        let mut buffer = Vec::new();
        check(
            || {
                buffer.clear();
                buffer.extend_from_slice(b"content");
            },
            0.0,
        );
    }

    #[test]
    fn every_fourth_call_makes_a_quarter() {
        let mut calls = 0;
        check(
            || {
                calls += 1;
                (calls % 4 == 0).then(|| Box::new(calls))
            },
            0.25,
        );
    }
}
