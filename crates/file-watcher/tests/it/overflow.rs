//! A queue that runs over, for real.

use std::fs;
use std::sync::mpsc;

use catzilla_file_watcher::{Change, ChangeKind, RootId, Watcher};
use catzilla_testkit::tree::Entry::{Dir, File};
use catzilla_testkit::tree::Tree;

use crate::listener::{PATIENCE, skip};

/// More than this takes too long to make.
const MOST: usize = 1 << 17;

#[test]
fn a_listener_that_is_too_slow_gets_a_rescan_of_every_root_and_then_all_again() {
    let queue = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let queue: usize = queue.trim().parse().unwrap();
    if queue > MOST {
        return skip(&format!("fs.inotify.max_queued_events is {queue}, more than can be filled"));
    }
    let tree = Tree::of(&[("one", Dir), ("two/a", File(b"")), ("two/b", File(b""))]);
    let (sender, changes) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let watcher = Watcher::builder().root(tree.path("two")).root(tree.path("one")).start(
        move |change: Change| {
            drop(sender.send(change));
            // Passes once the test has let go of the other end.
            let _ = gate.recv();
        },
    );
    let _watcher = watcher.unwrap();

    fs::write(tree.path("two/first"), "").unwrap();
    changes.recv_timeout(PATIENCE).unwrap();
    // The sink is at the gate now. Equal events in a row are one event, so two files take turns; a folder comes whose
    // event is lost.
    let files =
        ["two/a", "two/b"].map(|name| fs::File::options().write(true).open(tree.path(name)));
    let files = files.map(Result::unwrap);
    for n in 0..queue + 10_000 {
        std::io::Write::write_all(&mut &files[n % 2], b"x").unwrap();
    }
    fs::create_dir(tree.path("one/new")).unwrap();
    drop(go);

    let mut rescans = Vec::new();
    while rescans.len() < 4 {
        let change = changes.recv_timeout(PATIENCE).expect("both roots are told");
        if change.kind == ChangeKind::Rescan {
            rescans.push(change.root.index());
        }
    }
    assert_eq!(rescans, [0, 1, 0, 1], "at once, and when all is watched");
    // What was missed is watched now.
    fs::write(tree.path("one/new/x"), "").unwrap();
    let change = changes.recv_timeout(PATIENCE).unwrap();
    assert_ne!(change.root, RootId::FIRST);
    assert_eq!((change.kind, change.path), (ChangeKind::File, "new/x".into()));
}
