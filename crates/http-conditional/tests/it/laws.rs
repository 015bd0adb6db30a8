use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    // A case takes microseconds; failures become rows of the other tests.
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn entity_tag_lists_match_like_sets(data in vec(any::<u8>(), 0..100)) {
        laws::etag_list::check(&data);
    }

    #[test]
    fn ranges_are_the_bytes_that_are_asked_for(data in vec(any::<u8>(), 0..100)) {
        laws::ranges::check(&data);
    }

    #[test]
    fn preconditions_follow_the_steps_of_the_rfc(data in vec(any::<u8>(), 0..80)) {
        laws::preconditions::check(&data);
    }

    #[test]
    fn dates_agree_with_the_calendar(data in vec(any::<u8>(), 0..80)) {
        laws::dates::check(&data);
    }
}
