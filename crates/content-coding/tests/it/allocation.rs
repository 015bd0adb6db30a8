use std::hint::black_box;
use std::time::SystemTime;

use catzilla_content_coding::{AcceptEncoding, Coding, Codings, sidecar, vary, worth};
use catzilla_testkit::counting::allocations;

#[track_caller]
fn check<T>(expected: usize, work: impl FnOnce() -> T) {
    let count = allocations(|| {
        black_box(work());
    });
    assert_eq!(count, expected);
}

#[test]
fn negotiation_allocates_nothing() {
    for value in ["gzip, deflate, br, zstd", "br;q=0.5, *;q=0", "x;y=z,,;;", ""] {
        check(0, || {
            let accepted = AcceptEncoding::parse([value.as_bytes(), b"gzip;q=0.7"]);
            (accepted.choose(Codings::ALL), accepted.preferences(Codings::ALL).count())
        });
    }
}

#[test]
fn vary_allocates_only_what_it_adds() {
    check(0, || vary::merge(b"Origin, Accept-Encoding", b"accept-encoding"));
    check(0, || vary::merge(b"", b"Accept-Encoding"));
    check(0, || vary::merge(b"Origin", b"*"));
    check(1, || vary::merge(b"Origin", b"Accept-Encoding"));
    check(1, || vary::merge(b"Origin, Accept", b"Accept, Accept-Encoding, Accept-Language"));
}

#[test]
fn names_and_types_allocate_nothing() {
    let mut buffer = String::with_capacity("assets/app.js".len() + 4);
    check(0, || sidecar::name("assets/app.js", Coding::Zstd, &mut buffer).is_some());
    check(0, || sidecar::source_of("assets/app.js.br"));
    check(0, || sidecar::is_fresh(SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH));
    check(0, || worth::media_type(b"image/svg+xml; charset=utf-8"));
}
