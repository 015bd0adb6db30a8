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
    fn the_client_behind_proxies_is_who_they_say(data in vec(any::<u8>(), 0..150)) {
        laws::forwarded::check(&data);
    }
}
