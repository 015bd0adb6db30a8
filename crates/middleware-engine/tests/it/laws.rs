//! The laws that are fuzzed, too.

use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_chain_does_what_the_documents_say(data in vec(any::<u8>(), 0..200)) {
        laws::chain_ops::check(&data);
    }

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
