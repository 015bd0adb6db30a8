use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2048,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_debounce_loses_nothing_and_keeps_its_deadlines(data in vec(any::<u8>(), 0..200)) {
        laws::debounce_ops::check(&data);
    }

    #[test]
    fn a_cache_is_true_however_late_events_are(data in vec(any::<u8>(), 0..400)) {
        laws::watch_races::check(&data);
    }
}

proptest! {
    // A case makes a tree on the disk and starts a watcher.
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_cache_is_true_to_the_disk(data in vec(any::<u8>(), 0..300)) {
        laws::watch_ops::check(&data);
    }
}
