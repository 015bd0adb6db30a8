//! What stands on the disk, for all platforms alike.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use crate::mapping::{Entry, Found, Listing};

pub(crate) fn look(path: &Path) -> io::Result<Found> {
    let kind = fs::symlink_metadata(path)?.file_type();
    Ok(if kind.is_dir() {
        Found::Folder
    } else if kind.is_symlink() {
        Found::Link(fs::read_link(path)?)
    } else {
        Found::File
    })
}

pub(crate) fn list(folder: &Path) -> io::Result<Listing> {
    let device = device(&fs::symlink_metadata(folder)?);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => entries.push((entry.file_name(), Entry::Folder)),
            Ok(kind) if kind.is_symlink() => entries.push((entry.file_name(), Entry::Link)),
            // What has gone since is told by the folder's watch.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(Listing { device, entries })
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}
