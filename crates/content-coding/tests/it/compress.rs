use catzilla_content_coding::Coding::{Brotli, Gzip, Identity, Zstd};
use catzilla_content_coding::{
    Coding, Codings, Encoder, Level, Verdict, compress, encoder, verify,
};
use catzilla_testkit::decoders::decode;

use crate::bytes::{noise, text};

const MIB: usize = 1 << 20;

fn level(coding: Coding, number: u8) -> Level {
    Level::DEFAULT.with(coding, number).expect("on the scale")
}

fn fast() -> Level {
    Level::new(1).expect("on the scale")
}

#[test]
fn what_is_compressed_decodes_to_what_it_was() {
    let contents =
        [Vec::new(), b"a".to_vec(), text(1024), text(300_000), noise(100_000), vec![0; 2 * MIB]];
    for coding in Coding::ALL {
        for content in &contents {
            for level in [Level::DEFAULT, fast(), Level::new(9).unwrap()] {
                let encoded = compress(coding, level, content).unwrap();
                assert_eq!(verify(coding, &encoded, content), Verdict::Same, "{coding} {level:?}");
                let decoded = decode(coding, &encoded, content.len());
                assert!(
                    decoded.as_ref() == Some(content),
                    "{coding} {level:?}, by another decoder"
                );
                assert_eq!(encoded.capacity(), encoded.len(), "no room to spare");
            }
        }
    }
}

#[test]
fn identity_is_what_it_was() {
    assert_eq!(compress(Identity, Level::DEFAULT, b"cats").unwrap(), b"cats");
}

/// FNV-1a, which is enough to tell one output from another.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A new version of an encoder may change these. Then caches of clients are filled anew: say so in
/// the changelog.
#[test]
fn the_same_input_gives_the_same_bytes_on_every_machine() {
    let content = [text(150_000), noise(2000), text(150_000)].concat();
    let expected = [
        (Gzip, 1, 75_736, 0x9ba2_d834_f8ec_a319),
        (Gzip, 6, 54_647, 0xae0d_139e_4342_41fb),
        (Gzip, 9, 51_796, 0xef8a_f3d0_04b3_302c),
        (Brotli, 1, 63_138, 0xcbeb_6e91_c661_e5f9),
        (Brotli, 5, 28_552, 0x62df_4d9c_6daf_981c),
        (Brotli, 6, 28_319, 0x04e9_f68b_c76a_0da9),
        (Brotli, 8, 27_316, 0xdfd5_2381_3220_964a),
        (Brotli, 11, 22_792, 0xd7e7_691f_5f31_4498),
        (Zstd, 1, 30_219, 0x2a22_8e07_fcaa_2ed5),
        (Zstd, 3, 29_570, 0xb3ad_9622_c9ce_c0d5),
        (Zstd, 6, 28_943, 0x097b_af4e_10a2_a2fd),
        (Zstd, 11, 27_196, 0xd280_2841_c70a_a4bb),
        (Zstd, 19, 22_276, 0x3246_425b_56c7_b420),
    ];
    let found = expected.map(|(coding, number, _, _)| {
        let encoded = compress(coding, level(coding, number), &content).unwrap();
        (coding, number, encoded.len(), digest(&encoded))
    });
    assert_eq!(found, expected);
}

#[test]
fn rfc1952_2_3_a_gzip_header_holds_no_time_and_no_system() {
    for number in 1..=9 {
        let encoded = compress(Gzip, level(Gzip, number), b"cats").unwrap();
        assert_eq!(encoded[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        assert_eq!(encoded[encoded.len() - 4..], [4, 0, 0, 0]);
    }
}

/// The bits of the window that a stream of brotli asks for, RFC 7932 section 9.1.
fn brotli_window_bits(encoded: &[u8]) -> u32 {
    let first = u32::from(encoded[0]);
    match (first & 1, first >> 1 & 7, first >> 4 & 7) {
        (0, _, _) => 16,
        (_, 0, 0) => 17,
        (_, 0, bits) => 8 + bits,
        (_, bits, _) => 17 + bits,
    }
}

#[test]
fn rfc7932_9_1_a_window_of_brotli_is_as_large_as_its_content() {
    #[track_caller]
    fn check(number: u8, len: usize, expected: u32) {
        let encoded = compress(Brotli, level(Brotli, number), &vec![b'x'; len]).unwrap();
        assert_eq!(brotli_window_bits(&encoded), expected, "{len} at {number}");
    }
    check(11, 0, 10);
    check(11, 1000, 10);
    check(11, 1024, 11);
    check(11, (1 << 16) - 16, 16);
    check(11, (1 << 16) - 15, 17);
    check(2, 5 * MIB, 22);
    check(4, 1000, 10);
    check(5, 1000, 17);
    check(9, 1000, 17);
    check(6, 300_000, 19);
    let mut out = Vec::new();
    let mut endless = encoder(Brotli, Level::DEFAULT, None).unwrap();
    endless.write(b"cats", &mut out).unwrap();
    endless.finish(&mut out).unwrap();
    assert_eq!(brotli_window_bits(&out), 22);
}

/// The size of the window that a frame of zstd asks for, RFC 8878 section 3.1.1.1.
fn zstd_window(encoded: &[u8]) -> u64 {
    assert_eq!(encoded[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    let descriptor = encoded[4];
    assert_eq!(descriptor & 3, 0, "no dictionary");
    if descriptor & 0x20 == 0 {
        let (exponent, mantissa) = (encoded[5] >> 3, encoded[5] & 7);
        let base = 1_u64 << (10 + exponent);
        return base + base / 8 * u64::from(mantissa);
    }
    // A single segment: the window is the content.
    let bytes = |len: usize| {
        encoded[5..5 + len].iter().rev().fold(0, |size, &byte| size << 8 | u64::from(byte))
    };
    match descriptor >> 6 {
        0 => bytes(1),
        1 => bytes(2) + 256,
        2 => bytes(4),
        _ => bytes(8),
    }
}

#[test]
fn rfc9659_3_a_window_of_zstd_has_at_most_8_mib() {
    let content = vec![b'x'; 10 * MIB];
    for number in 1..=19 {
        let level = level(Zstd, number);
        let encoded = compress(Zstd, level, &content).unwrap();
        assert!(zstd_window(&encoded) <= 8 << 20, "{number}");
        let mut out = Vec::new();
        let mut endless = encoder(Zstd, level, None).unwrap();
        endless.write(b"cats", &mut out).unwrap();
        endless.finish(&mut out).unwrap();
        assert!(zstd_window(&out) <= 8 << 20, "{number}, size unknown");
        let small = compress(Zstd, level, &content[..1000]).unwrap();
        assert_eq!(zstd_window(&small), 1000, "{number}");
    }
}

#[test]
fn a_stream_may_come_in_pieces() {
    let content = [text(200_000), noise(1000)].concat();
    for coding in Coding::ALL {
        for size in [None, Some(content.len() as u64)] {
            for len in [1000, 65_536, content.len()] {
                let mut out = b"before".to_vec();
                let mut encoder = encoder(coding, Level::DEFAULT, size).unwrap();
                for piece in content.chunks(len) {
                    encoder.write(piece, &mut out).unwrap();
                    encoder.write(b"", &mut out).unwrap();
                }
                encoder.finish(&mut out).unwrap();
                let stream = out.strip_prefix(b"before").expect("it is appended");
                assert_eq!(verify(coding, stream, &content), Verdict::Same, "{coding} by {len}");
            }
        }
    }
}

#[test]
fn a_stream_of_nothing_is_a_stream() {
    for coding in Coding::ALL {
        let mut out = Vec::new();
        encoder(coding, Level::DEFAULT, None).unwrap().finish(&mut out).unwrap();
        assert_eq!(verify(coding, &out, b""), Verdict::Same, "{coding}");
        assert_eq!(out.is_empty(), coding == Identity);
    }
}

#[test]
fn zstd_notices_when_the_size_was_wrong() {
    for len in [3, 5] {
        let mut out = Vec::new();
        let mut encoder = encoder(Zstd, Level::DEFAULT, Some(4)).unwrap();
        let written = encoder.write(&b"catss"[..len], &mut out);
        assert!(written.and_then(|()| encoder.finish(&mut out)).is_err(), "{len} bytes");
    }
}

#[test]
fn an_encoder_can_go_to_another_thread_and_says_what_it_is() {
    fn is_send<T: Send + ?Sized>() {}
    is_send::<dyn Encoder>();
    for (coding, name) in
        [(Gzip, "Gzip"), (Brotli, "Brotli"), (Zstd, "Zstd"), (Identity, "Identity")]
    {
        let encoder = encoder(coding, Level::DEFAULT, None).unwrap();
        assert!(format!("{encoder:?}").starts_with(name));
    }
    assert!(Codings::BUILT.contains(Gzip));
}
