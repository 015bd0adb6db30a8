//! What negotiation costs, and how fast the encoders are: `cargo bench -p catzilla-benches --bench content_coding`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io;

use catzilla_benches::micro::Suite;
use catzilla_content_coding::{
    AcceptEncoding, Coding, Codings, Level, compress, sidecar, vary, verify, worth,
};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What Firefox and Chrome send over TLS.
const BROWSER: &str = "gzip, deflate, br, zstd";

fn main() -> io::Result<()> {
    let many = vec!["x-unknown;q=0.5"; 200].join(", ");
    let page = page();
    let mut suite = Suite::new("content_coding");
    for (name, value, expected) in [
        ("choose, no field", None, Coding::Identity),
        ("choose, browser", Some(BROWSER), Coding::Brotli),
        ("choose, browser without TLS", Some("gzip, deflate"), Coding::Gzip),
        ("choose, curl", Some("deflate, gzip, br, zstd"), Coding::Brotli),
        ("choose, identity", Some("identity"), Coding::Identity),
        ("choose, weights", Some("br;q=0.9, gzip;q=1.0, *;q=0.1"), Coding::Gzip),
        ("choose, 200 unknown", Some(&many), Coding::Identity),
    ] {
        choice(&mut suite, name, value, expected);
    }
    neighbours(&mut suite);
    for (name, coding, level) in [
        ("gzip 1, 16 KiB", Coding::Gzip, 1),
        ("gzip 6, 16 KiB", Coding::Gzip, 6),
        ("gzip 9, 16 KiB", Coding::Gzip, 9),
        ("br 1, 16 KiB", Coding::Brotli, 1),
        ("br 5, 16 KiB", Coding::Brotli, 5),
        ("br 6, 16 KiB", Coding::Brotli, 6),
        ("br 11, 16 KiB", Coding::Brotli, 11),
        ("zstd 1, 16 KiB", Coding::Zstd, 1),
        ("zstd 3, 16 KiB", Coding::Zstd, 3),
        ("zstd 6, 16 KiB", Coding::Zstd, 6),
        ("zstd 19, 16 KiB", Coding::Zstd, 19),
    ] {
        let level = Level::DEFAULT.with(coding, level).expect("on its scale");
        let page = &page;
        suite
            .case(name, move || compress(coding, level, black_box(page)))
            .bytes(page.len())
            .long_work();
    }
    for (name, coding) in [
        ("verify gzip", Coding::Gzip),
        ("verify br", Coding::Brotli),
        ("verify zstd", Coding::Zstd),
    ] {
        let encoded = compress(coding, Level::DEFAULT, &page)?;
        let page = &page;
        assert!(verify(coding, &encoded, page).is_same());
        suite
            .case(name, move || verify(coding, black_box(&encoded), black_box(page)))
            .bytes(page.len())
            .long_work();
    }
    suite.run()
}

fn choice(suite: &mut Suite<'_>, name: &'static str, value: Option<&str>, expected: Coding) {
    let value = value.map(str::to_owned);
    let choose = move || {
        let lines = black_box(&value).as_deref().map(str::as_bytes);
        AcceptEncoding::parse(lines).choose(black_box(Codings::ALL))
    };
    assert_eq!(choose(), expected, "{name}");
    suite.case(name, choose);
}

fn neighbours(suite: &mut Suite<'_>) {
    let accepted = AcceptEncoding::parse([BROWSER.as_bytes()]);
    suite.case("preferences", move || {
        black_box(accepted).preferences(black_box(Codings::ALL)).count()
    });
    suite.case("vary, already there", || {
        vary::merge(black_box(b"Origin, Accept-Encoding"), b"Accept-Encoding").len()
    });
    suite.case("vary, added", || vary::merge(black_box(b"Origin"), b"Accept-Encoding").len());
    suite.case("worth, a page", || worth::media_type(black_box(b"text/html; charset=utf-8")));
    suite.case("worth, a picture", || worth::media_type(black_box(b"image/png")));
    let mut buffer = String::with_capacity(64);
    suite.case("sidecar name", move || {
        sidecar::name(black_box("assets/app.js"), Coding::Brotli, &mut buffer).map(str::len)
    });
}

/// 16 KiB that look like a page: words that repeat, and numbers that don't.
fn page() -> Vec<u8> {
    let mut page = String::new();
    let mut random = fastrand::Rng::with_seed(1);
    while page.len() < 16 << 10 {
        let (number, word) = (random.u32(..100_000), random.usize(..WORDS.len()));
        let _ = writeln!(page, r#"<li class="item"><a href="/{number}">{}</a></li>"#, WORDS[word]);
    }
    page.truncate(16 << 10);
    page.into_bytes()
}

const WORDS: [&str; 8] =
    ["the cat", "a mouse", "some milk", "quietly", "sleeps", "under the sofa", "never", "again"];
