use std::time::{Duration, SystemTime};

use catzilla_testkit::clock::ManualClock;

#[test]
fn clones_are_one_clock_also_across_threads() {
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let clock = clock.clone();
            scope.spawn(move || clock.advance(Duration::from_secs(1)));
        }
    });
    assert_eq!(clock.monotonic(), Duration::from_secs(4));
    assert_eq!(clock.real(), SystemTime::UNIX_EPOCH + Duration::from_secs(4));
}

#[test]
fn the_date_can_be_set_back_and_the_monotonic_time_does_not_notice() {
    let clock = ManualClock::default();
    clock.advance(Duration::from_secs(10));
    clock.set_real(SystemTime::UNIX_EPOCH);
    assert_eq!(clock.real(), SystemTime::UNIX_EPOCH);
    assert_eq!(clock.monotonic(), Duration::from_secs(10));
}
