//! Field blocks that break a rule, and those that only look like it.

use catzilla_server::http2::hpack::Error;

use crate::driver::decode_all;

/// How many fields are told of, and then what is wrong, if anything is.
#[track_caller]
fn check_allowing(max_table_size: usize, blocks: &[&[u8]], fields: usize, error: Option<Error>) {
    let (decoded, refused) = decode_all(max_table_size, blocks);
    assert_eq!((decoded.len(), refused), (fields, error), "{decoded:?}");
}

#[track_caller]
fn check(block: &[u8], fields: usize, error: Error) {
    check_allowing(4096, &[block], fields, Some(error));
}

#[track_caller]
fn check_fine(blocks: &[&[u8]], fields: usize) {
    check_allowing(4096, blocks, fields, None);
}

#[test]
fn a_block_ends_with_a_field() {
    check_fine(&[b""], 0);
    check(b"\x82\xff", 1, Error::Truncated);
    check(b"\x40", 0, Error::Truncated);
    check(b"\x40\x02a", 0, Error::Truncated);
    check(b"\x40\x01a", 0, Error::Truncated);
    check(b"\x41\x02a", 0, Error::Truncated);
    check(b"\x00\x01a\x82\x1f", 0, Error::Truncated);
    check(b"\x1f", 0, Error::Truncated);
    check(b"\x3f", 0, Error::Truncated);
    check(b"\x01\xff\xff\xff\xff\xff\x0f", 0, Error::IntegerOverflow);
    check(b"\x01\xff\x80\xff\xff\xff\x0f", 0, Error::Truncated);
}

#[test]
fn an_integer_has_32_bits_at_most() {
    check(b"\xff\x80\x80\x80\x80\x80\x00", 0, Error::IntegerOverflow);
    check(b"\x3f\xff\xff\xff\xff\x7f", 0, Error::IntegerOverflow);
    check(b"\x82\x0f\xff\xff\xff\xff\xff", 1, Error::IntegerOverflow);
    check(b"\xff\x80\xff\xff\xff\x0f", 0, Error::Index);
}

#[test]
fn an_index_is_that_of_an_entry() {
    check(b"\x80", 0, Error::Index);
    check(b"\xbe", 0, Error::Index);
    check(b"\x7e\x00", 0, Error::Index);
    check(b"\x0f\x2f\x00", 0, Error::Index);
    check_fine(&[b"\x40\x01a\x00\xbe", b"\xbe\x7e\x01b\x0f\x2f\x01c\x1f\x30\x01d"], 6);
    check(b"\x40\x01a\x00\xbf", 1, Error::Index);
    // An entry that the table has no room for takes the others with it.
    let large = [b"\x40\x01a\x00\x40\x00\x7f\xe0\x1f".as_slice(), &[b'x'; 4191], b"\xbe"].concat();
    check(&large, 2, Error::Index);
}

#[test]
fn a_huffman_coded_string_is_one() {
    check_fine(&[b"\x00\x81\x1f\x80"], 1);
    check(b"\x00\x81\x1e\x00", 0, Error::Huffman);
    check(b"\x82\x01\x82\x1f\xff", 1, Error::Huffman);
    check(b"\x01\x84\xff\xff\xff\xff", 0, Error::Huffman);
    check(b"\x01\x85\x1f\xff\xff\xff\xe3", 0, Error::Huffman);
}

#[test]
fn a_table_is_resized_in_front_of_the_fields() {
    check_fine(&[b"\x20\x3f\xe1\x1f\x82", b"\x21"], 1);
    check(b"\x82\x20", 1, Error::SizeUpdateMisplaced);
    check(b"\x3f\xe2\x1f", 0, Error::SizeUpdateTooLarge);
    check_allowing(0, &[b"\x20", b"\x21"], 0, Some(Error::SizeUpdateTooLarge));
    check_allowing(65536, &[b"\x3f\xe1\xff\x03"], 0, None);
    check_allowing(65536, &[b"\x3f\xe2\xff\x03"], 0, Some(Error::SizeUpdateTooLarge));
    // What has gone doesn't come back.
    check_allowing(4096, &[b"\x40\x01a\x00", b"\x20\x3f\xe1\x1f\xbe"], 1, Some(Error::Index));
}

#[test]
fn a_table_is_filled_before_its_limit_is_known() {
    check_allowing(0, &[b"\x40\x01a\x00\xbe"], 2, None);
    check_allowing(0, &[b"\x40\x01a\x00\xbe", b"\x20\x40\x01a\x00\xbe"], 3, Some(Error::Index));
}
