//! An open file or folder: proof that it lies beneath a root and that its policy allows it.

use std::fs::File;
use std::io;

use crate::metadata::{Metadata, of_handle};

/// What a [`Root`](crate::Root) has opened. The metadata come from the handle itself, so there is no moment
/// between the look and the use.
#[derive(Debug)]
pub struct Opened {
    file: File,
    metadata: Metadata,
}

impl Opened {
    pub(crate) fn new(file: File, metadata: Metadata) -> Self {
        Self { file, metadata }
    }

    /// The handle, for reading.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What the file was when it was opened.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it is now: one `fstat`.
    pub fn metadata_now(&self) -> io::Result<Metadata> {
        of_handle(&self.file)
    }

    /// The handle alone.
    pub fn into_file(self) -> File {
        self.file
    }
}
