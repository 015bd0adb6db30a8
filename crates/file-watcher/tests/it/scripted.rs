//! The mapping on the kernel in memory, where events are as late as a test wants them.

use std::path::PathBuf;

use catzilla_file_watcher::ChangeKind::{self, File, Folder, Rescan, Root};
use catzilla_file_watcher::mapping::Mapper;
use catzilla_file_watcher::{Change, Coverage, Events, Reason, RootId};
use catzilla_testkit::kernel::{Kernel, Op};

/// A mapping of some roots, and the kernel it asks.
pub(crate) struct Scene {
    pub(crate) kernel: Kernel,
    pub(crate) mapper: Mapper<Kernel>,
    pub(crate) roots: Vec<RootId>,
}

impl Scene {
    pub(crate) fn of(folders: &[&str], roots: &[&str]) -> Self {
        Self::on(Kernel::of(folders), roots, None)
    }

    pub(crate) fn on(kernel: Kernel, roots: &[&str], max_watches: Option<usize>) -> Self {
        let mut mapper = Mapper::new(kernel.clone(), max_watches);
        let roots = roots.iter().map(|root| mapper.add_root(root.into())).collect();
        Self { kernel, mapper, roots }
    }

    /// Does things before any event of them is handled, and gives what is told of the first root.
    pub(crate) fn told(&mut self, ops: &[Op]) -> Vec<(ChangeKind, String)> {
        for op in ops {
            self.kernel.perform(op);
        }
        let mut told = self.kernel.deliver_all(&mut self.mapper);
        // As the watcher does with what it reads at once.
        told.dedup();
        told.iter().filter(|change| change.root == RootId::FIRST).map(short).collect()
    }

    pub(crate) fn coverage(&self) -> &Coverage {
        self.mapper.coverage(self.roots[0])
    }

    #[track_caller]
    pub(crate) fn watches(&self, expected: &[&str]) {
        assert_eq!(self.kernel.watched(), expected.iter().map(PathBuf::from).collect::<Vec<_>>());
    }
}

fn short(change: &Change) -> (ChangeKind, String) {
    (change.kind, change.path.to_str().unwrap().to_owned())
}

pub(crate) fn write(path: &str) -> Op {
    Op::Write(path.into())
}

pub(crate) fn mkdir(path: &str) -> Op {
    Op::Mkdir(path.into())
}

pub(crate) fn rename(from: &str, to: &str) -> Op {
    Op::Rename(from.into(), to.into())
}

pub(crate) fn symlink(path: &str, text: &str) -> Op {
    Op::Symlink(path.into(), text.into())
}

pub(crate) fn remove(path: &str) -> Op {
    Op::Remove(path.into())
}

/// What is told of `/site` after these, which happen before anybody looks.
#[track_caller]
fn check(before: &[Op], ops: &[Op], expected: &[(ChangeKind, &str)]) {
    let mut scene = Scene::of(&["/site/a/b", "/elsewhere/c"], &["/site"]);
    scene.told(before);
    let told = scene.told(ops);
    let told: Vec<_> = told.iter().map(|(kind, path)| (*kind, path.as_str())).collect();
    assert_eq!(told, expected);
}

#[test]
fn names_of_files() {
    check(&[], &[write("/site/x")], &[(File, "x")]);
    check(&[write("/site/x")], &[write("/site/x")], &[(File, "x")]);
    check(&[write("/site/x")], &[remove("/site/x")], &[(File, "x")]);
    check(&[write("/site/x")], &[rename("/site/x", "/site/a/y")], &[(File, "x"), (File, "a/y")]);
    check(&[write("/site/x")], &[rename("/site/x", "/elsewhere/x")], &[(File, "x")]);
    check(&[write("/elsewhere/x")], &[rename("/elsewhere/x", "/site/x")], &[(File, "x")]);
    check(&[write("/site/x")], &[Op::Link("/site/x".into(), "/site/a/y".into())], &[(File, "a/y")]);
    check(&[], &[write("/elsewhere/x")], &[]);
}

#[test]
fn folders_reach_beneath() {
    check(&[], &[mkdir("/site/c")], &[(Folder, "c")]);
    check(&[], &[rename("/site/a", "/site/c")], &[(Folder, "a"), (Folder, "c")]);
    check(&[], &[rename("/site/a/b", "/elsewhere/b")], &[(Folder, "a/b")]);
    check(&[], &[rename("/elsewhere/c", "/site/c")], &[(Folder, "c")]);
    check(&[], &[remove("/site/a")], &[(Folder, "a/b"), (Folder, "a")]);
    check(&[], &[Op::Readable("/site/a".into(), false)], &[(Folder, "a")]);
    check(
        &[mkdir("/site/c")],
        &[Op::Exchange("/site/a".into(), "/site/c".into())],
        &[(Folder, "a"), (Folder, "c"), (Folder, "a")],
    );
    check(
        &[write("/site/x")],
        &[Op::Exchange("/site/a".into(), "/site/x".into())],
        &[(Folder, "a"), (Folder, "x"), (File, "a")],
    );
}

#[test]
fn links_reach_beneath_because_they_may_lead_to_folders() {
    // The event doesn't say that it is a link; looking does.
    check(&[], &[symlink("/site/l", "a")], &[(File, "l"), (Folder, "l")]);
    check(&[symlink("/site/l", "a")], &[remove("/site/l")], &[(Folder, "l")]);
    check(
        &[symlink("/site/l", "a"), symlink("/site/new", "a/b")],
        &[rename("/site/new", "/site/l")],
        &[(Folder, "new"), (Folder, "l")],
    );
    check(
        &[symlink("/site/l", "a"), write("/site/x")],
        &[rename("/site/x", "/site/l")],
        &[(File, "x"), (Folder, "l")],
    );
    // Once it is a file, it is one.
    check(
        &[symlink("/site/l", "a"), remove("/site/l"), write("/site/l")],
        &[write("/site/l")],
        &[(File, "l")],
    );
}

#[test]
fn links_that_were_there_before_are_known() {
    let kernel = Kernel::of(&["/site/a"]);
    kernel.perform(&symlink("/site/a/l", "b"));
    let mut scene = Scene::on(kernel, &["/site"], None);
    assert_eq!(scene.told(&[remove("/site/a/l")]), [(Folder, "a/l".to_owned())]);
}

#[test]
fn a_folder_is_told_at_once_and_again_when_it_is_watched_with_all_that_lies_in_it() {
    let mut scene = Scene::of(&["/site", "/elsewhere/c/d/e"], &["/site"]);
    scene.kernel.perform(&rename("/elsewhere/c", "/site/c"));
    let watched = scene.kernel.clone();
    let mut seen = Vec::new();
    while scene.kernel.deliver(&mut scene.mapper, &mut |change| {
        seen.push((change.path, watched.watched().len()));
    }) {}
    // `/`, `/site`; then `c`, `c/d`, `c/d/e`
    assert_eq!(seen, [(PathBuf::from("c"), 2), (PathBuf::from("c"), 5)]);
}

#[test]
fn what_is_read_together_is_told_before_anything_is_watched_and_then_what_was() {
    let mut scene = Scene::of(&["/site/a/b", "/elsewhere/c/d/e"], &["/site"]);
    for op in [write("/site/x"), rename("/elsewhere/c", "/site/c"), remove("/site/a")] {
        scene.kernel.perform(&op);
    }
    let kernel = scene.kernel.clone();
    let calls = kernel.calls();
    let mut told = Vec::new();
    scene.kernel.deliver_together(&mut scene.mapper, usize::MAX, &mut |changes| {
        told.push((changes.iter().map(short).collect::<Vec<_>>(), kernel.calls()));
    });
    let [(first, before), (again, after)] = &told[..] else { panic!("{told:?}") };
    let folder = |path: &str| (Folder, path.to_owned());
    for change in [&(File, "x".to_owned()), &folder("c"), &folder("a/b"), &folder("a")] {
        assert!(first.contains(change), "{change:?} in {told:?}");
    }
    assert_eq!(*again, [folder("c")], "the only one that is watched anew");
    assert!(*before == calls && *after > calls, "nothing was watched before the first was told");
}

#[test]
fn a_folder_that_is_built_on_while_it_moves_is_watched_where_it_is() {
    let mut scene = Scene::of(&["/site/a"], &["/site"]);
    // Nobody handles an event before all of it has happened.
    scene.told(&[
        mkdir("/site/a/s"),
        rename("/site/a", "/site/b"),
        mkdir("/site/a"),
        mkdir("/site/a/s"),
        write("/site/b/s/x"),
    ]);
    scene.watches(&["/", "/site", "/site/a", "/site/a/s", "/site/b", "/site/b/s"]);
    assert_eq!(scene.told(&[write("/site/b/s/x")]).last(), Some(&(File, "b/s/x".to_owned())));
    assert_eq!(scene.told(&[write("/site/a/s/x")]).last(), Some(&(File, "a/s/x".to_owned())));
}

#[test]
fn folders_and_links_that_are_swapped_are_watched_where_they_are() {
    // `mv --exchange`: the events of one name come in an order that nobody expects.
    let mut scene = Scene::of(&["/site/a/one", "/site/b/two"], &["/site"]);
    scene.told(&[Op::Exchange("/site/a".into(), "/site/b".into())]);
    scene.watches(&["/", "/site", "/site/a", "/site/a/two", "/site/b", "/site/b/one"]);
    scene.told(&[symlink("/site/l", "a"), Op::Exchange("/site/a".into(), "/site/l".into())]);
    scene.watches(&["/", "/site", "/site/b", "/site/b/one", "/site/l", "/site/l/two"]);
    assert_eq!(scene.told(&[remove("/site/a")]), [(Folder, "a".to_owned())], "it is a link");
}

#[test]
fn what_happens_between_two_questions_is_not_missed() {
    let mut scene = Scene::of(&["/site", "/elsewhere/c/d"], &["/site"]);
    scene.kernel.interfere([
        mkdir("/site/c/d/e"),
        rename("/site/c/d", "/site/d"),
        mkdir("/site/f"),
    ]);
    scene.told(&[rename("/elsewhere/c", "/site/c")]);
    scene.watches(&["/", "/site", "/site/c", "/site/d", "/site/d/e", "/site/f"]);
}

#[test]
fn a_folder_with_two_names_is_told_under_both() {
    let kernel = Kernel::of(&["/site/a", "/site/b"]);
    kernel.bind("/site/a", "/site/b/again");
    let mut scene = Scene::on(kernel, &["/site"], None);
    let mut told = scene.told(&[write("/site/a/x")]);
    told.sort_by(|(_, one), (_, other)| one.cmp(other));
    told.dedup();
    assert_eq!(told, [(File, "a/x".to_owned()), (File, "b/again/x".to_owned())]);
    // It loses one of them.
    scene.told(&[rename("/site/a", "/gone")]);
    assert_eq!(scene.told(&[write("/gone/x")]), [(File, "b/again/x".to_owned())]);
}

#[test]
fn roots_may_lie_in_one_another() {
    let mut scene = Scene::of(&["/site/docs"], &["/site", "/site/docs"]);
    scene.kernel.perform(&write("/site/docs/x"));
    let told = scene.kernel.deliver_all(&mut scene.mapper);
    let of = |root| told.iter().find(|change| change.root == scene.roots[root]).unwrap();
    assert_eq!(short(of(0)), (File, "docs/x".to_owned()));
    assert_eq!(short(of(1)), (File, "x".to_owned()));

    scene.kernel.perform(&rename("/site/docs", "/site/old"));
    let told = scene.kernel.deliver_all(&mut scene.mapper);
    assert!(told.iter().any(|change| change.root == scene.roots[1] && change.kind == Root));
    scene.watches(&["/", "/site", "/site/old"]);
}

#[test]
fn after_a_loss_everything_is_watched_as_it_is_and_all_roots_are_told() {
    let mut scene = Scene::of(&["/site/a", "/other/b"], &["/site", "/other"]);
    for op in [mkdir("/site/new"), rename("/site/a", "/other/a"), remove("/other/b")] {
        scene.kernel.perform(&op);
    }
    scene.kernel.lose();
    let told = scene.kernel.deliver_all(&mut scene.mapper);
    let rescan = |root| Change::new(root, Rescan, "");
    let both = [rescan(scene.roots[0]), rescan(scene.roots[1])];
    assert_eq!(told, [both.clone(), both].concat(), "at once, and when all is watched");
    scene.watches(&["/", "/other", "/other/a", "/site", "/site/new"]);
}

#[test]
fn looking_anew_makes_no_events_of_its_own() {
    // Ending a watch makes an event: if a rescan ended watches that it takes again, it would fill the queue, and the
    // next rescan would follow.
    let folders: Vec<String> = (0..100).map(|n| format!("/site/{n}")).collect();
    let kernel = Kernel::of(&folders.iter().map(String::as_str).collect::<Vec<_>>());
    kernel.set_queue(10);
    let mut scene = Scene::on(kernel, &["/site"], None);
    scene.kernel.lose();
    let calls = scene.kernel.calls();
    assert_eq!(scene.told(&[]), [(Rescan, String::new())]);
    assert_eq!(scene.kernel.calls() - calls, 102, "each folder is watched again, none given up");
}

#[test]
fn a_full_queue_is_told_once_and_ends() {
    let folders: Vec<String> = (0..100).map(|n| format!("/site/a/{n}")).collect();
    let kernel = Kernel::of(&folders.iter().map(String::as_str).collect::<Vec<_>>());
    kernel.set_queue(10);
    let mut scene = Scene::on(kernel, &["/site"], None);
    // Its hundred watches are given up, which makes more events than the queue holds.
    let told = scene.told(&[rename("/site/a", "/gone")]);
    assert_eq!(told, [(Folder, "a".to_owned()), (Rescan, String::new())]);
    scene.watches(&["/", "/site"]);
}

#[test]
fn what_was_unmounted_is_looked_at_anew() {
    let mut scene = Scene::of(&["/site/a/b"], &["/site"]);
    // A file system that is unmounted ends its watches; no name goes.
    scene.kernel.end_watch("/site/a");
    assert_eq!(scene.told(&[]), [(Folder, "a".to_owned())]);
    scene.watches(&["/", "/site", "/site/a", "/site/a/b"]);
    scene.kernel.end_watch("/site");
    assert_eq!(scene.told(&[]), [(Root, String::new())]);
    scene.watches(&["/", "/site", "/site/a", "/site/a/b"]);
}

#[test]
fn file_systems_of_others_are_not_relied_upon() {
    let kernel = Kernel::of(&["/site/a/b"]);
    kernel.mount("/site/a", Events::Unreliable("nfs"));
    let within = Scene::on(kernel.clone(), &["/site"], None);
    let reason = Reason::FileSystem { path: "/site/a".into(), name: "nfs" };
    assert_eq!(*within.coverage(), Coverage::Partial(reason.clone()));
    let at = Scene::on(kernel, &["/site/a"], None);
    assert_eq!(*at.coverage(), Coverage::None(reason));
}
