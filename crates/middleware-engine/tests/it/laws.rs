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
}
