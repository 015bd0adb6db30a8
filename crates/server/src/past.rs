//! Compressed variants of content that has left the cache, kept for a while: when the same content comes back, as after
//! a deploy that touches every file or at the end of a time to live, they needn't be made again, and clients find the
//! tags that they know.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use catzilla_hot_cache::Held;

use crate::asset::{Asset, Variant};

/// Content, beneath the rules of a mount.
type Name = (u64, u128);

/// Those that have left, by what they hold.
#[derive(Debug)]
pub(crate) struct Past {
    /// What they may weigh together.
    max: u64,
    departed: Mutex<Departed>,
}

#[derive(Debug, Default)]
struct Departed {
    /// In the order in which they left.
    assets: BTreeMap<u64, (Name, Held<Asset>)>,
    places: HashMap<Name, u64>,
    bytes: u64,
    /// The place of the next.
    next: u64,
    /// Where those begin that have come since the last sweep.
    young: u64,
}

impl Past {
    /// Keeps so many bytes, which count as pinned.
    pub(crate) fn new(max: u64) -> Self {
        Self { max, departed: Mutex::default() }
    }

    /// Keeps an asset that was taken out of the cache, if its variants were made: those that lie beside the file will be
    /// found again.
    pub(crate) fn keep(&self, asset: Held<Asset>) {
        let weight = asset.weight().total();
        let Some(digest) = asset.digest() else { return };
        if asset.made().next().is_none() || weight > self.max {
            return;
        }
        let mount = Arc::clone(&asset.identity().representation.mount);
        let name = (mount.id, digest);
        self.change(|departed| {
            // Asked under the lock: a mount is retired first, and then forgotten here.
            if mount.is_retired() {
                return;
            }
            departed.take(name);
            let place = departed.next;
            departed.next += 1;
            departed.bytes += weight;
            departed.places.insert(name, place);
            departed.assets.insert(place, (name, asset));
            let max = self.max;
            departed.forget_while(|departed, _| departed.bytes > max);
        });
    }

    /// The asset that held this content.
    fn take(&self, mount: u64, digest: u128) -> Option<Held<Asset>> {
        self.change(|departed| departed.take((mount, digest)))
    }

    /// The variants that were made of this content. The asset itself is let go: it is pinned no longer, or what goes over
    /// to its successor would need room twice.
    pub(crate) fn take_made(&self, mount: u64, digest: u128) -> Vec<Variant> {
        let past = self.take(mount, digest);
        past.iter().flat_map(|past| past.made()).map(|(variant, _)| variant.clone()).collect()
    }

    /// Forgets what came before the last sweep.
    pub(crate) fn sweep(&self) {
        self.change(|departed| {
            let young = departed.young;
            departed.forget_while(|_, place| place < young);
            departed.young = departed.next;
        });
    }

    /// Forgets what is of a mount.
    pub(crate) fn forget_mount(&self, mount: u64) {
        self.change(|departed| {
            let of_mount = departed.places.keys().filter(|(of, _)| *of == mount).copied();
            for name in of_mount.collect::<Vec<_>>() {
                departed.take(name);
            }
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.change(|departed| departed.forget_while(|_, _| true));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Departed) -> T) -> T {
        change(&mut self.departed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Departed {
    fn take(&mut self, name: Name) -> Option<Held<Asset>> {
        let place = self.places.remove(&name)?;
        let (_, asset) = self.assets.remove(&place)?;
        self.bytes -= asset.weight().total();
        Some(asset)
    }

    /// Forgets one after the other, the oldest first.
    fn forget_while(&mut self, must_go: impl Fn(&Self, u64) -> bool) {
        while let Some((&place, &(name, _))) = self.assets.first_key_value()
            && must_go(self, place)
        {
            self.take(name);
        }
    }
}

#[cfg(test)]
mod tests;
