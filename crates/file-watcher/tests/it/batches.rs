//! Many changes at once are few calls.

use std::fs;
use std::sync::mpsc;

use catzilla_file_watcher::{Change, ChangeKind, Watcher};
use catzilla_testkit::tree::Entry::{Dir, File};
use catzilla_testkit::tree::Tree;

use crate::listener::PATIENCE;

/// Few enough that their events fit into what is read at once, many enough to tell calls from changes.
const FOLDERS: usize = 300;

#[test]
fn a_tree_that_is_removed_is_a_few_calls() {
    let tree = Tree::of(&[("first", File(b"")), ("a", Dir)]);
    for number in 0..FOLDERS {
        fs::create_dir(tree.path(&format!("a/{number}"))).unwrap();
    }
    let (sender, calls) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let watcher =
        Watcher::builder().root(tree.root()).start_batched(move |changes: &[Change]| {
            drop(sender.send(changes.to_vec()));
            // Passes once the test has let go of the other end.
            let _ = gate.recv();
        });
    let _watcher = watcher.unwrap();

    fs::write(tree.path("first"), "").unwrap();
    calls.recv_timeout(PATIENCE).unwrap();
    // The sink is at the gate now: what happens meanwhile is read together.
    fs::remove_dir_all(tree.path("a")).unwrap();
    drop(go);
    let (mut count, mut folders) = (0, 0);
    loop {
        let changes = calls.recv_timeout(PATIENCE).unwrap();
        count += 1;
        folders += changes.iter().filter(|change| change.path.starts_with("a")).count();
        if changes.contains(&Change::new(
            catzilla_file_watcher::RootId::FIRST,
            ChangeKind::Folder,
            "a",
        )) {
            break;
        }
    }
    assert!(folders > FOLDERS && count <= 4, "{folders} changes in {count} calls");
}
