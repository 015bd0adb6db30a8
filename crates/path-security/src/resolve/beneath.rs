//! Containment by the kernel: one `openat2` that can't leave the folder, whatever is renamed or linked
//! meanwhile (Linux 5.6, openat2(2)).

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::{Found, Resolver, Wait, failure, reading};
use crate::error::OpenError;
use crate::policy::Symlinks;
use crate::request_path::RequestPath;

/// How often a resolution that a rename disturbed is begun anew.
const MAX_RETRIES: usize = 64;

/// What the kernel can do for us.
#[derive(Debug)]
pub(super) struct Kernel {
    /// `openat2` is there and not forbidden.
    resolves: bool,
    /// It knows `RESOLVE_CACHED`.
    tells_from_memory: bool,
}

impl Kernel {
    pub(super) fn probe(handle: &OwnedFd, resolver: Resolver) -> Self {
        let can = |resolve| {
            resolver == Resolver::Kernel
                && openat2(handle, ".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve)
                    .is_ok()
        };
        Self {
            resolves: can(ResolveFlags::BENEATH),
            tells_from_memory: can(ResolveFlags::BENEATH | ResolveFlags::CACHED),
        }
    }

    /// Opens a path; `None` when it takes a walk.
    pub(super) fn find(
        &self,
        handle: &OwnedFd,
        path: &RequestPath<'_>,
        links: Symlinks,
        wait: Wait,
    ) -> Option<Result<Found, OpenError>> {
        if !self.resolves {
            return None;
        }
        let mut resolve = match links {
            // `Within`, too: only a path with links in it takes the walk, which knows where they lead.
            Symlinks::Never | Symlinks::Within => ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
            Symlinks::Follow => ResolveFlags::empty(),
        } | ResolveFlags::NO_MAGICLINKS;
        if wait == Wait::Never {
            if !self.tells_from_memory {
                return None;
            }
            resolve |= ResolveFlags::CACHED;
        }
        let name = if path.is_root() { "." } else { path.as_str() };
        for _ in 0..MAX_RETRIES {
            return match openat2(handle, name, reading(), Mode::empty(), resolve) {
                Ok(file) => Some(Ok(Found { file: File::from(file), resolved: None })),
                Err(Errno::AGAIN) if wait == Wait::Never => Some(Err(OpenError::WouldBlock)),
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(Errno::LOOP) if links == Symlinks::Within => None,
                // A name that this file system can't have.
                Err(Errno::INVAL | Errno::ILSEQ) => Some(Err(OpenError::NotFound)),
                // Forbidden by a filter that came after the probe, as far as can be told.
                Err(Errno::NOSYS | Errno::PERM) => None,
                Err(errno) => Some(Err(failure(errno))),
            };
        }
        // Disturbed again and again: a walk goes from one name to the next, however they are moved.
        None
    }
}
