use std::fs;

use super::*;

#[test]
fn what_stands_in_place_of_the_folder_is_opened_or_complained_about_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("site");
    fs::create_dir(&path).unwrap();
    let mount = Mount::open(0, MountConfig::new("/", &path)).unwrap();
    let first = mount.root().identity();
    mount.read_mode.store(ReadMode::Pool as u8, Ordering::Relaxed);
    assert!(!mount.reopen_if_replaced().unwrap());

    fs::rename(&path, dir.path().join("old")).unwrap();
    assert!(!mount.reopen_if_replaced().unwrap(), "gone, for now");
    // A file is no folder.
    fs::write(&path, "a").unwrap();
    mount.reopen_if_replaced().expect_err("it is told");
    for _ in 0..3 {
        assert!(!mount.reopen_if_replaced().unwrap(), "once");
    }
    // Another one is told again. Both live, so that they can't have the same identity.
    fs::rename(&path, dir.path().join("file")).unwrap();
    fs::write(&path, "b").unwrap();
    mount.reopen_if_replaced().expect_err("it is told");
    assert_eq!((mount.root().identity(), mount.read_mode()), (first, ReadMode::Pool));

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(mount.reopen_if_replaced().unwrap());
    assert_eq!(mount.read_mode(), ReadMode::NoWait, "the new folder shows by itself what it can");
    assert!(mount.root().identity() != first && !mount.reopen_if_replaced().unwrap());
}
