//! What an event costs until it is a change: `cargo bench -p catzilla-benches --bench file_watcher`.
//!
//! What the system adds to it is measured by `cargo run --release -p catzilla-benches --bin watch-tree`.

use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use catzilla_benches::micro::Suite;
use catzilla_file_watcher::mapping::{Event, Mapper, WatchId, What};
use catzilla_file_watcher::{Change, ChangeKind, Debounce, Freshness, Invalidation, RootId};
use catzilla_testkit::counting::Counting;
use catzilla_testkit::kernel::Kernel;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> io::Result<()> {
    let mut suite = Suite::new("file_watcher");
    event(&mut suite, "a file was written", What::Written);
    // The kernel in memory looks up its name.
    event(&mut suite, "a file was made", What::Came);
    above(&mut suite);
    unknown(&mut suite);
    decisions(&mut suite);
    suite.run()
}

/// A site of a thousand folders, and the watch over one of them that lies three deep.
fn site() -> (Mapper<Kernel>, WatchId) {
    let folders: Vec<String> =
        (0..1000).map(|n| format!("/srv/site/{}/{}/{n}", n % 10, n % 100)).collect();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let mut mapper = Mapper::new(Kernel::of(&folders), None);
    mapper.add_root("/srv/site".into());
    // A folder that is watched again keeps its watch.
    let watch = watch_of(&mut mapper, "/srv/site/2/42/542");
    (mapper, watch)
}

fn watch_of(mapper: &mut Mapper<Kernel>, folder: &str) -> WatchId {
    use catzilla_file_watcher::mapping::{Scope, System};
    mapper.system().watch(folder.as_ref(), Scope::Tree).expect("the folder is there")
}

fn event(suite: &mut Suite<'_>, name: &'static str, what: What) {
    let (mut mapper, watch) = site();
    suite.case(name, move || {
        let event = Event::of(watch, Path::new(black_box("page.html")), what, Some(false));
        let mut told = None;
        mapper.handle(&[event], &mut |changes| told = changes.first().cloned());
        told.expect("a change")
    });
}

/// What happens to others in a folder on the way, such as `/tmp`.
fn above(suite: &mut Suite<'_>) {
    let (mut mapper, _) = site();
    let watch = watch_of(&mut mapper, "/srv");
    suite.case("another name on the way", move || {
        let event = Event::of(watch, Path::new(black_box("other")), What::Came, Some(false));
        let mut told = false;
        mapper.handle(&[event], &mut |_| told = true);
        assert!(!told);
    });
}

fn unknown(suite: &mut Suite<'_>) {
    let (mut mapper, _) = site();
    suite.case("a watch that was given up", move || {
        let event = Event::of(black_box(WatchId(-7)), Path::new("x"), What::Written, Some(false));
        mapper.handle(&[event], &mut |changes| _ = black_box(changes.len()));
    });
}

fn decisions(suite: &mut Suite<'_>) {
    let freshness = Freshness::new(Invalidation::Immediate)
        .rule("assets", Invalidation::Ttl)
        .rule("assets/live", Invalidation::Immediate)
        .rule("media/video", Invalidation::Ttl);
    let path = PathBuf::from("assets/js/app.0f3c.js");
    suite.case("the strategy of a path, three rules", move || freshness.of(black_box(&path)));
    suite.case("whether a look is due", || {
        black_box(Invalidation::Immediate)
            .is_due(black_box(Duration::from_secs(9)), black_box(Duration::from_secs(8)))
    });
    let change = Change::new(RootId::FIRST, ChangeKind::Folder, "assets/js");
    let path = PathBuf::from("assets/js/app.0f3c.js");
    suite.case("whether a change concerns a path", move || change.concerns(black_box(&path)));
    let mut debounce = Debounce::default();
    suite.case("an event into the debounce", move || {
        debounce.push(black_box(Duration::from_secs(1)), 1_u8);
    });
}
