use catzilla_content_coding::Coding::{Brotli, Gzip, Identity, Zstd};
use catzilla_content_coding::Verdict::{Corrupt, Different, Same};
use catzilla_content_coding::{Coding, Level, Verdict, compress, verify};

use catzilla_testkit::decoders::decode;

use crate::bytes::text;

const CODED: [Coding; 3] = [Brotli, Zstd, Gzip];

fn encode(coding: Coding, content: &[u8]) -> Vec<u8> {
    compress(coding, Level::DEFAULT, content).unwrap()
}

#[track_caller]
fn check(coding: Coding, encoded: &[u8], original: &[u8], expected: Verdict) {
    let verdict = verify(coding, encoded, original);
    assert_eq!(verdict, expected, "{coding} {}", encoded.escape_ascii());
    assert_eq!(verdict.is_same(), expected == Same);
}

#[test]
fn another_content_is_different() {
    for coding in CODED {
        let encoded = encode(coding, b"cats and dogs");
        check(coding, &encoded, b"cats and dogs", Same);
        check(coding, &encoded, b"cats and mice", Different);
        check(coding, &encoded, b"cats and dogs!", Different);
        check(coding, &encoded, b"cats and dog", Different);
        check(coding, &encoded, b"", Different);
        check(coding, &encode(coding, b""), b"", Same);
        check(coding, &encode(coding, b""), b"c", Different);
    }
    check(Identity, b"cats", b"cats", Same);
    check(Identity, b"cats", b"dogs", Different);
    check(Identity, b"cat", b"cats", Different);
    check(Identity, b"cats", b"cat", Different);
}

#[test]
fn what_is_cut_off_is_corrupt_however_much_is_missing() {
    let content = text(5000);
    for coding in CODED {
        let encoded = encode(coding, &content);
        for len in 0..encoded.len() {
            assert_eq!(verify(coding, &encoded[..len], &content), Corrupt, "{coding} to {len}");
        }
    }
}

#[test]
fn something_behind_the_end_is_corrupt() {
    for coding in CODED {
        let encoded = encode(coding, b"cats");
        for garbage in
            [&b"\0"[..], b"x", b"\0\0\0\0\0\0\0\0", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", &encoded[..4]]
        {
            check(coding, &[&encoded, garbage].concat(), b"cats", Corrupt);
        }
    }
}

#[test]
fn a_bit_turned_over_passes_only_where_it_means_nothing() {
    let content = text(3000);
    for coding in CODED {
        let encoded = encode(coding, &content);
        for at in 0..encoded.len() {
            for bit in 0..8 {
                let mut changed = encoded.clone();
                changed[at] ^= 1 << bit;
                if verify(coding, &changed, &content).is_same() {
                    // A time in the header, or what fills the last byte up.
                    let decoded = decode(coding, &changed, content.len());
                    assert!(decoded.as_ref() == Some(&content), "{coding}, bit {bit} of {at}");
                }
            }
        }
    }
}

#[test]
fn another_coding_is_corrupt() {
    for coding in CODED {
        let encoded = encode(coding, &text(3000));
        for other in CODED.into_iter().filter(|&other| other != coding) {
            assert!(!verify(other, &encoded, &text(3000)).is_same(), "{coding} as {other}");
        }
    }
}

#[test]
fn rfc1952_2_2_gzip_may_have_several_members() {
    let twice = [encode(Gzip, b"cats "), encode(Gzip, b"and dogs"), encode(Gzip, b"")].concat();
    check(Gzip, &twice, b"cats and dogs", Same);
    check(Gzip, &twice, b"cats ", Different);
    check(Gzip, &twice[..twice.len() - 1], b"cats and dogs", Corrupt);
    check(Gzip, b"", b"", Corrupt);
}

#[test]
fn rfc1952_2_3_gzip_may_have_a_name_a_comment_and_extra_fields() {
    let plain = encode(Gzip, b"cats");
    let with = |flags: u8, fields: &[u8]| {
        let mut encoded = plain.clone();
        encoded[3] = flags;
        encoded.splice(10..10, fields.iter().copied());
        encoded
    };
    check(Gzip, &with(8, b"cats.txt\0"), b"cats", Same);
    check(Gzip, &with(16, b"a comment\0"), b"cats", Same);
    check(Gzip, &with(4, b"\x03\x00abc"), b"cats", Same);
    check(Gzip, &with(4 | 8 | 16, b"\x03\x00abccats.txt\0a comment\0"), b"cats", Same);
    check(Gzip, &with(4, b"\xff\xffabc"), b"cats", Corrupt);
}

#[test]
fn rfc1952_2_3_1_a_wrong_checksum_or_length_is_corrupt() {
    let encoded = encode(Gzip, b"cats");
    for from_end in 1..=8 {
        let mut changed = encoded.clone();
        let at = changed.len() - from_end;
        changed[at] ^= 1;
        check(Gzip, &changed, b"cats", Corrupt);
    }
}

/// A frame of zstd that asks for a window and has one block, RFC 8878 section 3.1.1.
fn frame(window_descriptor: u8, content: &[u8]) -> Vec<u8> {
    let block = 1 | (content.len() as u32) << 3;
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, window_descriptor];
    frame.extend(&block.to_le_bytes()[..3]);
    frame.extend(content);
    frame
}

/// As a frame, but its content is `byte` so many times.
fn repeated(byte: u8, times: u32, blocks: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3];
    for number in 1..=blocks {
        let last = u32::from(number == blocks);
        frame.extend(&(last | 1 << 1 | times << 3).to_le_bytes()[..3]);
        frame.push(byte);
    }
    frame
}

#[test]
fn rfc9659_3_a_window_beyond_8_mib_is_corrupt() {
    check(Zstd, &frame(0, b"cats"), b"cats", Same);
    check(Zstd, &frame(13 << 3, b"cats"), b"cats", Same);
    check(Zstd, &frame(13 << 3 | 1, b"cats"), b"cats", Corrupt);
    check(Zstd, &frame(14 << 3, b"cats"), b"cats", Corrupt);
    check(Zstd, &frame(21 << 3, b"cats"), b"cats", Corrupt);
}

#[test]
fn rfc8878_3_1_zstd_may_have_several_frames_and_frames_to_skip() {
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    check(Zstd, &[frame(0, b"cats "), encode(Zstd, b"and dogs")].concat(), b"cats and dogs", Same);
    check(Zstd, &[skippable.clone(), frame(0, b"cats"), skippable.clone()].concat(), b"cats", Same);
    check(Zstd, &skippable[..skippable.len() - 1], b"", Corrupt);
    check(Zstd, b"", b"", Corrupt);
}

#[test]
fn rfc7932_9_1_a_window_that_the_rfc_doesnt_know_is_corrupt() {
    // Nothing, in a window of 16 and of 24 bits; and in one of 24 in the larger format.
    check(Brotli, &[0x06], b"", Same);
    check(Brotli, &[0x3f], b"", Same);
    check(Brotli, &[0x11, 0xd8], b"", Corrupt);
    check(Brotli, b"", b"", Corrupt);
}

#[test]
fn a_bomb_goes_off_at_the_first_byte_too_many() {
    check(Zstd, &repeated(b'a', 128 << 10, 1), &vec![b'a'; 128 << 10], Same);
    check(Zstd, &repeated(b'a', 128 << 10, 100_000), b"aaaa", Different);
    let zeros = vec![0; 16 << 20];
    for coding in CODED {
        let bomb = compress(coding, Level::new(1).unwrap(), &zeros).unwrap();
        check(coding, &bomb, &zeros[..1000], Different);
        check(coding, &bomb, b"", Different);
    }
}
