//! Whether files that are read as one have changed: by looking at them, once a second.
//!
//! A look follows every link, so it sees a file that was rewritten, one that was renamed over it, a link that was
//! pointed elsewhere (as certbot does), and a folder behind a link that was swapped (as Kubernetes does), on every
//! file system. A few files a second cost less than watching every folder on the way to them.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// What looks saw, of all files.
#[derive(Debug)]
pub(crate) struct FileLooks<const N: usize> {
    /// When they were read last.
    read: [Option<Seen>; N],
    /// Now.
    last: [Option<Seen>; N],
    /// When they are to be read again though nothing has changed.
    again: Option<SystemTime>,
}

/// What tells two files, and two versions of one, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    len: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    identity: [u64; 2],
    #[cfg(unix)]
    changed: (i64, i64),
}

impl<const N: usize> FileLooks<N> {
    /// The files as they are now are about to be read.
    pub(crate) fn new(files: [&Path; N]) -> Self {
        let seen = see(files);
        Self { read: seen, last: seen, again: None }
    }

    /// They are to be read again from then on: their time will have come.
    pub(crate) fn come_back(&mut self, then: SystemTime) {
        self.again = Some(then);
    }

    /// Whether that is now.
    pub(crate) fn is_due(&self, now: SystemTime) -> bool {
        self.again.is_some_and(|then| now >= then)
    }

    /// Whether the files have changed since they were read, and not since the last look: whoever writes two files
    /// writes them one after the other, and one of some length bit by bit.
    pub(crate) fn look(&mut self, files: [&Path; N]) -> bool {
        let now = see(files);
        let is_quiet = now == self.last;
        self.last = now;
        is_quiet && now != self.read
    }
}

fn see<const N: usize>(files: [&Path; N]) -> [Option<Seen>; N] {
    files.map(|file| fs::metadata(file).ok().as_ref().map(Seen::of))
}

impl Seen {
    #[cfg(unix)]
    fn of(file: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self {
            len: file.len(),
            modified: file.modified().ok(),
            identity: [file.dev(), file.ino()],
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }

    #[cfg(not(unix))]
    fn of(file: &Metadata) -> Self {
        Self { len: file.len(), modified: file.modified().ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once_it_is_quiet_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let [cert, key, fresh] = ["cert", "key", "fresh"].map(|name| dir.path().join(name));
        fs::write(&cert, "a").unwrap();
        let mut looks = FileLooks::new([&cert, &key]);
        assert!(!looks.look([&cert, &key]) && !looks.look([&cert, &key]), "nothing has changed");
        fs::write(&key, "a").unwrap();
        assert!(!looks.look([&cert, &key]), "it has just come");
        fs::write(&fresh, "a").unwrap();
        fs::rename(&fresh, &cert).unwrap();
        assert!(!looks.look([&cert, &key]), "of the same length, by another file");
        assert!(looks.look([&cert, &key]));
        looks = FileLooks::new([&cert, &key]);
        assert!(!looks.look([&cert, &key]), "it was read");
        fs::remove_file(&key).unwrap();
        assert!(!looks.look([&cert, &key]) && looks.look([&cert, &key]), "one is gone");
    }

    #[cfg(unix)]
    #[test]
    fn what_a_folder_behind_a_link_holds() {
        use std::os::unix::fs::symlink;

        let dir = tempfile::tempdir().unwrap();
        for version in ["1", "2"] {
            fs::create_dir(dir.path().join(version)).unwrap();
            fs::write(dir.path().join(version).join("cert"), "same length").unwrap();
        }
        let (data, fresh) = (dir.path().join("data"), dir.path().join("fresh"));
        symlink("1", &data).unwrap();
        symlink("2", &fresh).unwrap();
        symlink("data/cert", dir.path().join("cert")).unwrap();
        let (cert, key) = (dir.path().join("cert"), dir.path().join("key"));
        let mut looks = FileLooks::new([&cert, &key]);
        fs::rename(&fresh, &data).unwrap();
        assert!(!looks.look([&cert, &key]) && looks.look([&cert, &key]));
    }
}
