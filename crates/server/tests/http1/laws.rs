//! The laws of heads and connections, under proptest; the fuzz targets call the same.

use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::driver::{transcript, transcript_of_reading};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn connections_are_understood_as_the_tiny_responder_has_them(data in vec(any::<u8>(), 0..120)) {
        laws::connection::check(&data, &transcript);
    }

    #[test]
    fn bodies_are_read_as_the_tiny_responder_reads_them(data in vec(any::<u8>(), 0..120)) {
        laws::bodies::check(&data, &transcript_of_reading);
    }

    #[test]
    fn bodies_of_what_framing_is_made_of_too(data in "([0-9a-f]{1,3}|[;: x]|\r\n){0,12}") {
        laws::bodies::check(data.as_bytes(), &transcript_of_reading);
    }

    #[test]
    fn heads_are_judged_as_the_tiny_responder_judges_them(data in vec(any::<u8>(), 0..24)) {
        laws::heads::check(&data, &transcript);
    }

    #[test]
    fn heads_of_plain_characters_too(data in "[ -~\r\n\t]{0,24}") {
        laws::heads::check(data.as_bytes(), &transcript);
    }

    #[test]
    fn heads_of_what_framing_is_made_of(data in "[0-9a-fA-F,;: \r\nchunked+-]{0,16}") {
        laws::heads::check(data.as_bytes(), &transcript);
    }
}
