//! Reading a small range of a file so that all of its bytes are of one version.

use std::io;

use catzilla_http_conditional::ByteRange;
use catzilla_path_security::{Metadata, Opened};

use crate::fs::{Fs, Wait};

/// What reading came to.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Exactly the range.
    Content(Vec<u8>),
    /// The file is no longer what its validators say.
    Changed,
    /// The file system failed.
    Failed(io::Error),
}

/// The bytes are not in memory, and the caller must not wait for them.
#[derive(Debug)]
pub(crate) struct Blocked {
    /// Given back for another use.
    pub(crate) buffer: Vec<u8>,
    /// Whether the file system can't say what is in memory, now or ever.
    pub(crate) unsupported: bool,
}

/// Reads `range` into `buffer`, then looks whether the file is still as it was when it was opened.
pub(crate) fn fetch(
    fs: &dyn Fs,
    file: &Opened,
    range: ByteRange,
    mut buffer: Vec<u8>,
    wait: Wait,
) -> Result<Fetched, Blocked> {
    // Not cleared: what was read before is overwritten, or the buffer is not used.
    buffer.resize(range.len() as usize, 0);
    let mut filled = 0;
    while filled < buffer.len() {
        match fs.read_at(file, &mut buffer[filled..], range.start() + filled as u64, wait) {
            // The file ends before its length: it was cut.
            Ok(0) => return Ok(Fetched::Changed),
            Ok(n) => filled += n,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) if wait == Wait::Never && err.kind() == io::ErrorKind::WouldBlock => {
                return Err(Blocked { buffer, unsupported: false });
            }
            Err(err) if wait == Wait::Never && err.kind() == io::ErrorKind::Unsupported => {
                return Err(Blocked { buffer, unsupported: true });
            }
            Err(err) => return Ok(Fetched::Failed(err)),
        }
    }
    Ok(match fs.metadata(file) {
        Ok(now) if now == *file.metadata() => Fetched::Content(buffer),
        Ok(_) => Fetched::Changed,
        Err(err) => Fetched::Failed(err),
    })
}

/// Whether two looks at an open file saw the same version, as far as length and time of modification tell: for one who
/// sends what lies in the file, and goes on when another file takes its name, or it gets another owner.
///
/// Whoever begins to read, and can begin anew, compares all metadata: the time of change is the kernel's, and shows what
/// was written by one who then puts the time of modification back.
pub(crate) fn is_same_version(now: &Metadata, then: &Metadata) -> bool {
    now.len() == then.len() && now.modified() == then.modified()
}

// Elsewhere there is no time of change.
#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    use catzilla_path_security::{Policy, RequestPath, Root};

    use super::*;
    use crate::quota::Quota;
    use crate::sealed::{Copied, Sealed};

    /// A file system in which a file is rewritten in place when a piece of it was read, to the same length, and its time
    /// of modification put back.
    #[derive(Debug)]
    struct Rewriting {
        path: PathBuf,
        is_done: AtomicBool,
    }

    impl Fs for Rewriting {
        fn read_at(
            &self,
            file: &Opened,
            buffer: &mut [u8],
            offset: u64,
            _: Wait,
        ) -> io::Result<usize> {
            let len = buffer.len().min(4);
            let read = rustix::io::pread(file.file(), &mut buffer[..len], offset)?;
            if !self.is_done.swap(true, Ordering::SeqCst) {
                let then = file.metadata();
                // Until the clock that files are stamped with has gone on.
                while file.metadata_now()?.changed() == then.changed() {
                    std::fs::write(&self.path, "another")?;
                    let writer = File::options().write(true).open(&self.path)?;
                    writer.set_modified(then.modified())?;
                }
            }
            Ok(read)
        }
    }

    #[track_caller]
    fn check(read: impl FnOnce(&Rewriting, &Opened) -> bool) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "content").unwrap();
        let root = Root::open(dir.path(), Policy::default()).unwrap();
        let opened = root.get(&RequestPath::parse(b"/a").unwrap()).unwrap();
        let fs = Rewriting { path, is_done: AtomicBool::new(false) };
        assert!(read(&fs, &opened));
        let (now, then) = (opened.metadata_now().unwrap(), *opened.metadata());
        assert!(is_same_version(&now, &then), "length and time of modification don't show it");
    }

    #[test]
    fn a_writer_that_puts_the_time_back_is_seen() {
        check(|fs, opened| {
            let range = ByteRange::whole(opened.metadata().len());
            let fetched = fetch(fs, opened, range, Vec::new(), Wait::Allowed);
            matches!(fetched, Ok(Fetched::Changed))
        });
        if cfg!(target_os = "linux") {
            check(|fs, opened| {
                let descriptor = Quota::new(1).take(1).unwrap();
                matches!(Sealed::copy(fs, opened, descriptor), Copied::Changed)
            });
        }
    }
}
