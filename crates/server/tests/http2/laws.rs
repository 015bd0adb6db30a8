//! The laws of field blocks and of connections, under proptest; the fuzz targets call the same.

use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::caller::transcript;
use crate::driver::{decode, encode};

/// What fuzzing has found: an even stream that was taken for a closed one, and a goodbye of the client.
#[test]
fn connections_that_were_found() {
    for found in [
        &b"\x00\x81!\x00\x81!\xae\xaeD\x0e\x00\x00\x00\x00\xad\x00\x00\x00\x0c\x00\x00\x00\x00\x00%](!\
            \x00\x00\x006\xae\xae9\x08\x17\xb5\xae\xae'\x00\x00\x00\xae\xae\xae"[..],
        b"\x00\x00\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x01\x04\xff\x00\x00\x0b\x01\x04\xff\x87:\x977?#\
            \xff\xff\xff\xff\xff  \x00\x00 \x00  #\x01\xff\x10\xff\xff\x0b\x0b\x00\x00@",
    ] {
        laws::frames::check(found, &transcript);
    }
}

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
