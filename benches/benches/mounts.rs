//! Which mount a path belongs to: `cargo bench -p catzilla-benches --bench mounts`.

use std::hint::black_box;
use std::io;

use catzilla_benches::micro::Suite;
use catzilla_path_security::RequestPath;
use catzilla_server::{MountConfig, Site};
use catzilla_testkit::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The case that the others are compared with.
const ONE: &str = "1 mount";

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let with = |count: usize| {
        let mounts = (0..count).map(|at| MountConfig::new(format!("/mount-{at}"), folder.path()));
        Site::build(mounts.collect()).map_err(io::Error::other)
    };
    let mut suite = Suite::new("mounts");
    // They are asked in turn, so that the last one's path costs most.
    for (name, count) in [
        (ONE, 1),
        ("5 mounts, the last", 5),
        ("16 mounts, the last", 16),
        ("128 mounts, the last", 128),
    ] {
        let one = with(count)?;
        let mounts = one.mounts();
        let path = format!("{}/std/page.html", mounts[mounts.len() - 1].prefix());
        find(&mut suite, name, one, path, true);
    }
    let many = with(128)?;
    let path = format!("{}/std/page.html", many.mounts()[0].prefix());
    find(&mut suite, "128 mounts, the first", many, path, true);
    find(&mut suite, "128 mounts, none", with(128)?, "/elsewhere/page.html".to_owned(), false);
    suite.run()
}

fn find(suite: &mut Suite<'_>, name: &'static str, mounts: Site, path: String, is_there: bool) {
    let find = move || {
        let path = RequestPath::parse(black_box(path.as_bytes())).expect("a plain path");
        mounts
            .find(&path)
            .map(|(mount, rest)| (mount.dir().as_os_str().len(), rest.as_bytes().len()))
    };
    assert_eq!(find().is_some(), is_there, "{name}");
    let case = suite.case(name, find);
    if name != ONE {
        case.beside(ONE);
    }
}
