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

/// Reads `range` into `buffer`, then looks whether the file is still the one that was opened: a file that
/// is rewritten in place changes its time or length at the first write.
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
        Ok(now) if is_same_version(&now, file.metadata()) => Fetched::Content(buffer),
        Ok(_) => Fetched::Changed,
        Err(err) => Fetched::Failed(err),
    })
}

/// Whether two looks at a file saw the same version, as far as metadata tell.
pub(crate) fn is_same_version(now: &Metadata, then: &Metadata) -> bool {
    now.len() == then.len() && now.modified() == then.modified()
}
