//! Second opinions on content codings: decoders that have nothing in common with those that our
//! crates use. Brotli's is the reference in C, zstd's is ruzstd, deflate's is `miniz_oxide`.

use brotlic::decode::{BrotliDecoder, DecoderInfo};
use catzilla_content_coding::Coding;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use ruzstd::decoding::FrameDecoder;

/// What `encoded` decodes to; `None` when it is broken, has something behind its end, or is longer
/// than `limit`.
pub fn decode(coding: Coding, encoded: &[u8], limit: usize) -> Option<Vec<u8>> {
    // A byte more, so that too much is seen.
    let mut out = vec![0; limit + 1];
    let len = match coding {
        Coding::Brotli => brotli(encoded, &mut out)?,
        Coding::Zstd => zstd(encoded, &mut out)?,
        Coding::Gzip => gzip(encoded, &mut out)?,
        Coding::Identity => {
            out.get_mut(..encoded.len())?.copy_from_slice(encoded);
            encoded.len()
        }
    };
    out.truncate(len);
    (len <= limit).then_some(out)
}

fn brotli(encoded: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut decoder = BrotliDecoder::new();
    let result = decoder.decompress(encoded, out).ok()?;
    let is_whole = result.info == DecoderInfo::Finished && result.bytes_read == encoded.len();
    is_whole.then_some(result.bytes_written)
}

fn zstd(encoded: &[u8], out: &mut [u8]) -> Option<usize> {
    // No frame at all is nothing that a client takes.
    (!encoded.is_empty()).then_some(())?;
    FrameDecoder::new().decode_all(encoded, out).ok()
}

/// Members, one behind another (RFC 1952 section 2.2).
fn gzip(mut encoded: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut total = 0;
    loop {
        encoded = encoded.get(gzip_header(encoded)?..)?;
        let mut state = InflateState::new_boxed(DataFormat::Raw);
        let result = inflate(&mut state, encoded, &mut out[total..], MZFlush::None);
        if result.status != Ok(MZStatus::StreamEnd) {
            return None;
        }
        let member = &out[total..total + result.bytes_written];
        total += result.bytes_written;
        let (trailer, rest) = encoded[result.bytes_consumed..].split_first_chunk::<8>()?;
        let [crc, len] = [&trailer[..4], &trailer[4..]]
            .map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four bytes")));
        if crc != crc32(member) || len != member.len() as u32 {
            return None;
        }
        if rest.is_empty() {
            return Some(total);
        }
        encoded = rest;
    }
}

/// The length of a header, RFC 1952 section 2.3.
fn gzip_header(encoded: &[u8]) -> Option<usize> {
    let [0x1f, 0x8b, 8, flags, ..] = *encoded else { return None };
    let mut at = 10;
    if flags & 4 != 0 {
        let len = encoded.get(at..at + 2)?;
        at += 2 + usize::from(u16::from_le_bytes([len[0], len[1]]));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += encoded.get(at..)?.iter().position(|&byte| byte == 0)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    Some(at)
}

/// Bit by bit, as RFC 1952 section 8 defines it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}
