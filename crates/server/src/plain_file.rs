//! Files that are read whole: certificates, keys, lists. Whoever can write them may put anything in their place.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What is in it. Waits for the disk, and for nothing else.
///
/// # Errors
/// Whatever the system says; `FileTooLarge` when it has more bytes than `most`.
pub(crate) fn read(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(file)?.take(most + 1).read_to_end(&mut content)?;
    if content.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {most} bytes"),
        ));
    }
    Ok(content)
}

/// A regular file: whoever opens another kind may wait for ever.
fn open(file: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NONBLOCK.bits() as i32,
    );
    let file = options.open(file)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}
