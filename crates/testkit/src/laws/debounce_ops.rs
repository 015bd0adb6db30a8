//! The debounce, beside a list of all that came and when.

use std::collections::BTreeSet;
use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use catzilla_file_watcher::Debounce;

/// No event is lost or comes twice; a batch comes no earlier than after a quiet period, unless the longest delay is
/// over, and no later than that; the deadline is when it comes.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    // Whatever an input is too short for, the next one has.
    let _ = run(&mut Unstructured::new(data));
}

#[derive(Arbitrary, Debug)]
enum Step {
    Push(u8),
    Wait(u8),
    /// To the deadline, and this much beyond it.
    WaitForDeadline(u8),
    /// To just before the deadline.
    WaitAlmost,
    Poll,
}

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let (quiet, max_delay) = (ms(input.arbitrary()?), ms(input.arbitrary()?));
    let mut debounce = Debounce::new(quiet, max_delay);
    let mut waiting: Vec<(Duration, u8)> = Vec::new();
    let mut now = Duration::ZERO;
    for _ in 0..input.int_in_range(1..=64)? {
        match input.arbitrary()? {
            Step::Push(event) => {
                debounce.push(now, event);
                waiting.push((now, event));
            }
            Step::Wait(time) => now += ms(time),
            Step::WaitForDeadline(more) => {
                if let Some(deadline) = debounce.next_deadline() {
                    now = now.max(deadline) + ms(more);
                    poll(&mut debounce, &mut waiting, now, quiet, max_delay);
                    assert!(waiting.is_empty(), "nothing comes at the deadline {deadline:?}");
                }
            }
            Step::WaitAlmost => {
                if let Some(deadline) = debounce.next_deadline()
                    && deadline > now
                {
                    now = deadline.saturating_sub(Duration::from_nanos(1));
                    let early = debounce.poll(now);
                    assert!(early.is_none(), "{early:?} before the deadline {deadline:?}");
                }
            }
            Step::Poll => poll(&mut debounce, &mut waiting, now, quiet, max_delay),
        }
        assert_eq!(debounce.next_deadline().is_some(), !waiting.is_empty());
    }
    Ok(())
}

fn poll(
    debounce: &mut Debounce<u8>,
    waiting: &mut Vec<(Duration, u8)>,
    now: Duration,
    quiet: Duration,
    max_delay: Duration,
) {
    let is_ripe = match (waiting.first(), waiting.last()) {
        (Some(&(first, _)), Some(&(last, _))) => now >= last + quiet || now >= first + max_delay,
        _ => false,
    };
    let batch = debounce.poll(now);
    assert_eq!(batch.is_some(), is_ripe, "{waiting:?} at {now:?}");
    if let Some(batch) = batch {
        assert_eq!(batch.events, waiting.iter().map(|&(_, event)| event).collect::<BTreeSet<_>>());
        assert_eq!(Some(batch.first), waiting.first().map(|&(time, _)| time));
        assert_eq!(Some(batch.last), waiting.last().map(|&(time, _)| time));
        waiting.clear();
    }
}

fn ms(count: u8) -> Duration {
    Duration::from_millis(count.into())
}
