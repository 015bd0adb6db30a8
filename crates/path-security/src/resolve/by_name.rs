//! Where there are no handles to go on from: names are looked at one by one, then the file is opened by its
//! name. Between the look and the open somebody may exchange a folder for a link, so that this is no
//! containment against whoever can write in the tree. Untested.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Found;
use crate::error::OpenError;
use crate::policy::Symlinks;
use crate::refusal::Refusal;
use crate::request_path::RequestPath;

#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    file: File,
}

impl Folder {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let dir = fs::canonicalize(dir)?;
        if !fs::metadata(&dir)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { file: File::open(&dir)?, dir })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn find(&self, path: &RequestPath<'_>, links: Symlinks) -> Result<Found, OpenError> {
        let mut here = self.dir.clone();
        for name in path.segments() {
            here.push(name);
            // `Within` needs handles to be safe: without them every link is refused.
            if links != Symlinks::Follow
                && fs::symlink_metadata(&here).map_err(failure)?.is_symlink()
            {
                return Err(Refusal::Symlink.into());
            }
        }
        let file = File::open(&here).map_err(failure)?;
        Ok(Found { file, resolved: None })
    }
}

fn failure(err: io::Error) -> OpenError {
    match err.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => OpenError::NotFound,
        io::ErrorKind::PermissionDenied => OpenError::PermissionDenied,
        _ => OpenError::Io(err),
    }
}
