//! The cache of a server: assets by mount and path, and what is done to them beside the requests.
//! How a request uses it is told in `cached.rs`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use catzilla_hot_cache::{Begin, Held, HotCache, Weight};

use crate::asset::{Asset, Claimed, Variant};
use crate::asset_key::{AssetKey, Key};
use crate::cache::CacheConfig;
use crate::clock::Clock;
use crate::descriptors::descriptor_limit;
use crate::improve::Improver;
use crate::memory::MemoryReading;
use crate::mount::Mount;
use crate::notes::Claim;
use crate::open_files::OpenFiles;
use crate::past::Past;
use crate::quota::{Quota, Share};

/// One in so many descriptors may be a file that is held open, and one a memory file: they are for connections first.
const HANDLES_SHARE: u64 = 16;

/// As many of each as are of use; large files are few.
const MAX_HANDLES: u64 = 512;

/// Brotli's highest level wants tens of megabytes for one file.
const MAX_ENCODER_BYTES: u64 = 128 << 20;

/// One in so many bytes of the budget may be content that is being read.
const UNDER_WAY_SHARE: u64 = 8;

/// One in so many bytes of the budget may be variants of content that has left.
const PAST_SHARE: u64 = 8;

/// What the workers of a server share of its cache.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) cache: HotCache<AssetKey, Asset>,
    /// Files that are held open.
    pub(crate) open_files: OpenFiles,
    /// Memory files there may be. They weigh what is in them, so that the cache lets them go as it needs room.
    pub(crate) sealed: Quota,
    /// Bytes that encoders may take at the same time.
    pub(crate) encoders: Quota,
    pub(crate) budget: u64,
    pub(crate) max_content: u64,
    /// Bytes that may be on their way into memory: they are in no ledger of the cache yet.
    under_way: Quota,
    /// Variants that may be made at the same time while clients wait.
    pub(crate) quick: Quota,
    /// What has left, for what comes back.
    pub(crate) past: Arc<Past>,
    improve_after: u64,
    improver: Improver,
    /// Whether it does with half of its budget, for memory runs short.
    is_squeezed: AtomicBool,
    /// Looks that said nothing.
    failed_looks: AtomicU64,
}

impl Store {
    /// `quick`: how many variants may be made at the same time while clients wait.
    pub(crate) fn new(config: &CacheConfig, quick: u64, clock: &Arc<dyn Clock>) -> Self {
        let past = Arc::new(Past::new(config.size / PAST_SHARE));
        let departed = Arc::clone(&past);
        let cache = HotCache::builder()
            .budget(config.size)
            .max_entry(config.max_file)
            .time_to_live(config.time_to_live)
            .eviction(config.eviction)
            .clock(Arc::new(CacheClock(Arc::clone(clock))))
            .on_departure(move |asset| departed.keep(asset))
            .build(|key: &AssetKey, asset: &Asset| asset.weight(key));
        let handles = (descriptor_limit() as u64 / HANDLES_SHARE).min(MAX_HANDLES);
        Self {
            cache,
            open_files: OpenFiles::new(handles),
            sealed: Quota::new(handles),
            encoders: Quota::new(MAX_ENCODER_BYTES),
            budget: config.size,
            max_content: config.max_file,
            under_way: Quota::new(config.size / UNDER_WAY_SHARE),
            quick: Quota::new(quick),
            past,
            improve_after: config.improve_after,
            improver: Improver::default(),
            is_squeezed: AtomicBool::new(false),
            failed_looks: AtomicU64::new(0),
        }
    }

    /// What is held for a key.
    pub(crate) fn get(&self, key: &dyn Key) -> Option<Held<Asset>> {
        self.cache.get(key)
    }

    /// Begins to load what isn't held.
    pub(crate) fn begin(&self, key: AssetKey) -> Begin<AssetKey, Asset> {
        self.cache.begin(key)
    }

    /// Room for content that is about to be read into memory; `None` if there is none: what slow readers hold, and
    /// what is being read for others, leaves too little of the budget.
    pub(crate) fn room_for(&self, bytes: u64) -> Option<Share> {
        let is_room = self.cache.room_for(Weight::content(bytes));
        is_room.then(|| self.under_way.take_or_alone(bytes)).flatten()
    }

    pub(crate) fn invalidate(&self, key: &dyn Key) {
        self.cache.invalidate(key);
    }

    /// Forgets an asset whose file was found to be another by now, with the variants that were made of it; not what has
    /// been loaded since, nor a load under way.
    pub(crate) fn forget_version(&self, key: &dyn Key, old: &Asset) {
        self.cache.invalidate_when(key, |asset| asset.is_of_same_version(old));
    }

    /// A file couldn't be looked at; what is held of it is believed until the next look.
    pub(crate) fn look_failed(&self, path: &str, err: &io::Error) {
        let failed = self.failed_looks.fetch_add(1, Ordering::Relaxed) + 1;
        // It happens to many files at once: the first line tells it, and later ones how bad it is.
        if failed.is_power_of_two() {
            tracing::warn!(path, %err, failed, "files that are held can't be looked at; they are believed");
        }
    }

    /// Gives half of the cache back when memory runs short, and does with the other half until it doesn't any more.
    pub(crate) fn adapt(&self, reading: MemoryReading) {
        let (free, total) = (reading.free, reading.total);
        if reading.is_short() && !self.is_squeezed.swap(true, Ordering::Relaxed) {
            let half = self.budget / 2;
            let released = self.release_to(half);
            self.cache.set_budget(half);
            tracing::warn!(
                free,
                total,
                half,
                released,
                "memory runs short: the cache has half of its size for now"
            );
        } else if reading.is_ample() && self.is_squeezed.swap(false, Ordering::Relaxed) {
            self.cache.set_budget(self.budget);
            tracing::info!(free, total, "there is memory again: the cache has its whole size");
        }
    }

    /// Forgets all that is held of a mount. If it is [retired](Mount::retire), nothing comes after.
    pub(crate) fn forget_mount(&self, mount: &Mount) {
        self.cache.invalidate_if(|key| key.mount == mount.id);
        if mount.is_retired() {
            self.past.forget_mount(mount.id);
        }
    }

    /// Adds variants to an asset, or replaces them. What comes of it can be sent, whether the cache has taken it or
    /// not: it hasn't if the asset is no longer the one that is held, or there is no room.
    pub(crate) fn add(&self, key: &AssetKey, asset: &Held<Asset>, made: &[Variant]) -> Held<Asset> {
        if let Some(added) = self.cache.update(key as &dyn Key, asset, asset.with(made)) {
            return added;
        }
        // Another variant was added meanwhile, and this one is missing there.
        for variant in made {
            asset.unclaim(Claim::Make(variant.representation.coding));
        }
        self.cache.hold(key, asset.with(made))
    }

    /// Has the variants of an asset made as small as they get, once it has been asked for often enough.
    pub(crate) fn improve_if_hot(self: &Arc<Self>, key: &dyn Key, asset: &Held<Asset>) {
        if asset.can_improve() && asset.hits() >= self.improve_after {
            self.make_later(key, asset, Claim::Improve);
        }
    }

    /// Has variants made in the background. If there is no room in the queue, one of the next requests tries again; all
    /// that it costs them is a look.
    pub(crate) fn make_later(self: &Arc<Self>, key: &dyn Key, asset: &Held<Asset>, claim: Claim) {
        if !self.improver.is_full()
            && let Some(mut claimed) = Claimed::new(asset, claim)
            && self.improver.send(self, AssetKey::from(key), asset, claim)
        {
            claimed.settle();
        }
    }

    /// Has what waited in vain made of the version that is held now.
    pub(crate) fn make_of_successor(self: &Arc<Self>, key: AssetKey, claim: Claim) {
        if let Some(asset) = self.cache.peek(&key as &dyn Key) {
            self.improver.send(self, key, &asset, claim);
        }
    }

    /// Takes out what is too old, though nobody asks for it; tells how many there were.
    pub(crate) fn sweep(&self) -> usize {
        self.past.sweep();
        self.cache.expire()
    }

    /// Gives memory back until what is held weighs no more than so many bytes; tells how many have left.
    pub(crate) fn release_to(&self, bytes: u64) -> u64 {
        self.past.clear();
        self.cache.release_to(bytes)
    }
}

/// The clock of the server, as the cache asks for it.
struct CacheClock(Arc<dyn Clock>);

impl catzilla_hot_cache::Clock for CacheClock {
    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}
