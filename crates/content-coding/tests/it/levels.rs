use catzilla_content_coding::Coding::{Brotli, Gzip, Identity, Zstd};
use catzilla_content_coding::{Coding, Level, compress};

use crate::bytes::text;

const MIB: u64 = 1 << 20;

#[track_caller]
fn check(level: Level, gzip: u8, brotli: u8, zstd: u8) {
    let numbers = [Gzip, Brotli, Zstd, Identity].map(|coding| level.number(coding));
    assert_eq!(numbers, [gzip, brotli, zstd, 0]);
}

#[test]
fn the_general_scale_goes_from_1_to_9() {
    assert_eq!((Level::new(0), Level::new(10), Level::new(255)), (None, None, None));
    assert_eq!(Level::new(6), Some(Level::DEFAULT));
    assert_eq!(Level::default(), Level::DEFAULT);
    check(Level::DEFAULT, 6, 6, 6);
    check(Level::new(1).unwrap(), 1, 1, 1);
    check(Level::new(7).unwrap(), 7, 7, 8);
    check(Level::new(8).unwrap(), 8, 8, 10);
    check(Level::new(9).unwrap(), 9, 8, 11);
}

#[test]
fn the_best_depends_on_the_size() {
    check(Level::best(0), 9, 11, 19);
    check(Level::best(MIB), 9, 11, 19);
    check(Level::best(MIB + 1), 9, 5, 11);
    check(Level::best(u64::MAX), 9, 5, 11);
}

#[test]
fn each_coding_has_a_scale_of_its_own() {
    for (coding, first, last) in [(Gzip, 1, 9), (Brotli, 1, 11), (Zstd, 1, 19)] {
        for number in 0..=u8::MAX {
            let level = Level::DEFAULT.with(coding, number);
            let expected = (first..=last).contains(&number).then_some(number);
            assert_eq!(level.map(|level| level.number(coding)), expected, "{coding} {number}");
        }
    }
    assert_eq!(Level::DEFAULT.with(Identity, 1), None);
    check(Level::DEFAULT.with(Brotli, 11).unwrap(), 6, 11, 6);
}

#[test]
fn a_higher_level_isnt_much_larger() {
    let text = text(100_000);
    for coding in [Gzip, Brotli, Zstd] {
        let len = |level| compress(coding, level, &text).unwrap().len();
        let lens: Vec<usize> = (1..=9).filter_map(Level::new).map(len).collect();
        for (level, pair) in lens.windows(2).enumerate() {
            assert!(pair[1] * 100 <= pair[0] * 103, "{coding} {}: {lens:?}", level + 2);
        }
        assert!(lens[8] < lens[0], "{coding}: {lens:?}");
        let best = len(Level::best(text.len() as u64));
        assert!(best <= lens[8], "{coding}: {best} of {lens:?}");
    }
}

#[test]
fn every_coding_shrinks_text_at_every_level() {
    let text = text(20_000);
    for coding in Coding::ALL.into_iter().filter(|&coding| coding != Identity) {
        for number in 1..=19 {
            let Some(level) = Level::DEFAULT.with(coding, number) else { continue };
            let len = compress(coding, level, &text).unwrap().len();
            assert!(len < text.len() / 2, "{coding} {number}: {len}");
        }
    }
}
