//! A system that has no inotify to give: a name space of its own, where the limits are ours to set.

use std::env;
use std::process::Command;

use catzilla_file_watcher::{Change, Coverage, Reason, RootId, Watcher};
use catzilla_testkit::tree::Entry::Dir;
use catzilla_testkit::tree::Tree;

use crate::listener::skip;

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
