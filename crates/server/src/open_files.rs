//! Files that are too large for memory and held open: so many, and of all of them those that are asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use catzilla_hot_cache::{Held, HotCache, WeakHeld};

use crate::asset::Asset;
use crate::asset_key::{AssetKey, Key};
use crate::quota::{Quota, Share};

/// The places for files that are held open. What such a file weighs is next to nothing, so the cache itself would never
/// let one go for another.
#[derive(Debug)]
pub(crate) struct OpenFiles {
    max: u64,
    places: Quota,
    /// In the order of their last turns. Some have left the cache by now.
    held: Mutex<VecDeque<Place>>,
}

#[derive(Debug)]
struct Place {
    key: AssetKey,
    asset: WeakHeld<Asset>,
    /// How often it had been asked for at its last turn.
    hits: u64,
}

impl OpenFiles {
    /// So many places.
    pub(crate) fn new(max: u64) -> Self {
        Self { max, places: Quota::new(max), held: Mutex::default() }
    }

    /// A place for one more. If there is none, the file goes that hasn't been asked for for longest; `None` if somebody
    /// still reads that one: then there is a place for the next.
    pub(crate) fn place(&self, cache: &HotCache<AssetKey, Asset>) -> Option<Share> {
        self.places.take(1).or_else(|| {
            let (key, asset) = self.coldest()?;
            cache.evict(&key as &dyn Key, &asset);
            drop(asset);
            self.places.take(1)
        })
    }

    /// Takes note of a file that has got a place and is in the cache now.
    pub(crate) fn hold(&self, key: AssetKey, asset: &Held<Asset>) {
        let place = Place { key, asset: asset.downgrade(), hits: asset.hits() };
        self.change(|held| {
            if held.len() as u64 >= self.max.saturating_mul(2) {
                held.retain(|place| place.resident().is_some());
            }
            held.push_back(place);
        });
    }

    /// The first that hasn't been asked for since its last turn; of those that all have, the first.
    fn coldest(&self) -> Option<(AssetKey, Held<Asset>)> {
        self.change(|held| {
            for _ in 0..=held.len() {
                let mut place = held.pop_front()?;
                let Some(asset) = place.resident() else { continue };
                let hits = std::mem::replace(&mut place.hits, asset.hits());
                if hits == place.hits {
                    return Some((place.key, asset));
                }
                held.push_back(place);
            }
            None
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut VecDeque<Place>) -> T) -> T {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Place {
    fn resident(&self) -> Option<Held<Asset>> {
        self.asset.upgrade().filter(Held::is_resident)
    }
}
