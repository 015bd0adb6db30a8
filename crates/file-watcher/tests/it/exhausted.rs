//! Watches and instances that run out for real: in a name space of its own, the limits of the system are ours to set.

use std::env;
use std::process::Command;
use std::sync::mpsc;

use catzilla_file_watcher::{Change, Coverage, Invalidation, Reason, RootId, Watcher};
use catzilla_testkit::tree::Entry::Dir;
use catzilla_testkit::tree::Tree;

use crate::listener::{PATIENCE, skip};

/// Set in the process that stands in the name space.
const INSIDE: &str = "CATZILLA_TEST_EXHAUSTED";

/// Runs a test again where a limit of `/proc/sys/user` is this.
#[track_caller]
fn check(test: &str, limit: &str, value: u32, inside: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return inside();
    }
    let set = format!("echo {value} > /proc/sys/user/{limit}");
    let can = Command::new("unshare").args(["-r", "sh", "-c", &set]).output();
    if !can.is_ok_and(|can| can.status.success()) {
        return skip(&format!("unshare -r can't set user.{limit}"));
    }
    let again = Command::new("unshare")
        .args(["-r", "sh", "-c", &format!("{set} && exec \"$0\" --exact \"$1\" --nocapture")])
        .arg(env::current_exe().unwrap())
        .arg(test)
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success(), "{said}{}", String::from_utf8_lossy(&again.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

fn start() -> (Tree, Watcher) {
    let tree = Tree::of(&[("a/b", Dir)]);
    let watcher = Watcher::builder().root(tree.root()).start(|_: Change| {}).unwrap();
    (tree, watcher)
}

#[test]
fn without_instances_nothing_is_told_and_that_is_said() {
    check(
        "exhausted::without_instances_nothing_is_told_and_that_is_said",
        "max_inotify_instances",
        0,
        || {
            let (_tree, watcher) = start();
            assert_eq!(watcher.coverage(RootId::FIRST), Coverage::None(Reason::Instances));
            let added = watcher.add_root("/").unwrap();
            assert_eq!(watcher.coverage(added), Coverage::None(Reason::Instances));
            assert!(added != RootId::FIRST && watcher.remove_root(added).unwrap());
        },
    );
}

#[test]
fn without_watches_nothing_is_told_and_that_is_said() {
    check(
        "exhausted::without_watches_nothing_is_told_and_that_is_said",
        "max_inotify_watches",
        4,
        || {
            let (_tree, watcher) = start();
            let coverage = watcher.coverage(RootId::FIRST);
            assert!(matches!(coverage, Coverage::None(Reason::Watches { .. })), "{coverage:?}");
        },
    );
}

#[test]
fn a_real_watcher_says_when_watches_run_out() {
    let tree = Tree::of(&[("a", Dir)]);
    let ways = tree.root().ancestors().count() - 1;
    let (sender, coverages) = mpsc::channel();
    let watcher = Watcher::builder()
        .root(tree.root())
        .max_watches(ways + 2)
        .on_coverage(move |root, coverage| drop(sender.send((root, coverage.clone()))))
        .start(|_: Change| {})
        .unwrap();
    assert_eq!(watcher.coverage(RootId::FIRST), Coverage::Full);
    tree.add("b", Dir);
    let (root, coverage) = coverages.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (root, &coverage),
        (RootId::FIRST, &Coverage::None(Reason::Watches { limit: Some(ways + 2) }))
    );
    assert_eq!(watcher.coverage(RootId::FIRST), coverage);

    let lazy = Invalidation::Immediate.under(&coverage);
    assert_eq!(lazy.to_string(), "lazy");
    assert_eq!(
        coverage.to_string(),
        format!(
            "changes of files are not told: there are more folders than watches ({} allowed); \
             raise fs.inotify.max_user_watches or serve fewer folders",
            ways + 2
        )
    );
}
