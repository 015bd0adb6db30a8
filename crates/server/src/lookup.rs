//! Which file answers for a path beneath a mount: the file itself, or the index of a folder.
//! What is sent of it is decided in `exchange.rs`.

use std::sync::Arc;

use catzilla_path_security::{OpenError, Opened, Refusal, RequestPath, Root};

use crate::fs::{Fs, Wait};
use crate::mount::Mount;

/// What stands at a path.
#[derive(Debug)]
pub(crate) enum Found {
    /// A regular file.
    File {
        /// The handle, and the metadata taken from it.
        opened: Opened,
        /// The path beneath the mount, with the name of the index when a folder was asked for.
        path: Arc<str>,
    },
    /// A folder asked for without the slash at the end: relative links in its index would point beside it.
    Folder,
}

/// Opens what `path` means. With `Wait::Never` it may fail with `WouldBlock`, having done nothing.
pub(crate) fn locate(
    fs: &dyn Fs,
    root: &Root,
    mount: &Mount,
    path: &RequestPath<'_>,
    wait: Wait,
) -> Result<Found, OpenError> {
    if path.is_directory() {
        return locate_index(fs, root, mount, path, wait);
    }
    let opened = fs.open(root, path, wait)?;
    if opened.metadata().is_dir() {
        Ok(Found::Folder)
    } else {
        Ok(Found::File { opened, path: path.as_str().into() })
    }
}

fn locate_index(
    fs: &dyn Fs,
    root: &Root,
    mount: &Mount,
    folder: &RequestPath<'_>,
    wait: Wait,
) -> Result<Found, OpenError> {
    for name in &mount.config.index {
        let path = folder.join(name).map_err(OpenError::Refused)?;
        match fs.open(root, &path, wait) {
            Ok(opened) if opened.metadata().is_file() => {
                return Ok(Found::File { opened, path: path.as_str().into() });
            }
            // A folder called index.html, or no such file: the next name has its turn.
            Ok(_) | Err(OpenError::NotFound) => {}
            Err(OpenError::Refused(refusal)) if is_absent(refusal) => {}
            Err(err) => return Err(err),
        }
    }
    Err(OpenError::NotFound)
}

/// Whether a refusal answers as if nothing were there.
pub(crate) fn is_absent(refusal: Refusal) -> bool {
    crate::respond::path_status(refusal) == crate::Status::NOT_FOUND
}
