use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    // A case takes a tenth of a millisecond; failures become rows of the other tests.
    #![proptest_config(ProptestConfig {
        cases: 2048,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_cache_is_a_map_that_forgets(data in vec(any::<u8>(), 0..600)) {
        laws::cache_ops::check(&data);
    }
}
