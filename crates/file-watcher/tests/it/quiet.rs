//! What a server does all day is not told.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use catzilla_file_watcher::ChangeKind;
use catzilla_testkit::tree::Entry::{Dir, File as Content};
use catzilla_testkit::tree::Tree;

use crate::listener::watch;

/// `IN_ACCESS`, `IN_CLOSE_NOWRITE` and `IN_OPEN` of `linux/inotify.h`.
const READING: u32 = 0x01 | 0x10 | 0x20;
/// `IN_MODIFY` and `IN_CLOSE_WRITE`.
const WRITING: u32 = 0x02 | 0x08;

#[test]
fn thousands_of_files_that_are_read_tell_nothing() {
    let tree = Tree::of(&[("sub", Dir)]);
    let names: Vec<String> = (0..2000).map(|n| format!("sub/{n}.html")).collect();
    for name in &names {
        tree.add(name, Content(b"<p>hello"));
    }
    let listener = watch(tree.root());
    for name in &names {
        let path = tree.path(name);
        let mut content = String::new();
        let mut file = File::open(&path).unwrap();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 8);
        drop(file);
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }
    assert_eq!(fs::read_dir(tree.path("sub")).unwrap().count(), 2000);
    // Events come in order: what is told of this comes after whatever was told of the reads.
    fs::write(tree.path("sub/last"), "").unwrap();
    assert_eq!(listener.until(ChangeKind::File, "sub/last"), []);
}

#[test]
fn the_kernel_is_not_even_asked_for_what_reading_does() {
    let tree = Tree::of(&[("sub", Dir)]);
    let _listener = watch(tree.root());
    let parent = tree.root().parent().unwrap().to_owned();
    for (folder, is_of_root) in [(tree.path("sub"), true), (tree.path(""), true), (parent, false)] {
        let masks = masks(&folder);
        assert!(!masks.is_empty(), "{} is watched", folder.display());
        // Other tests watch the parent too, some of them by other means.
        if is_of_root {
            assert_eq!(masks.len(), 1);
            assert_eq!(masks[0] & READING, 0);
            assert_eq!(masks[0] & WRITING, WRITING);
        } else {
            assert!(masks.iter().any(|mask| mask & (READING | WRITING) == 0), "{masks:x?}");
        }
    }
}

/// The masks of all watches of this process over a folder, as the kernel shows them.
fn masks(folder: &Path) -> Vec<u32> {
    let inode = format!("ino:{:x}", fs::metadata(folder).unwrap().ino());
    let mut masks = Vec::new();
    for entry in fs::read_dir("/proc/self/fdinfo").unwrap().flatten() {
        // A descriptor of another test may be closed by now.
        let info = fs::read_to_string(entry.path()).unwrap_or_default();
        for line in info.lines().filter(|line| line.starts_with("inotify")) {
            let mut words = line.split(' ');
            if words.any(|word| word == inode) {
                let mask = words.find_map(|word| word.strip_prefix("mask:")).unwrap();
                masks.push(u32::from_str_radix(mask, 16).unwrap());
            }
        }
    }
    masks
}
