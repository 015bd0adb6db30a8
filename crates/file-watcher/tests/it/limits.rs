//! Watches that run out.

use catzilla_file_watcher::ChangeKind::{File, Folder, Root};
use catzilla_file_watcher::{Coverage, Reason};
use catzilla_testkit::kernel::{Kernel, Op};

use crate::scripted::{Scene, mkdir, remove, rename};

fn too_many(limit: usize) -> Coverage {
    Coverage::None(Reason::Watches { limit: Some(limit) })
}

#[test]
fn a_tree_with_more_folders_than_watches_is_not_covered_at_all() {
    // `/`, `/site`, and two of its three folders.
    let kernel = Kernel::of(&["/site/a", "/site/b", "/site/c"]);
    let mut scene = Scene::on(kernel.clone(), &["/site"], Some(4));
    assert_eq!(*scene.coverage(), too_many(4));
    // Half a tree is of no use: its watches are given back, those on the way are kept.
    scene.watches(&["/"]);
    assert_eq!(scene.told(&[rename("/site", "/old"), mkdir("/site")]), [(Root, String::new())]);
    // What stands there now is small enough.
    assert_eq!(*scene.coverage(), Coverage::Full);
    scene.watches(&["/", "/site"]);

    let exact = Scene::on(Kernel::of(&["/site/a", "/site/b", "/site/c"]), &["/site"], Some(5));
    assert_eq!(*exact.coverage(), Coverage::Full);
}

#[test]
fn one_folder_too_many_ends_the_coverage() {
    let mut scene = Scene::on(Kernel::of(&["/site/a"]), &["/site"], Some(3));
    assert_eq!(*scene.coverage(), Coverage::Full);
    assert_eq!(scene.told(&[mkdir("/site/b")]), [(Folder, "b".to_owned())]);
    assert_eq!(*scene.coverage(), too_many(3));
    assert_eq!(scene.told(&[mkdir("/site/c")]), [], "nothing is watched any more");
}

#[test]
fn the_limit_of_the_system_is_the_same_to_us() {
    let kernel = Kernel::of(&["/site/a"]);
    kernel.set_watches(2);
    let mut scene = Scene::on(kernel, &["/site"], None);
    assert_eq!(*scene.coverage(), too_many(2));
    // With the cause gone, looking anew helps.
    scene.kernel.perform(&remove("/site/a"));
    scene.kernel.lose();
    scene.told(&[]);
    assert_eq!(*scene.coverage(), Coverage::Full);
}

#[test]
fn a_way_that_cannot_be_watched_covers_nothing() {
    let scene = Scene::on(Kernel::of(&["/site"]), &["/site"], Some(0));
    assert_eq!(*scene.coverage(), too_many(0));
}

#[test]
fn one_root_that_is_too_large_leaves_the_others_alone() {
    let kernel = Kernel::of(&["/small", "/large/a", "/large/b", "/large/c"]);
    let mut scene = Scene::on(kernel, &["/small", "/large"], Some(4));
    assert_eq!(*scene.mapper.coverage(scene.roots[0]), Coverage::Full);
    assert_eq!(*scene.mapper.coverage(scene.roots[1]), too_many(4));
    assert_eq!(scene.told(&[Op::Write("/small/x".into())]), [(File, "x".to_owned())]);
}
