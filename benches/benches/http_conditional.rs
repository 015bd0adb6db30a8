//! What a decision costs: `cargo bench -p catzilla-benches --bench http_conditional`.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use catzilla_http_conditional::{EntityTag, HttpDate, Method, RangeLimits, Validators, decide};
use criterion::{Criterion, criterion_group, criterion_main};

const LEN: u64 = 1_000_000;

/// What a browser sends besides, so that the fields have to be looked for.
const ORDINARY: [(&str, &str); 8] = [
    ("Host", "example.org"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Connection", "keep-alive"),
    ("Referer", "https://example.org/"),
    ("Cookie", "session=0123456789abcdef"),
];

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_001)
}

fn modified() -> SystemTime {
    now() - Duration::from_hours(1)
}

fn decisions(criterion: &mut Criterion) {
    let validators = Validators::of_file(modified(), LEN, now());
    let etag = validators.etag.expect("a file has one").to_string();
    let date = HttpDate::from(modified()).to_string();
    let ten_tags = format!("{}{etag}", r#""0123456789abcdef-ffff", "#.repeat(9));
    let sixteen: Vec<_> = (0..16).map(|n| format!("{}-{}", n * 5000, n * 5000 + 99)).collect();
    let sixteen = format!("bytes={}", sixteen.join(","));

    let cases: [(&str, &[(&str, &str)]); 9] = [
        ("no conditions", &[]),
        ("If-None-Match, current", &[("If-None-Match", &etag)]),
        ("If-None-Match, other", &[("If-None-Match", r#""0123456789abcdef-ffff""#)]),
        ("If-None-Match, last of ten", &[("If-None-Match", &ten_tags)]),
        ("If-Modified-Since", &[("If-Modified-Since", &date)]),
        ("one range", &[("Range", "bytes=500000-")]),
        ("one range, If-Range", &[("Range", "bytes=500000-"), ("If-Range", &etag)]),
        ("two ranges", &[("Range", "bytes=0-99,-100")]),
        ("sixteen ranges", &[("Range", &sixteen)]),
    ];
    let mut group = criterion.benchmark_group("decide");
    for (name, conditions) in cases {
        let request: Vec<(&str, &str)> = ORDINARY.iter().chain(conditions).copied().collect();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                decide(
                    Method::Get,
                    black_box(request.as_slice()),
                    black_box(&validators),
                    black_box(LEN),
                    now(),
                    &RangeLimits::DEFAULT,
                )
            });
        });
    }
    group.finish();
}

fn values(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("values");
    group.bench_function("tag from metadata", |bencher| {
        bencher.iter(|| EntityTag::from_metadata(black_box(modified()), black_box(LEN), false));
    });
    group.bench_function("date written", |bencher| {
        bencher.iter(|| HttpDate::from(black_box(modified())).to_bytes());
    });
    group.bench_function("date read", |bencher| {
        let date = HttpDate::from(modified()).to_bytes();
        bencher.iter(|| HttpDate::parse(black_box(&date), now()));
    });
    group.finish();
}

criterion_group!(benches, decisions, values);
criterion_main!(benches);
