//! The laws of field blocks and of connections, under proptest; the fuzz targets call the same.

use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::caller::transcript;
use crate::driver::{decode, encode};

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_are_understood_as_bit_by_bit(data in vec(any::<u8>(), 0..600)) {
        laws::hpack::check(&data, &decode, &encode);
    }

    #[test]
    fn short_ones_too(data in vec(any::<u8>(), 0..12)) {
        laws::hpack::check(&data, &decode, &encode);
    }

    #[test]
    fn fields_of_plain_characters_come_back(data in "[ -~\t]{0,80}") {
        laws::hpack::check(data.as_bytes(), &decode, &encode);
    }

    #[test]
    fn connections_say_what_they_may(data in vec(any::<u8>(), 0..200)) {
        laws::frames::check(&data, &transcript);
    }
}
