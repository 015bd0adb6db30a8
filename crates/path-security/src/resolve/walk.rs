//! The portable way: from name to name, each opened without following a link, each relative to the handle
//! before it. Links are read and resolved by hand; `..` in them goes back over our own handles and never
//! asks the file system, so that nothing that is renamed meanwhile can lead outside.

use std::collections::VecDeque;
use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;

use super::{Found, failure, reading};
use crate::error::OpenError;
use crate::policy::Symlinks;
use crate::refusal::Refusal;
use crate::request_path::RequestPath;
use crate::root::of_link;

/// As many links as Linux follows on one path.
const MAX_LINKS: usize = 40;

/// A handle that one can go on from, and not read.
#[cfg(target_os = "linux")]
pub(super) const PASSING: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
pub(super) const PASSING: OFlags = OFlags::RDONLY;

pub(super) fn find(
    root: &OwnedFd,
    path: &RequestPath<'_>,
    links: Symlinks,
) -> Result<Found, OpenError> {
    if links == Symlinks::Follow {
        let name = if path.is_root() { "." } else { path.as_str() };
        let file = retrying(|| openat(root, name, reading(), Mode::empty())).map_err(failure)?;
        return Ok(Found { file: File::from(file), resolved: None });
    }
    let mut walk = Walk {
        root,
        passed: Vec::new(),
        links_left: MAX_LINKS,
        follows: links == Symlinks::Within,
    };
    walk.go(path.segments().map(str::to_owned).collect())
}

struct Walk<'a> {
    root: &'a OwnedFd,
    /// The folders between the root and here, with their names.
    passed: Vec<(String, OwnedFd)>,
    links_left: usize,
    follows: bool,
}

impl Walk<'_> {
    fn go(&mut self, mut names: VecDeque<String>) -> Result<Found, OpenError> {
        let mut followed = false;
        while let Some(name) = names.pop_front() {
            match &*name {
                "" | "." => continue,
                ".." => {
                    self.passed.pop().ok_or(Refusal::OutsideRoot)?;
                    continue;
                }
                _ => {}
            }
            let is_last = names.is_empty();
            let flags =
                if is_last { reading() } else { PASSING | OFlags::DIRECTORY | OFlags::CLOEXEC };
            let opened =
                retrying(|| openat(self.here(), &*name, flags | OFlags::NOFOLLOW, Mode::empty()));
            match opened {
                Ok(file) if is_last => {
                    let resolved = if followed { Some(self.path_of(&name)?) } else { None };
                    return Ok(Found { file: File::from(file), resolved });
                }
                Ok(folder) => self.passed.push((name, folder)),
                // What systems say of a link that they don't follow: ELOOP, ENOTDIR, on the BSDs EMLINK.
                Err(errno @ (Errno::LOOP | Errno::NOTDIR | Errno::MLINK)) => match self.link(&name)
                {
                    Ok(target) => {
                        self.follow(&target, &mut names)?;
                        followed = true;
                    }
                    // A link no more: somebody has put something else in its place meanwhile.
                    Err(Errno::INVAL) if errno != Errno::NOTDIR && self.links_left > 0 => {
                        self.links_left -= 1;
                        names.push_front(name);
                    }
                    Err(Errno::INVAL) => return Err(failure(errno)),
                    Err(errno) => return Err(failure(errno)),
                },
                Err(errno) => return Err(failure(errno)),
            }
        }
        // The root itself, or a link that leads back to a folder on the way.
        let file =
            retrying(|| openat(self.here(), ".", reading(), Mode::empty())).map_err(failure)?;
        let resolved = if followed { Some(self.path_of("")?) } else { None };
        Ok(Found { file: File::from(file), resolved })
    }

    fn here(&self) -> &OwnedFd {
        self.passed.last().map_or(self.root, |(_, folder)| folder)
    }

    /// What a name links to; `EINVAL` if it is no link.
    fn link(&self, name: &str) -> rustix::io::Result<Vec<u8>> {
        retrying(|| readlinkat(self.here().as_fd(), name, Vec::new())).map(CString::into_bytes)
    }

    /// Puts the names of a link's target before those that are left.
    fn follow(&mut self, target: &[u8], names: &mut VecDeque<String>) -> Result<(), OpenError> {
        if !self.follows || self.links_left == 0 {
            return Err(Refusal::Symlink.into());
        }
        self.links_left -= 1;
        if target.starts_with(b"/") {
            return Err(Refusal::OutsideRoot.into());
        }
        // A name that is not text can't be in a request either.
        let target = str::from_utf8(target).map_err(|_| Refusal::Symlink)?;
        for name in target.split('/').rev() {
            names.push_front(name.to_owned());
        }
        Ok(())
    }

    /// Where the walk has led, judged as any path.
    fn path_of(&self, last: &str) -> Result<RequestPath<'static>, Refusal> {
        let mut text = String::new();
        for name in self.passed.iter().map(|(name, _)| &**name).chain([last]) {
            text.push('/');
            text.push_str(name);
        }
        RequestPath::from_text(&text).map_err(of_link)
    }
}

fn retrying<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
