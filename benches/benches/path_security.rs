//! What a path costs, from its text to an open file: `cargo bench -p catzilla-benches --bench path_security`.

use std::hint::black_box;
use std::io;

use catzilla_benches::micro::Suite;
use catzilla_path_security::{Policy, Refusal, RequestPath, Root};
use catzilla_testkit::counting::Counting;
use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, openat, openat2};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PLAIN: &[u8] = b"/std/collections/hash_map/struct.Map.htm";
const ESCAPED: &[u8] = b"/std/collections/hash%5Fmap/struct.Map.htm";
/// Refused at its last segment but one, when all before it has been looked at.
const TRAVERSAL: &[u8] = b"/std/collections/hash_map/%2e%2e/Map.htm";

const FILE: &str = "std/collections/a.html";

fn main() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    std::fs::create_dir_all(dir.path().join("std/collections"))?;
    std::fs::write(dir.path().join(FILE), "a")?;
    let root = Root::open(dir.path(), Policy::default()).expect("a root");
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let handle = rustix::fs::open(dir.path(), flags, Mode::empty())?;

    let mut suite = Suite::new("path_security");
    parse(&mut suite);
    judge(&mut suite);
    let read = OFlags::RDONLY | OFlags::CLOEXEC;
    open(&mut suite, &root, |name| fstat(&openat(&handle, name, read, Mode::empty())?));
    // What of the difference is the kernel's, which looks whether the file lies beneath the folder.
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    if openat2(&handle, FILE, read, Mode::empty(), beneath).is_ok() {
        suite
            .case("bare openat2 beneath, fstat, close", || {
                fstat(&openat2(&handle, black_box(FILE), read, Mode::empty(), beneath)?)
            })
            .kernel_work();
    }
    suite.run()
}

fn parse(suite: &mut Suite<'_>) {
    assert_eq!(PLAIN.len(), 40);
    assert_eq!(RequestPath::parse(TRAVERSAL), Err(Refusal::Traversal));
    // 4,071 bytes of the 4,095 that a path may have.
    let long = [b"/std", &b"/a-segment-of-23-letters"[..].repeat(169)[..], b"/index.html"].concat();
    let long_len = long.len();
    assert!(long_len == 4071 && RequestPath::parse(&long).is_ok());
    suite.case("parse, plain, 40 bytes", || RequestPath::parse(black_box(PLAIN))).bytes(40);
    suite.case("parse, one escape", || RequestPath::parse(black_box(ESCAPED))).bytes(ESCAPED.len());
    suite
        .case("parse, refused", || RequestPath::parse(black_box(TRAVERSAL)))
        .bytes(TRAVERSAL.len());
    suite
        .case("parse, long", move || RequestPath::parse(black_box(&long)).map(drop))
        .bytes(long_len);
}

fn judge(suite: &mut Suite<'_>) {
    let path = RequestPath::parse(PLAIN).expect("a path");
    let ordinary = Policy::default();
    let strict = Policy::default()
        .block_extensions(["bak", "env", "key", "pem", "sql"])
        .expect("extensions")
        .block_pattern("**/*~")
        .and_then(|policy| policy.block_pattern("private/**"))
        .expect("patterns");
    let judged = path.clone();
    let policy = ordinary.clone();
    suite.case("judge, default policy", move || policy.judge(black_box(&judged)));
    suite.case("judge, extensions and patterns", move || strict.judge(black_box(&path)));
    suite.case("parse and judge", move || {
        let path = RequestPath::parse(black_box(PLAIN))?;
        ordinary.judge(&path).map(|()| path)
    });
}

fn open<'a, T: 'a>(
    suite: &mut Suite<'a>,
    root: &'a Root,
    bare: impl Fn(&str) -> rustix::io::Result<T> + 'a,
) {
    const BARE: &str = "bare openat, fstat, close";
    let path = RequestPath::parse(b"/std/collections/a.html").expect("a path");
    let again = path.clone();
    assert!(bare(FILE).is_ok() && root.get(&path).is_ok());
    // Not every kernel can do this, nor does every sandbox let it; an error would look fast.
    let can_be_cached = root.get_cached(&path).is_ok();
    suite.case(BARE, move || bare(black_box(FILE))).kernel_work();
    suite.case("open", move || root.get(black_box(&path))).beside(BARE).kernel_work();
    if can_be_cached {
        let open = move || root.get_cached(black_box(&again));
        suite.case("open, cached", open).beside(BARE).kernel_work();
    }
}
