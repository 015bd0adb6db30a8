//! Loading into the cache: what it takes, and who is told what came of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use catzilla_hot_cache::Load;
use catzilla_path_security::{OpenError, RequestPath};

use crate::asset::{Asset, Stored};
use crate::asset_key::{AssetKey, Key};
use crate::cache_status::{Came, Why};
use crate::cached::Tried;
use crate::direct::{self, By};
use crate::exchange::Stage;
use crate::fs::Fs;
use crate::load::{Keep, Loaded};
use crate::lookup::Found;
use crate::mount::Mount;
use crate::outcome::Failure;
use crate::store::Store;

/// What a load needs, owned, so that it can go to the pool. How it is done is told in `load.rs`.
pub(crate) struct Source {
    pub(crate) fs: Arc<dyn Fs>,
    pub(crate) store: Arc<Store>,
    pub(crate) mount: Arc<Mount>,
    pub(crate) now: SystemTime,
    pub(crate) monotonic: Duration,
    pub(crate) why: Why,
}

impl Source {
    /// Tells those who wait, and the cache, what came of a load. Without a load it is for this request alone.
    pub(crate) fn settle(
        &self,
        path: &RequestPath<'_>,
        load: Option<Load<AssetKey, Asset>>,
        loaded: Result<Loaded, OpenError>,
        by: By,
    ) -> Stage {
        let failure = match loaded {
            Ok(Loaded::Asset(asset, keep)) => {
                let key = AssetKey::from(&key_of(&self.mount, path) as &dyn Key);
                let asset = match load {
                    // What is asked after the load has begun holds: a mount is retired first, and then searched for.
                    Some(load) if keep == Keep::Yes && !self.mount.is_retired() => {
                        load.finish(*asset).held
                    }
                    Some(load) => load.share(*asset),
                    None => self.store.cache.hold(&key, *asset),
                };
                if keep == Keep::Yes && !asset.is_resident() {
                    // It may have been given what was made of the same content before: for the next one.
                    self.store.past.keep(asset.clone());
                }
                if asset.is_resident()
                    && let Stored::File(_) = &asset.identity().content
                {
                    self.store.open_files.hold(key.clone(), &asset);
                }
                let came = if asset.is_resident() {
                    Came::Stored(self.why)
                } else {
                    Came::Passed(self.why)
                };
                return Stage::Held { key, asset, came, tried: Tried::No };
            }
            Ok(Loaded::Pass(opened, path)) => {
                decline(load);
                let (mount, found) = (Arc::clone(&self.mount), Ok(Found::File { opened, path }));
                return Stage::Direct(direct::Stage::Located { mount, found, by, content: None });
            }
            Ok(Loaded::Folder) => {
                decline(load);
                return Stage::Folder(Arc::clone(&self.mount));
            }
            Ok(Loaded::Changed) => {
                decline(load);
                return Stage::Changed(Arc::clone(&self.mount));
            }
            Ok(Loaded::Refused) => Failure::Content,
            Err(err) => err.into(),
        };
        decline(load);
        Stage::Refused(Arc::clone(&self.mount), failure)
    }
}

/// Under what the cache holds a path of a mount. Where a folder has but one index, the index has one place for both its
/// names: that of the folder.
pub(crate) fn key_of<'p>(mount: &Mount, path: &'p RequestPath<'_>) -> (u64, &'p str, bool) {
    if let [index] = &*mount.config.index
        && !path.is_directory()
        && let Some(folder) = path.as_str().strip_suffix(&**index)
        && (folder.is_empty() || folder.ends_with('/'))
    {
        return (mount.id, folder.trim_end_matches('/'), true);
    }
    (mount.id, path.as_str(), path.is_directory())
}

fn decline(load: Option<Load<AssetKey, Asset>>) {
    if let Some(load) = load {
        load.decline();
    }
}
