//! Under what the cache holds an asset, and how it is looked up without allocating.
//! Which key a request has is told in `source.rs`.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Under what an asset is held: a mount, and a path beneath it as clients ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssetKey {
    pub(crate) mount: u64,
    pub(crate) path: Arc<str>,
    /// Whether it was asked for as a folder: its index answers.
    pub(crate) is_directory: bool,
}

/// A key that need not be owned, so that looking up allocates nothing.
pub(crate) trait Key {
    fn parts(&self) -> (u64, &str, bool);
}

impl Key for AssetKey {
    fn parts(&self) -> (u64, &str, bool) {
        (self.mount, &self.path, self.is_directory)
    }
}

impl From<&dyn Key> for AssetKey {
    fn from(key: &dyn Key) -> Self {
        let (mount, path, is_directory) = key.parts();
        Self { mount, path: path.into(), is_directory }
    }
}

impl Key for (u64, &str, bool) {
    fn parts(&self) -> (u64, &str, bool) {
        *self
    }
}

impl<'a> Borrow<dyn Key + 'a> for AssetKey {
    fn borrow(&self) -> &(dyn Key + 'a) {
        self
    }
}

impl Hash for AssetKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl Hash for dyn Key + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Key + '_ {}
