//! `Root`: an opened folder, the only way to reach a file.

use std::path::Path;
use std::sync::Arc;

use crate::error::{OpenError, RootError};
use crate::metadata::{Identity, Metadata, of_handle};
use crate::opened::Opened;
use crate::policy::Policy;
use crate::refusal::{Refusal, RefusalClass};
use crate::request_path::RequestPath;
use crate::resolve::{Folder, Found, Resolver, Wait};

/// A folder whose files may be opened, and no others.
///
/// Everything is opened relative to the folder's handle: renaming the folder, or putting another at its old
/// path, changes nothing here. A `Root` may be shared by threads.
#[derive(Debug)]
pub struct Root {
    folder: Arc<Folder>,
    policy: Policy,
    identity: Identity,
}

impl Root {
    /// Opens a folder of the host. Its own path may have links; what lies beneath is judged by the policy.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or the process may not open it.
    pub fn open(dir: impl AsRef<Path>, policy: Policy) -> Result<Self, RootError> {
        Self::open_with(dir, policy, Resolver::Kernel)
    }

    /// As [`open`](Self::open), with a say in how paths are resolved. Both ways keep the same contract; where
    /// the kernel can't, [`Resolver::Kernel`] falls back to [`Resolver::Walk`] by itself.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(
        dir: impl AsRef<Path>,
        policy: Policy,
        resolver: Resolver,
    ) -> Result<Self, RootError> {
        let dir = dir.as_ref();
        let fail = |err| RootError::new(dir, err);
        let folder = Folder::open(dir, resolver).map_err(fail)?;
        let identity = of_handle(folder.handle()).map_err(fail)?.identity();
        Ok(Self { folder: Arc::new(folder), policy, identity })
    }

    /// The same folder by the same handle, without the rules about extensions and patterns: for a file that belongs to
    /// another, which these have judged, as `app.js.br` does to `app.js`. Hidden names, links, kinds and sizes are
    /// judged as before.
    ///
    /// Never for a name that a client chose.
    #[must_use]
    pub fn with_any_name(&self) -> Self {
        let policy = self.policy.clone().with_any_name();
        Self { folder: Arc::clone(&self.folder), policy, identity: self.identity }
    }

    /// Which folder it is. Compared with [`identity`](crate::identity) of its path, it tells whether another
    /// folder stands there now.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The rules.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Opens the file or folder that a path means. May wait for a disk; never for a FIFO or a device.
    ///
    /// # Errors
    ///
    /// What refuses it, or why there is nothing; never [`OpenError::WouldBlock`].
    pub fn get(&self, path: &RequestPath<'_>) -> Result<Opened, OpenError> {
        self.open_beneath(path, Wait::Allowed)
    }

    /// As [`get`](Self::get), if the kernel can tell from memory (`RESOLVE_CACHED`, Linux 5.12).
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`OpenError::WouldBlock`] when it can't be told without waiting.
    pub fn get_cached(&self, path: &RequestPath<'_>) -> Result<Opened, OpenError> {
        self.open_beneath(path, Wait::Never)
    }

    fn open_beneath(&self, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        self.policy.judge_names(path)?;
        // Only a folder may have the extension of a file that is refused. Whether such a file exists
        // is nobody's business, so the verdict is the same if it doesn't.
        match (self.policy.judge_extension(path), self.open_named(path, wait)) {
            (Err(refusal), opened) => match opened {
                Ok(opened) if opened.metadata().is_dir() => Ok(opened),
                Err(OpenError::WouldBlock) => Err(OpenError::WouldBlock),
                _ => Err(refusal.into()),
            },
            (Ok(()), opened) => opened,
        }
    }

    fn open_named(&self, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        let Found { file, resolved } = self.folder.find(path, self.policy.links(), wait)?;
        let metadata = of_handle(&file).map_err(OpenError::Io)?;
        if path.is_directory() && metadata.is_file() {
            // `/file/` is no name of a file.
            return Err(OpenError::NotFound);
        }
        if let Some(resolved) = resolved {
            self.judge_resolved(&resolved, &metadata)?;
        }
        self.policy.judge_opened(&metadata)?;
        Ok(Opened::new(file, metadata))
    }

    /// Links were followed: the rules for names hold for where they led, too.
    fn judge_resolved(
        &self,
        resolved: &RequestPath<'_>,
        metadata: &Metadata,
    ) -> Result<(), Refusal> {
        let by_names = self.policy.judge_names(resolved);
        let by_extension =
            if metadata.is_dir() { Ok(()) } else { self.policy.judge_extension(resolved) };
        by_names.and(by_extension).map_err(of_link)
    }
}

/// What is wrong with the target of a link is no fault of the request.
pub(crate) fn of_link(refusal: Refusal) -> Refusal {
    if refusal.class() == RefusalClass::Malformed { Refusal::Symlink } else { refusal }
}
