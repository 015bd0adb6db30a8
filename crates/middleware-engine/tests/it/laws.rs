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

#[cfg(feature = "jwt")]
proptest! {
    // A case takes a tenth of a millisecond.
    #![proptest_config(ProptestConfig {
        cases: 1024,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn only_the_right_token_passes(data in vec(any::<u8>(), 0..100)) {
        laws::authorization::check(&data);
    }
}
