//! Files that somebody makes something of: keys and lists for middlewares. Read at the start, and whenever they have
//! changed; what is wrong with one leaves what was made of it before.

use std::fmt;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::app::BoxError;
use crate::file_looks::FileLooks;
use crate::plain_file;

/// As many bytes are read of a file.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Makes something of the content of a file.
type Reading = Box<dyn FnMut(&[u8]) -> Result<(), BoxError> + Send>;

/// A file that is to be followed.
pub(crate) struct Following {
    pub(crate) file: PathBuf,
    pub(crate) read: Reading,
}

/// One that is.
pub(crate) struct Followed {
    file: PathBuf,
    /// Held while the file is read, so that what was read last is what counts.
    turn: Mutex<Turn>,
}

struct Turn {
    read: Reading,
    looks: FileLooks<1>,
}

impl Followed {
    /// Reads the file for the first time.
    pub(crate) fn begin(following: Following) -> Result<Self, FollowError> {
        let Following { file, read } = following;
        // It may change while it is read: the next look sees it.
        let mut turn = Turn { read, looks: FileLooks::new([&file]) };
        turn.exchange(&file)?;
        Ok(Self { file, turn: Mutex::new(turn) })
    }

    /// Reads it again if it has changed, and has been quiet since the last look.
    pub(crate) fn look(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if turn.looks.look([&self.file]) {
            // It is in the log.
            let _ = self.read_again(&mut turn);
        }
    }

    /// Reads it again.
    pub(crate) fn reload(&self) -> Result<(), FollowError> {
        self.read_again(&mut self.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read_again(&self, turn: &mut Turn) -> Result<(), FollowError> {
        turn.looks = FileLooks::new([&self.file]);
        let exchanged = turn.exchange(&self.file);
        match &exchanged {
            Ok(()) => tracing::info!(file = %self.file.display(), "a file was read again"),
            Err(err) => {
                tracing::error!(%err, "what was made of a file before stays");
            }
        }
        exchanged
    }
}

impl Turn {
    fn exchange(&mut self, file: &Path) -> Result<(), FollowError> {
        let read = plain_file::read(file, MAX_BYTES).map_err(Problem::Read);
        let made = read.and_then(|content| {
            let made = catch_unwind(AssertUnwindSafe(|| (self.read)(&content)));
            made.unwrap_or_else(|_| Err("what reads it panicked".into())).map_err(Problem::Content)
        });
        made.map_err(|problem| FollowError { file: file.to_owned(), problem })
    }
}

/// A file that is followed and can't be read, or of which nothing can be made.
#[derive(Debug)]
pub struct FollowError {
    file: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    /// The file can't be read.
    Read(io::Error),
    /// Whoever was to make something of its content says this.
    Content(BoxError),
}

impl fmt::Display for FollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        match &self.problem {
            Problem::Read(err) => {
                write!(f, "this file is followed, and can't be read ({err}): {}", mend(err.kind()))
            }
            Problem::Content(err) => err.fmt(f),
        }
    }
}

fn mend(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "write it before the server starts, or mend the path",
        ErrorKind::PermissionDenied => "let the user that the server runs as read it",
        _ => "put a regular file of 16 MiB at most there",
    }
}

impl std::error::Error for FollowError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Read(err) => err.source(),
            Problem::Content(err) => err.source(),
        }
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following").field("file", &self.file).finish_non_exhaustive()
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed").field("file", &self.file).finish_non_exhaustive()
    }
}
