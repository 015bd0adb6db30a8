//! Loading into the cache: what it takes, and who is told what came of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use catzilla_hot_cache::Load;
use catzilla_path_security::{OpenError, RequestPath};

use crate::asset::{Asset, AssetKey, Key};
use crate::cache_status::{Came, Why};
use crate::cached::Tried;
use crate::exchange::Stage;
use crate::fs::{Fs, Wait};
use crate::load::{Keep, Loaded, Loading};
use crate::mount::Mount;
use crate::outcome::Failure;
use crate::store::Store;

/// What a load needs, owned, so that it can go to the pool.
pub(crate) struct Source {
    pub(crate) fs: Arc<dyn Fs>,
    pub(crate) store: Arc<Store>,
    pub(crate) mount: Arc<Mount>,
    pub(crate) now: SystemTime,
    pub(crate) monotonic: Duration,
    pub(crate) why: Why,
}

impl Source {
    pub(crate) fn load(&self, path: &RequestPath<'_>, wait: Wait) -> Result<Loaded, OpenError> {
        let loading = Loading {
            fs: &*self.fs,
            mount: &self.mount,
            path,
            store: &self.store,
            now: self.now,
            monotonic: self.monotonic,
        };
        loading.load(wait)
    }

    /// Tells those who wait, and the cache, what came of a load. Without a load it is for this request alone.
    pub(crate) fn settle(
        &self,
        path: &RequestPath<'_>,
        load: Option<Load<AssetKey, Asset>>,
        loaded: Result<Loaded, OpenError>,
    ) -> Stage {
        let failure = match loaded {
            Ok(Loaded::Asset(asset, keep)) => {
                let key = AssetKey::from(&key_of(&self.mount, path) as &dyn Key);
                let asset = match load {
                    Some(load) if keep == Keep::Yes => load.finish(*asset).held,
                    Some(load) => load.share(*asset),
                    None => self.store.cache.hold(&key, *asset),
                };
                let came = if asset.is_resident() {
                    Came::Stored(self.why)
                } else {
                    Came::Passed(self.why)
                };
                return Stage::Held { key, asset, came, tried: Tried::No };
            }
            Ok(Loaded::Folder) => {
                decline(load);
                return Stage::Folder(Arc::clone(&self.mount));
            }
            Ok(Loaded::Refused) => Failure::Content,
            Ok(Loaded::Changing) => Failure::Changing,
            Err(err) => err.into(),
        };
        decline(load);
        Stage::Refused(Arc::clone(&self.mount), failure)
    }
}

/// Under what the cache holds a path of a mount.
pub(crate) fn key_of<'p>(mount: &Mount, path: &'p RequestPath<'_>) -> (u32, &'p str, bool) {
    (mount.id, path.as_str(), path.is_directory())
}

fn decline(load: Option<Load<AssetKey, Asset>>) {
    if let Some(load) = load {
        load.decline();
    }
}
