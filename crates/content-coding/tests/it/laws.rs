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
    fn accept_encoding_is_read_as_documented(data in vec(any::<u8>(), 0..100)) {
        laws::accept_encoding::check(&data);
    }
}

proptest! {
    // A case takes a millisecond.
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_encoded_decodes_to_what_it_was(data in vec(any::<u8>(), 0..400)) {
        laws::codings::check(&data);
    }
}
