//! The law of field blocks, under proptest; the fuzz target calls the same.

use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

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
}

#[test]
fn entries_whose_names_go_for_them() {
    laws::hpack::check(b"\x20\x3f\x21\x40\x01a\x00\x7e\x01b\x7e\x05ccccc\xbe", &decode, &encode);
}
