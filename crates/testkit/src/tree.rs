//! Folders for the length of a test, from a table of what shall be in them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry<'a> {
    /// A regular file with this content.
    File(&'a [u8]),
    /// An empty folder.
    Dir,
    /// A symbolic link with this text.
    Link(&'a str),
    /// A named pipe. Nobody writes to it: whoever opens it to read waits for ever.
    Fifo,
    /// A socket of a server that is gone.
    Socket,
}

/// A temporary folder, removed when it is dropped.
///
/// Its functions panic when the file system refuses: a test can't go on without its files.
///
/// # Examples
///
/// ```
/// use catzilla_testkit::tree::{Entry::*, Tree};
///
/// let tree = Tree::of(&[
///     ("index.html", File(b"<p>hello")),
///     ("css/site.css", File(b"p { color: teal }")),
///     ("empty", Dir),
/// ]);
/// assert!(tree.path("css").is_dir());
/// # #[cfg(unix)]
/// tree.add("home", Link("index.html"));
/// # #[cfg(unix)]
/// assert_eq!(std::fs::read(tree.path("home")).unwrap(), b"<p>hello");
/// ```
#[derive(Debug)]
pub struct Tree {
    dir: TempDir,
}

impl Tree {
    /// A folder with these entries. Folders on the way are made as needed.
    ///
    /// # Panics
    ///
    /// When the file system refuses.
    #[track_caller]
    pub fn of(entries: &[(&str, Entry<'_>)]) -> Self {
        let tree = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        for &(name, entry) in entries {
            tree.add(name, entry);
        }
        tree
    }

    /// Where the folder is.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The path of a name in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes an entry. A file that is there is rewritten in place.
    #[track_caller]
    pub fn add(&self, name: &str, entry: Entry<'_>) {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            check(name, fs::create_dir_all(folder));
        }
        match entry {
            Entry::File(content) => check(name, fs::write(&path, content)),
            Entry::Dir => check(name, fs::create_dir_all(&path)),
            Entry::Link(text) => check(name, special::link(text, &path)),
            Entry::Fifo => check(name, special::fifo(&path)),
            Entry::Socket => check(name, special::socket(&path)),
        }
    }

    /// Replaces a file the careful way: written beside it, then renamed over it.
    #[track_caller]
    pub fn replace(&self, name: &str, content: &[u8]) {
        let beside = self.path(&format!("{name}.new"));
        check(name, fs::write(&beside, content));
        check(name, fs::rename(beside, self.path(name)));
    }

    /// Makes a file look as old as this, counted from now.
    ///
    /// Files of the last two seconds count as racy and get weak tags: most tests want older ones.
    #[track_caller]
    pub fn age(&self, name: &str, age: Duration) {
        let file = File::options().write(true).open(self.path(name));
        check(name, file.and_then(|file| file.set_modified(SystemTime::now() - age)));
    }
}

#[track_caller]
fn check(name: &str, done: std::io::Result<()>) {
    if let Err(error) = done {
        panic!("{name}: {error}");
    }
}

#[cfg(unix)]
mod special {
    use std::io;
    use std::path::Path;
    use std::process::Command;

    pub(super) fn link(text: &str, path: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(text, path)
    }

    pub(super) fn fifo(path: &Path) -> io::Result<()> {
        // The call that makes one has no safe wrapper on every Unix; the command is everywhere.
        let made = Command::new("mkfifo").arg(path).status()?;
        if made.success() { Ok(()) } else { Err(io::Error::other("mkfifo failed")) }
    }

    pub(super) fn socket(path: &Path) -> io::Result<()> {
        std::os::unix::net::UnixListener::bind(path).map(drop)
    }
}

#[cfg(not(unix))]
mod special {
    use std::io;
    use std::path::Path;

    pub(super) fn link(_: &str, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn fifo(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn socket(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
