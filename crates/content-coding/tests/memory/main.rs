//! What encoders and decoders take, beside what is said of them. A program of its own, because an
//! allocator that counts bytes is one.

use catzilla_content_coding::{
    Coding, Codings, Level, Verdict, compress, encoder, memory_estimate, verify,
};
use catzilla_testkit::counting::{Counting, peak_bytes};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Pseudo-random numbers, the same everywhere.
fn numbers() -> impl Iterator<Item = u64> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 33
    })
}

/// Words and numbers: matches, many of them, and short.
fn text(len: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(len + 40);
    for number in numbers() {
        if text.len() >= len {
            break;
        }
        text.extend(format!("{:x} the word {} ", number & 0xffff, number % 1000).into_bytes());
    }
    text.truncate(len);
    text
}

/// What doesn't shrink.
fn noise(len: usize) -> Vec<u8> {
    numbers().map(|number| number as u8).take(len).collect()
}

/// What an encoder holds at most while it goes through `input`, without its output.
fn held(coding: Coding, level: Level, size: Option<u64>, input: &[u8]) -> u64 {
    let mut out = Vec::with_capacity(2 * input.len() + MIB);
    let work = || {
        let mut encoder = encoder(coding, level, size).expect("it is built");
        for piece in input.chunks(64 * KIB) {
            encoder.write(piece, &mut out).expect("room");
        }
        encoder.finish(&mut out).expect("room");
    };
    peak_bytes(work) as u64
}

/// What is wrong with the estimate for `len` bytes, if anything is.
fn wrong(coding: Coding, number: u8, len: usize, size: Option<u64>) -> Option<String> {
    let level = Level::DEFAULT.with(coding, number).expect("on the scale");
    let most = [text(len), noise(len), vec![0; len]]
        .iter()
        .map(|input| held(coding, level, size, input))
        .max()
        .expect("three of them");
    let estimate = memory_estimate(coding, level, size);
    let is_right = most <= estimate && estimate <= 3 * most;
    (!is_right).then(|| format!("{coding} {number}, {len} bytes: {estimate} for {most}"))
}

#[track_caller]
fn check(levels: impl Fn(Coding, u8) -> bool, lens: &[usize], size: impl Fn(usize) -> Option<u64>) {
    let mut all_wrong = Vec::new();
    for coding in Codings::BUILT.without(Coding::Identity).iter() {
        for number in 1..=19 {
            if Level::DEFAULT.with(coding, number).is_some() && levels(coding, number) {
                let find = |&len| wrong(coding, number, len, size(len));
                all_wrong.extend(lens.iter().filter_map(find));
            }
        }
    }
    assert!(all_wrong.is_empty(), "{all_wrong:#?}");
}

/// The others need tens of megabytes, or seconds.
fn is_quick(coding: Coding, number: u8) -> bool {
    number <= if coding == Coding::Zstd { 12 } else { 8 }
}

#[test]
fn a_quick_encoder_takes_what_is_estimated() {
    let lens = [1000, 4 * KIB, 16 * KIB, 16 * KIB + 1, 64 * KIB, 100_000, 128 * KIB + 1, 256 * KIB];
    check(is_quick, &lens, |len| Some(len as u64));
}

#[test]
fn a_slow_encoder_takes_what_is_estimated() {
    let lens = [1000, 16 * KIB, 64 * KIB + 1];
    check(|coding, number| !is_quick(coding, number), &lens, |len| Some(len as u64));
}

#[test]
fn large_inputs_take_what_is_estimated() {
    let some = |coding, number| is_quick(coding, number) && number % 3 == 0;
    check(some, &[MIB, 3 * MIB], |len| Some(len as u64));
}

#[test]
fn an_unknown_size_is_taken_for_the_largest() {
    let some = |coding, number| coding == Coding::Zstd && matches!(number, 1 | 6 | 11);
    check(some, &[9 * MIB], |_| None);
    check(|coding, _| coding == Coding::Gzip, &[MIB], |_| None);
    for number in 1..=11 {
        let level = Level::DEFAULT.with(Coding::Brotli, number).expect("on the scale");
        let [unknown, largest] =
            [None, Some(u64::MAX)].map(|size| memory_estimate(Coding::Brotli, level, size));
        assert_eq!(unknown, largest);
    }
}

#[test]
fn identity_takes_nothing() {
    assert_eq!(memory_estimate(Coding::Identity, Level::DEFAULT, None), 0);
}

/// Windows of 8 and 16 MiB, and what decoders keep besides.
#[test]
fn no_bomb_takes_more_than_a_window() {
    let zeros = vec![0; 32 * MIB];
    for (coding, most) in
        [(Coding::Gzip, 128 * KIB), (Coding::Zstd, 9 * MIB), (Coding::Brotli, 17 * MIB)]
    {
        let bomb = compress(coding, Level::new(1).expect("a level"), &zeros).expect("memory");
        for len in [0, 1000, MIB] {
            let held = peak_bytes(|| {
                assert_eq!(verify(coding, &bomb, &zeros[..len]), Verdict::Different);
            });
            assert!(held <= most, "{coding}, {len} bytes: {held}");
        }
    }
}
