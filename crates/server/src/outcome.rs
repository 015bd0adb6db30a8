//! How a request can end other than with content, before it has a status.
//! Which status each of them gets is chosen in `respond.rs`.

use catzilla_path_security::{OpenError, Refusal};

use crate::http1;

/// Why a request gets no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The gate refused the head or the framing of the body.
    Gate(http1::Refusal),
    /// The head did not arrive in time.
    HeadTooSlow,
    /// The path, or a rule of the mount, refuses the request.
    Path(Refusal),
    /// The bytes of the file are not what its name says.
    Content,
    /// There is no such file, or none that may be known of.
    NotFound,
    /// The process may not read the file.
    PermissionDenied,
    /// The file kept changing while it was read.
    Changing,
    /// The file system failed.
    Io,
    /// No descriptor, or no place in the queue of the blocking pool or in the application.
    Overloaded,
    /// The application has failed, or its answer can't be sent as it is.
    Application,
    /// The application has not answered in time.
    ApplicationTooSlow,
    /// The handling of the request panicked.
    Panicked,
}

impl From<OpenError> for Failure {
    fn from(err: OpenError) -> Self {
        match err {
            OpenError::Refused(refusal) => Self::Path(refusal),
            OpenError::NotFound => Self::NotFound,
            OpenError::PermissionDenied => Self::PermissionDenied,
            // The pool waits; it is never told that it would have to.
            OpenError::WouldBlock => Self::Io,
            OpenError::Io(err) => Self::from_io(&err),
        }
    }
}

impl Failure {
    /// What an error of the file system means for the client.
    pub(crate) fn from_io(err: &std::io::Error) -> Self {
        if is_out_of_descriptors(err) { Self::Overloaded } else { Self::Io }
    }
}

/// EMFILE and ENFILE: the process or the machine has no descriptor left, for now.
#[cfg(unix)]
pub(crate) fn is_out_of_descriptors(err: &std::io::Error) -> bool {
    use rustix::io::Errno;

    matches!(err.raw_os_error().map(Errno::from_raw_os_error), Some(Errno::MFILE | Errno::NFILE))
}

#[cfg(not(unix))]
pub(crate) fn is_out_of_descriptors(_: &std::io::Error) -> bool {
    false
}
