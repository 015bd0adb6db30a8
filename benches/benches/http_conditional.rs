//! What a decision costs: `cargo bench -p catzilla-benches --bench http_conditional`.

use std::hint::black_box;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use catzilla_benches::micro::Suite;
use catzilla_http_conditional::multipart::{Boundary, Layout, Part};
use catzilla_http_conditional::{
    EntityTag, HttpDate, Method, Outcome, RangeLimits, Validators, decide,
};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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

const OTHER: &str = r#""0123456789abcdef-ffff""#;

fn main() -> io::Result<()> {
    let validators = Validators::of_file(modified(), LEN, now());
    let etag = validators.etag.expect("a file has one").to_string();
    let date = HttpDate::from(modified()).to_string();
    let ten_tags = format!("{}{etag}", format!("{OTHER}, ").repeat(9));
    // A kilobyte of text that asks for a gigabyte.
    let bomb = format!("bytes={}", "0-,".repeat(350));

    let mut suite = Suite::new("http_conditional");
    for (name, conditions, status) in [
        ("no conditions", &[][..], 200),
        ("If-None-Match, current", &[("If-None-Match", &*etag)], 304),
        ("If-None-Match, other", &[("If-None-Match", OTHER)], 200),
        ("If-None-Match, last of ten", &[("If-None-Match", &ten_tags)], 304),
        ("If-Modified-Since", &[("If-Modified-Since", &date)], 304),
        ("If-Match, current", &[("If-Match", &etag)], 200),
        ("If-Match, other", &[("If-Match", OTHER)], 412),
        ("one range", &[("Range", "bytes=500000-")], 206),
        ("one range, If-Range", &[("Range", "bytes=500000-"), ("If-Range", &etag)], 206),
        ("one range, If-Range, other", &[("Range", "bytes=500000-"), ("If-Range", OTHER)], 200),
        ("one range, suffix", &[("Range", "bytes=-500000")], 206),
        ("two ranges", &[("Range", "bytes=0-99,-100")], 206),
        ("ten ranges", &[("Range", &*ranges(10))], 206),
        ("sixteen ranges", &[("Range", &*ranges(16))], 206),
        ("a bomb of ranges, refused", &[("Range", &*bomb)], 200),
    ] {
        decision(&mut suite, validators, name, conditions, status);
    }
    multipart(&mut suite, validators);
    values(&mut suite);
    suite.run()
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_001)
}

fn modified() -> SystemTime {
    now() - Duration::from_hours(1)
}

/// So many ranges, far apart.
fn ranges(count: u64) -> String {
    let ranges: Vec<_> = (0..count).map(|n| format!("{}-{}", n * 5000, n * 5000 + 99)).collect();
    format!("bytes={}", ranges.join(","))
}

fn decision(
    suite: &mut Suite<'_>,
    validators: Validators,
    name: &'static str,
    conditions: &[(&str, &str)],
    status: u16,
) {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    let request: Vec<(String, String)> = ORDINARY.iter().chain(conditions).map(owned).collect();
    let decide = move || {
        decide(
            Method::Get,
            black_box(request.as_slice()),
            black_box(&validators),
            black_box(LEN),
            now(),
            &RangeLimits::DEFAULT,
        )
    };
    let decided = match decide() {
        Outcome::Full => 200,
        Outcome::Range(_) | Outcome::Ranges(_) => 206,
        Outcome::NotModified => 304,
        Outcome::PreconditionFailed => 412,
        Outcome::RangeNotSatisfiable => 416,
    };
    assert_eq!(decided, status, "{name}");
    suite.case(name, decide);
}

fn multipart(suite: &mut Suite<'_>, validators: Validators) {
    let request = [("Range", ranges(10))];
    let outcome = decide(Method::Get, &request, &validators, LEN, now(), &RangeLimits::DEFAULT);
    let Outcome::Ranges(ranges) = outcome else { panic!("not ten ranges: {outcome:?}") };
    let again = ranges.clone();
    let boundary = Boundary::from_bits(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    suite
        .case("multipart, length of ten parts", move || {
            Layout::new(black_box(&again), "text/html", LEN, &boundary).total_len()
        })
        .elements(10);
    suite
        .case("multipart, heads of ten parts", move || {
            let parts = Layout::new(black_box(&ranges), "text/html", LEN, &boundary).parts();
            parts.fold(0, |len, part| match black_box(part) {
                Part::Head(bytes) | Part::Tail(bytes) => len + bytes.len() as u64,
                Part::Content(range) => len + range.len(),
            })
        })
        .elements(10);
}

fn values(suite: &mut Suite<'_>) {
    let tag = EntityTag::from_metadata(modified(), LEN, false);
    let text = tag.to_string();
    assert_eq!(EntityTag::parse(text.as_bytes()), Ok(tag));
    suite.case("tag from metadata", || {
        EntityTag::from_metadata(black_box(modified()), black_box(LEN), false)
    });
    suite.case("tag read", move || EntityTag::parse(black_box(text.as_bytes())));

    let date = HttpDate::from(modified()).to_bytes();
    assert!(HttpDate::parse(&date, now()).is_ok());
    suite.case("date written", || HttpDate::from(black_box(modified())).to_bytes());
    suite.case("date read", move || HttpDate::parse(black_box(&date), now()));
}
