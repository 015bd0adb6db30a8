//! The way to a root: folders and links above it.

use catzilla_file_watcher::ChangeKind::{self, File, Root};
use catzilla_file_watcher::{Coverage, Reason};
use catzilla_testkit::kernel::{Kernel, Op};

use crate::scripted::{Scene, mkdir, remove, rename, symlink, write};

fn root() -> Vec<(ChangeKind, String)> {
    vec![(Root, String::new())]
}

#[test]
fn a_parent_that_is_renamed_is_told_and_what_comes_in_its_place_is_watched() {
    let mut scene = Scene::of(&["/srv/www/site"], &["/srv/www/site"]);
    assert_eq!(scene.told(&[rename("/srv/www", "/srv/old")]), root());
    scene.watches(&["/", "/srv"]);
    // The old folder is none of ours.
    assert_eq!(scene.told(&[write("/srv/old/site/x")]), []);
    assert_eq!(scene.told(&[mkdir("/srv/www")]), root());
    scene.watches(&["/", "/srv", "/srv/www"]);
    assert_eq!(scene.told(&[mkdir("/srv/www/site")]), root());
    assert_eq!(scene.told(&[write("/srv/www/site/x")]).first(), Some(&(File, "x".to_owned())));
}

#[test]
fn a_folder_that_is_removed_and_built_anew_is_told_twice() {
    let mut scene = Scene::of(&["/srv/dist"], &["/srv/dist"]);
    assert_eq!(scene.told(&[remove("/srv/dist")]), root());
    assert_eq!(scene.told(&[mkdir("/srv/dist")]), root());
    // Both before anybody looked: once each, and it stands.
    let told = scene.told(&[remove("/srv/dist"), mkdir("/srv/dist"), write("/srv/dist/x")]);
    assert_eq!(told.first(), Some(&(Root, String::new())));
    scene.watches(&["/", "/srv", "/srv/dist"]);
}

#[test]
fn a_link_that_is_swapped_leads_elsewhere() {
    let kernel = Kernel::of(&["/srv/releases/1/a", "/srv/releases/2/b"]);
    kernel.perform(&symlink("/srv/dist", "releases/1"));
    let mut scene = Scene::on(kernel, &["/srv/dist"], None);
    scene.watches(&["/", "/srv", "/srv/releases", "/srv/releases/1", "/srv/releases/1/a"]);
    let told = scene.told(&[symlink("/srv/new", "releases/2"), rename("/srv/new", "/srv/dist")]);
    assert_eq!(told, root());
    scene.watches(&["/", "/srv", "/srv/releases", "/srv/releases/2", "/srv/releases/2/b"]);
    // The release itself may move as well.
    assert_eq!(scene.told(&[rename("/srv/releases", "/srv/r")]), root());
    scene.watches(&["/", "/srv"]);
}

#[test]
fn links_lead_up_and_around_and_to_each_other() {
    let kernel = Kernel::of(&["/a/b", "/c/d/e"]);
    kernel.perform(&symlink("/a/b/one", "../two"));
    kernel.perform(&symlink("/a/two", "/c/three/../d/e"));
    kernel.perform(&symlink("/c/three", "d"));
    let mut scene = Scene::on(kernel, &["/a/b/one"], None);
    scene.watches(&["/", "/a", "/a/b", "/c", "/c/d", "/c/d/e"]);
    assert_eq!(*scene.coverage(), Coverage::Full);
    assert_eq!(scene.told(&[write("/c/d/e/x")]).first(), Some(&(File, "x".to_owned())));
    assert_eq!(scene.told(&[remove("/c/three")]), root());
    assert_eq!(scene.told(&[mkdir("/c/three")]), root());
}

#[test]
fn links_in_a_circle_lead_nowhere() {
    let kernel = Kernel::of(&["/a"]);
    kernel.perform(&symlink("/a/x", "y"));
    kernel.perform(&symlink("/a/y", "x"));
    let mut scene = Scene::on(kernel, &["/a/x/site"], None);
    scene.watches(&["/", "/a"]);
    assert_eq!(scene.told(&[remove("/a/y"), mkdir("/a/y"), mkdir("/a/y/site")]), root());
}

#[test]
fn a_root_that_is_not_there_yet_is_waited_for() {
    let mut scene = Scene::of(&["/"], &["/srv/www/site"]);
    assert_eq!(scene.told(&[mkdir("/srv"), mkdir("/srv/other")]), root());
    assert_eq!(scene.told(&[write("/srv/www")]), root(), "a file is in the way");
    assert_eq!(scene.told(&[write("/srv/www")]), []);
    assert_eq!(
        scene.told(&[remove("/srv/www"), mkdir("/srv/www"), mkdir("/srv/www/site")]),
        root()
    );
}

#[test]
fn a_root_that_stood_there_for_a_moment_is_told() {
    let mut scene = Scene::of(&["/old"], &["/srv/site"]);
    // Somebody may have looked, and it is gone before its coming is handled.
    let ops = [mkdir("/srv"), mkdir("/srv/site"), write("/srv/site/x"), remove("/srv")];
    assert_eq!(scene.told(&ops), root());
}

#[test]
fn other_names_on_the_way_are_nobodys_business() {
    let mut scene = Scene::of(&["/srv/site"], &["/srv/site"]);
    let ops = [mkdir("/tmp"), write("/srv/x"), rename("/srv/x", "/srv/y"), remove("/srv/y")];
    assert_eq!(scene.told(&ops), []);
}

#[test]
fn a_root_that_is_a_file_is_told_through_its_links() {
    // As Kubernetes mounts a ConfigMap.
    let kernel = Kernel::of(&["/etc/app/..1", "/etc/app/..2"]);
    for op in [
        write("/etc/app/..1/app.toml"),
        write("/etc/app/..2/app.toml"),
        symlink("/etc/app/..data", "..1"),
        symlink("/etc/app/app.toml", "..data/app.toml"),
    ] {
        kernel.perform(&op);
    }
    let mut scene = Scene::on(kernel, &["/etc/app/app.toml"], None);
    assert_eq!(scene.told(&[write("/etc/app/..1/app.toml")]), [(File, String::new())]);
    assert_eq!(scene.told(&[write("/etc/app/..1/other")]), []);
    assert_eq!(
        scene.told(&[symlink("/etc/app/new", "..2"), rename("/etc/app/new", "/etc/app/..data")]),
        root()
    );
    assert_eq!(scene.told(&[write("/etc/app/..1/app.toml")]), []);
    assert_eq!(scene.told(&[write("/etc/app/..2/app.toml")]), [(File, String::new())]);
    assert_eq!(scene.told(&[remove("/etc/app/..2/app.toml")]), root());
}

#[test]
fn a_folder_on_the_way_that_may_not_be_read_is_a_gap_until_it_may() {
    let kernel = Kernel::of(&["/home/user/site"]);
    kernel.perform(&Op::Readable("/home/user".into(), false));
    let mut scene = Scene::on(kernel, &["/home/user/site"], None);
    assert_eq!(*scene.coverage(), Coverage::Partial(Reason::Unreadable("/home/user".into())));
    // The folder's own watch tells that it moves.
    assert_eq!(scene.told(&[rename("/home/user/site", "/home/user/old")]), root());
    // That another one comes can't be known,
    assert_eq!(scene.told(&[mkdir("/home/user/site")]), []);
    // but that it can be.
    assert_eq!(scene.told(&[Op::Readable("/home/user".into(), true)]), root());
    assert_eq!(*scene.coverage(), Coverage::Full);
    scene.watches(&["/", "/home", "/home/user", "/home/user/site"]);
}

#[test]
fn a_root_that_may_not_be_read_is_not_told_until_it_may() {
    let kernel = Kernel::of(&["/site/a"]);
    kernel.perform(&Op::Readable("/site".into(), false));
    let mut scene = Scene::on(kernel, &["/site"], None);
    assert_eq!(*scene.coverage(), Coverage::None(Reason::Unreadable("/site".into())));
    // The folder above tells that it can be.
    assert_eq!(scene.told(&[Op::Readable("/site".into(), true)]), root());
    assert_eq!(*scene.coverage(), Coverage::Full);
    scene.watches(&["/", "/site", "/site/a"]);
}

#[test]
fn a_folder_beneath_that_may_not_be_read_is_a_gap_until_it_may() {
    let kernel = Kernel::of(&["/site/a/b"]);
    kernel.perform(&Op::Readable("/site/a".into(), false));
    let mut scene = Scene::on(kernel, &["/site"], None);
    assert_eq!(*scene.coverage(), Coverage::Partial(Reason::Unreadable("/site/a".into())));
    let told = scene.told(&[Op::Readable("/site/a".into(), true)]);
    assert_eq!(told, [(ChangeKind::Folder, "a".to_owned())]);
    assert_eq!(*scene.coverage(), Coverage::Full);
    scene.watches(&["/", "/site", "/site/a", "/site/a/b"]);
}
