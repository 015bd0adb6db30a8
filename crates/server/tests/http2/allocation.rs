//! A field block like those before it allocates nothing.

use std::hint::black_box;

use catzilla_server::http2::hpack::{Decoder, encode};
use catzilla_testkit::counting::allocations;

/// `GET https /`, then an authority and a user agent that go into the table.
const FIRST: &[u8] = b"\x82\x87\x84\x41\x0e127.0.0.1:8080\x7a\x15h2load nghttp2/1.52.0";

/// The same, from the tables.
const AGAIN: &[u8] = b"\x82\x87\x84\xbf\xbe";

/// Names and values that are Huffman-coded and go into the table: `:path` and one that it hasn't.
const CODED: &[u8] = b"\x82\x87\x44\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff\
    \x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf";

#[track_caller]
fn check(first: &[u8], again: &[u8]) {
    let mut decoder = Decoder::new(4096);
    let mut decode = |block: &[u8], times: usize| {
        for _ in 0..times {
            let each = &mut |name: &[u8], value: &[u8]| {
                black_box((name, value));
            };
            decoder.decode(block, each).unwrap();
        }
    };
    decode(first, 1);
    decode(again, 500);
    assert_eq!(allocations(|| decode(again, 500)), 0);
}

#[test]
fn fields_from_the_tables_take_no_memory() {
    check(FIRST, AGAIN);
}

#[test]
fn nor_do_new_ones_when_the_table_is_full() {
    check(FIRST, FIRST);
    check(FIRST, CODED);
}

#[test]
fn nor_does_a_decoder_that_has_nothing_in_its_table() {
    let count = allocations(|| {
        let mut decoder = Decoder::new(4096);
        decoder.decode(b"\x20\x82\x87\x84", &mut |_, _| {}).unwrap();
        black_box(decoder);
    });
    assert_eq!(count, 0);
}

#[test]
fn nor_does_encoding_into_a_buffer_with_room() {
    let mut out = Vec::with_capacity(200);
    let count = allocations(|| {
        encode::status(301, &mut out);
        encode::field(b"X-Content-Type-Options", b"nosniff", &mut out);
        encode::lines(b"Content-Type: text/html\r\nvary: x\r\n", |_| false, &mut out);
    });
    assert_eq!(count, 0);
}
