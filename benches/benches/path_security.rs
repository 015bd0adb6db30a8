//! What a path costs, from its text to an open file: `cargo bench -p catzilla-benches --bench path_security`.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use catzilla_path_security::{Policy, RequestPath, Root};
use criterion::{Criterion, criterion_group, criterion_main};
use rustix::fs::{Mode, OFlags, fstat, openat};

const PLAIN: &[u8] = b"/std/collections/hash_map/struct.Map.htm";
const ESCAPED: &[u8] = b"/std/collections/hash%5Fmap/struct.Map.htm";

fn text(criterion: &mut Criterion) {
    assert_eq!(PLAIN.len(), 40);
    let mut group = criterion.benchmark_group("request_path");
    group.bench_function("parse, plain, 40 bytes", |bencher| {
        bencher.iter(|| RequestPath::parse(black_box(PLAIN)));
    });
    group.bench_function("parse, one escape", |bencher| {
        bencher.iter(|| RequestPath::parse(black_box(ESCAPED)));
    });
    let (policy, path) = (Policy::default(), RequestPath::parse(PLAIN).expect("a path"));
    group.bench_function("judge, default policy", |bencher| {
        bencher.iter(|| policy.judge(black_box(&path)));
    });
    group.finish();
}

fn open(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(dir.path().join("std/collections")).expect("folders");
    std::fs::write(dir.path().join("std/collections/a.html"), "a").expect("a file");
    let root = Root::open(dir.path(), Policy::default()).expect("a root");
    let path = RequestPath::parse(b"/std/collections/a.html").expect("a path");
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let handle = rustix::fs::open(dir.path(), flags, Mode::empty()).expect("a handle");

    let mut group = criterion.benchmark_group("open");
    group.bench_function("bare openat, fstat, close", |bencher| {
        bencher.iter(|| {
            let flags = OFlags::RDONLY | OFlags::CLOEXEC;
            let file = openat(&handle, "std/collections/a.html", flags, Mode::empty());
            fstat(file.expect("a file"))
        });
    });
    group.bench_function("Root::get", |bencher| bencher.iter(|| root.get(black_box(&path))));
    group.bench_function("Root::get_cached", |bencher| {
        bencher.iter(|| root.get_cached(black_box(&path)));
    });
    group.finish();
}

criterion_group!(benches, text, open);
criterion_main!(benches);
