//! When a batch comes. That nothing is lost is a law.

use std::time::Duration;

use catzilla_file_watcher::Debounce;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// With 100 ms of quiet and a second at most: when the batch comes of events at these times.
#[track_caller]
fn check(events: &[u64], expected: u64) {
    let mut debounce = Debounce::default();
    for &event in events {
        assert_eq!(debounce.poll(MS(event)), None, "before the event at {event}");
        debounce.push(MS(event), event);
    }
    assert_eq!(debounce.next_deadline(), Some(MS(expected)));
    assert_eq!(debounce.poll(MS(expected - 1)), None);
    let batch = debounce.poll(MS(expected)).unwrap();
    assert!(batch.events.iter().eq(events));
    assert_eq!(debounce.poll(MS(expected)), None, "a batch comes once");
}

#[test]
fn a_batch_comes_after_a_quiet_period() {
    check(&[0], 100);
    check(&[50], 150);
    check(&[0, 99], 199);
    check(&[0, 60, 120, 180], 280);
}

#[test]
fn events_without_end_are_told_after_a_second() {
    let every_50 = |from: u64, to: u64| (from..to).step_by(50).collect::<Vec<_>>();
    check(&every_50(0, 901), 1000);
    check(&every_50(0, 1000), 1000);
    check(&every_50(25, 1000), 1025);
}

#[test]
fn equal_events_count_once_and_put_the_batch_off() {
    let mut debounce = Debounce::new(MS(10), MS(100));
    debounce.push(MS(0), "same");
    debounce.push(MS(9), "same");
    assert_eq!(debounce.poll(MS(18)), None);
    let batch = debounce.poll(MS(19)).unwrap();
    assert_eq!((batch.events.len(), batch.first, batch.last), (1, MS(0), MS(9)));
}

#[test]
fn odd_periods_and_clocks_do_no_harm() {
    let mut at_once = Debounce::new(Duration::ZERO, Duration::ZERO);
    at_once.push(MS(5), ());
    assert!(at_once.poll(MS(5)).is_some());

    let mut never = Debounce::new(Duration::MAX, Duration::MAX);
    never.push(MS(5), ());
    assert_eq!(never.next_deadline(), Some(Duration::MAX));

    let mut backwards = Debounce::new(MS(10), MS(100));
    backwards.push(MS(50), 1);
    backwards.push(MS(20), 2);
    assert_eq!(backwards.next_deadline(), Some(MS(60)));

    let mut impatient = Debounce::new(MS(100), MS(10));
    impatient.push(MS(0), ());
    assert_eq!(impatient.next_deadline(), Some(MS(10)));
}
