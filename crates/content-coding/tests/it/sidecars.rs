use std::time::{Duration, SystemTime};

use catzilla_content_coding::Coding::{Brotli, Gzip, Identity, Zstd};
use catzilla_content_coding::{Coding, sidecar};

#[test]
fn a_sidecar_is_named_after_its_source_and_its_coding() {
    let mut buffer = "left over".to_owned();
    for (coding, expected) in [
        (Brotli, Some("a/app.js.br")),
        (Zstd, Some("a/app.js.zst")),
        (Gzip, Some("a/app.js.gz")),
        (Identity, None),
    ] {
        assert_eq!(sidecar::name("a/app.js", coding, &mut buffer), expected);
    }
}

#[test]
fn a_name_leads_back_to_its_source() {
    let mut buffer = String::new();
    for path in ["app.js", "a/b.c/d", "x", "app.js.br", "\u{fc}.txt"] {
        for coding in [Brotli, Zstd, Gzip] {
            let name = sidecar::name(path, coding, &mut buffer).unwrap();
            assert_eq!(sidecar::source_of(name), Some((path, coding)));
        }
    }
}

#[test]
fn other_names_are_no_sidecars() {
    #[track_caller]
    fn check(path: &str, expected: Option<(&str, Coding)>) {
        assert_eq!(sidecar::source_of(path), expected, "{path:?}");
    }
    check("", None);
    check("app.js", None);
    check(".br", None);
    check("a/.gz", None);
    check("br", None);
    check("app.js.BR", None);
    check("app.js.br/", None);
    check("app.js.br.txt", None);
    check("app.zstd", None);
    check("data.tar.gz", Some(("data.tar", Gzip)));
}

#[test]
fn a_sidecar_older_than_its_source_isnt_fresh() {
    #[track_caller]
    fn check(sidecar_ns: i64, source_ns: i64, expected: bool) {
        let at = |ns: i64| {
            let distance = Duration::from_nanos(ns.unsigned_abs());
            let epoch = SystemTime::UNIX_EPOCH;
            if ns < 0 { epoch - distance } else { epoch + distance }
        };
        assert_eq!(sidecar::is_fresh(at(sidecar_ns), at(source_ns)), expected);
    }
    const SECOND: i64 = 1_000_000_000;
    check(5 * SECOND, 5 * SECOND, true);
    check(6 * SECOND, 5 * SECOND, true);
    check(4 * SECOND, 5 * SECOND, false);
    // A tool that copied the time dropped the fraction.
    check(5 * SECOND, 5 * SECOND + 999_999_999, true);
    check(5 * SECOND - 1, 5 * SECOND, false);
    // Before the epoch seconds are rounded down too.
    check(-5 * SECOND, -5 * SECOND + 1, true);
    check(-5 * SECOND - 1, -5 * SECOND, false);
    check(-1, 0, false);
}
