//! Making variants smaller in the background, for files that are asked for often: one thread of low priority, one
//! asset at a time.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use catzilla_content_coding::{Coding, Level, compress, memory_estimate, worth};
use catzilla_hot_cache::{Held, WeakHeld};
use tokio::runtime::Handle;

use crate::asset::{Asset, Grade, Stored, Variant};
use crate::asset_key::{AssetKey, Key};
use crate::load::coded;
use crate::notes::Claim;
use crate::quota::{Quota, Share};
use crate::store::Store;

/// Assets that wait for their turn. What comes when the queue is full is asked for again.
const QUEUE: u64 = 64;

/// The thread that makes them, begun by the first that is sent.
#[derive(Debug)]
pub(crate) struct Improver {
    sender: Mutex<Option<Sender<Work>>>,
    places: Quota,
}

#[derive(Debug)]
struct Work {
    // Weak: the thread must not keep the cache of a server that has ended.
    store: Weak<Store>,
    key: AssetKey,
    /// Likewise: what waits holds no content.
    asset: WeakHeld<Asset>,
    claim: Claim,
    /// Where threads of ordinary priority are. Whoever sends work runs on an event loop; a thread that doesn't has none.
    pool: Option<Handle>,
    _place: Share,
}

impl Default for Improver {
    fn default() -> Self {
        Self { sender: Mutex::default(), places: Quota::new(QUEUE) }
    }
}

impl Improver {
    /// Whether there is no room in the queue: the look that costs nothing.
    pub(crate) fn is_full(&self) -> bool {
        self.places.is_used_up()
    }

    /// Has an asset made smaller, or in a coding that it isn't in yet; `false` if there is no room for it now.
    pub(crate) fn send(
        &self,
        store: &Arc<Store>,
        key: AssetKey,
        asset: &Held<Asset>,
        claim: Claim,
    ) -> bool {
        let Some(place) = self.places.take(1) else { return false };
        let work = Work {
            store: Arc::downgrade(store),
            key,
            asset: asset.downgrade(),
            claim,
            pool: Handle::try_current().ok(),
            _place: place,
        };
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.is_none() {
            *sender = start();
        }
        let is_sent = sender.as_ref().is_some_and(|queue| queue.send(work).is_ok());
        if !is_sent {
            // It panicked, or couldn't be begun; the next one is begun anew.
            *sender = None;
        }
        is_sent
    }
}

/// Ends when the last sender is gone.
fn start() -> Option<Sender<Work>> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("catzilla-improve".to_owned());
    match thread.spawn(move || run(&receiver)) {
        Ok(_) => Some(sender),
        Err(err) => {
            tracing::warn!(%err, "no thread for compressing in the background");
            None
        }
    }
}

fn run(queue: &Receiver<Work>) {
    lower_priority();
    for work in queue {
        let Some(store) = work.store.upgrade() else { return };
        let made = match work.asset.upgrade().filter(Held::is_resident) {
            Some(asset) => match best(&store.encoders, &asset, work.claim) {
                made if made.is_empty() => continue,
                made => Some((asset, made)),
            },
            None => None,
        };
        // The locks of the cache aren't for this thread: others would wait for it, and it waits for everybody.
        let pool = work.pool.clone();
        let publish = move || publish(&store, work, made);
        match pool {
            Some(pool) => drop(pool.spawn_blocking(publish)),
            None => publish(),
        }
    }
}

/// Gives the cache what was made. What was evicted or changed meanwhile was made in vain; what was only replaced, by
/// the same content with another variant beside it, has its turn again.
fn publish(store: &Arc<Store>, work: Work, made: Option<(Held<Asset>, Vec<Variant>)>) {
    let Work { key, claim, .. } = work;
    if let Some((asset, made)) = made {
        let kept = store.cache.update(&key as &dyn Key, &asset, asset.with(&made)).is_some();
        tracing::debug!(path = &*key.path, kept, "compressed");
        // What is there still, and can't be larger, would be made in vain again.
        if kept || asset.is_resident() {
            return;
        }
    }
    store.make_of_successor(key, claim);
}

/// Variants that are smaller than those there are, and the one that is missing.
fn best(encoders: &Quota, asset: &Asset, claim: Claim) -> Vec<Variant> {
    let Stored::Memory(content) = &asset.identity().content else { return Vec::new() };
    let plain = &asset.identity().representation;
    let level = Level::best(plain.complete_length);
    let quick = asset.variants().iter().filter(|variant| variant.grade == Grade::Quick);
    let missing = match claim {
        Claim::Make(coding) if asset.find(coding).is_none() => Some(coding),
        Claim::Make(_) | Claim::Improve => None,
    };
    let wanted = quick
        .map(|variant| (variant.representation.coding, variant.representation.complete_length))
        .chain(missing.map(|coding| (coding, plain.complete_length)));
    let make = |(coding, len): (Coding, u64)| {
        let memory = memory_estimate(coding, level, Some(plain.complete_length));
        let _memory = encoders.overdraw(memory);
        let made = encode(coding, level, content)?;
        worth::result(len, made.len() as u64)
            .then(|| coded(plain, coding, made.into(), Grade::Best))
    };
    wanted.filter_map(make).collect()
}

/// What came of making a variant while a client waits.
pub(crate) enum Quick {
    Made(Box<Variant>),
    /// It is no smaller: nobody need try again.
    NotWorthIt,
    /// Others take the memory that it would: later, perhaps.
    NoMemory,
}

/// Makes a variant while a client waits, at the level of the mount.
pub(crate) fn quick(encoders: &Quota, asset: &Asset, coding: Coding) -> Quick {
    let Stored::Memory(content) = &asset.identity().content else { return Quick::NotWorthIt };
    let plain = &asset.identity().representation;
    let level = plain.mount.config.compress_level;
    let memory = memory_estimate(coding, level, Some(plain.complete_length));
    let Some(_memory) = encoders.take(memory) else { return Quick::NoMemory };
    match encode(coding, level, content) {
        Some(made) if worth::result(plain.complete_length, made.len() as u64) => {
            Quick::Made(Box::new(coded(plain, coding, made.into(), Grade::Quick)))
        }
        _ => Quick::NotWorthIt,
    }
}

fn encode(coding: Coding, level: Level, content: &[u8]) -> Option<Vec<u8>> {
    compress(coding, level, content)
        .inspect_err(|err| tracing::warn!(%coding, %err, "can't compress"))
        .ok()
}

/// Requests come first: this thread takes what they leave.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        // On Linux a priority belongs to the thread (setpriority(2), "C library/kernel differences").
        if let Err(err) = rustix::process::setpriority_process(None, 19) {
            tracing::debug!(%err, "the priority stays as it is");
        }
    }
}
