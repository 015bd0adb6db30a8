//! A codec as the laws want it.

use catzilla_server::http2::hpack::{Decoder, Error, encode};
use catzilla_testkit::laws::hpack::{Decoded, Field};

/// Field blocks of one connection, decoded up to the first that can't be.
pub(crate) fn decode(max_table_size: usize, blocks: &[&[u8]]) -> Decoded {
    let (fields, error) = decode_all(max_table_size, blocks);
    Decoded { fields, is_refused: error.is_some() }
}

/// The same, with the reason.
pub(crate) fn decode_all(max_table_size: usize, blocks: &[&[u8]]) -> (Vec<Field>, Option<Error>) {
    let mut decoder = Decoder::new(max_table_size);
    let mut fields = Vec::new();
    for block in blocks {
        let mut each = |name: &[u8], value: &[u8]| fields.push((name.to_vec(), value.to_vec()));
        if let Err(error) = decoder.decode(block, &mut each) {
            return (fields, Some(error));
        }
    }
    (fields, None)
}

/// One field, encoded.
pub(crate) fn encode(name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode::field(name, value, &mut out);
    out
}
