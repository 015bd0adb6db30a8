//! A look at the file of an asset that is held: whether it still is the one that was read.

use std::time::Duration;

use catzilla_hot_cache::Held;
use catzilla_path_security::{OpenError, RequestPath};

use crate::asset::Asset;
use crate::asset_key::Key;
use crate::fs::{Fs, Wait};
use crate::lookup::{Found, locate};
use crate::mount::Mount;
use crate::notes::Looking;
use crate::source::key_of;
use crate::store::Store;

/// The duty to look at a file, of one among all who ask for it: the others are answered with what is held, for as long
/// as a look takes. After that it is another's: this one may wait for a disk, or never come to it.
pub(crate) struct Look {
    asset: Held<Asset>,
    /// When it began.
    now: Duration,
    _looking: Looking,
}

/// What a look came to.
pub(crate) enum Seen {
    /// The file is as it was, or it can't be told just now.
    AsHeld,
    /// Something else stands there; what was held of the old one is forgotten.
    Another,
    /// It can't be told without waiting.
    WouldBlock(Look),
}

impl Look {
    /// `None` if no look is due, or another does it.
    pub(crate) fn new(asset: &Held<Asset>, now: Duration) -> Option<Self> {
        let looking = asset.begin_look(now)?;
        Some(Self { asset: asset.clone(), now, _looking: looking })
    }

    pub(crate) fn asset(&self) -> &Held<Asset> {
        &self.asset
    }

    /// Looks whether the path still means the file, unchanged, that the asset was made of.
    pub(crate) fn at(
        self,
        fs: &dyn Fs,
        mount: &Mount,
        path: &RequestPath<'_>,
        store: &Store,
        wait: Wait,
    ) -> Seen {
        let located = locate(fs, &mount.root(), mount, path, wait);
        if matches!(located, Err(OpenError::WouldBlock)) {
            return Seen::WouldBlock(self);
        }
        match located {
            Ok(Found::File { opened, .. }) if opened.metadata() == self.asset.seen() => {
                self.asset.looked(self.now);
                Seen::AsHeld
            }
            // No descriptors, no memory, a disk that fails: it says nothing about the file, and if all that is held
            // were forgotten for it, all of it would have to be read just now.
            Err(OpenError::Io(err)) => {
                store.look_failed(path.as_str(), &err);
                self.asset.looked(self.now);
                Seen::AsHeld
            }
            _ => {
                let key = key_of(mount, path);
                store.forget_version(&key as &dyn Key, &self.asset);
                Seen::Another
            }
        }
    }
}
