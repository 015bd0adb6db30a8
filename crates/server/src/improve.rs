//! Making variants smaller in the background, for files that are asked for often: one thread of low priority, one
//! asset at a time.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use catzilla_content_coding::{Coding, Codings, Level, compress, memory_estimate, worth};

use crate::asset::{Asset, Grade, Stored, Variant};
use crate::asset_key::{AssetKey, Key};
use crate::load::coded;
use crate::quota::Quota;
use crate::store::Store;

/// Assets that wait for their turn. What comes when the queue is full is asked for again.
const QUEUE: usize = 64;

/// The thread that makes them, begun by the first that is sent.
#[derive(Debug, Default)]
pub(crate) struct Improver {
    sender: Mutex<Option<SyncSender<Work>>>,
}

struct Work {
    // Weak: the thread must not keep the cache of a server that has ended.
    store: Weak<Store>,
    /// What waits holds no content: the asset is looked up when its turn has come.
    key: AssetKey,
    /// Codings that the asset isn't in yet.
    missing: Codings,
}

impl Improver {
    /// Has an asset made smaller, and in `missing` codings too; `false` if there is no room for it now.
    pub(crate) fn send(&self, store: &Arc<Store>, key: AssetKey, missing: Codings) -> bool {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.is_none() {
            *sender = start();
        }
        let Some(queue) = &*sender else { return false };
        match queue.try_send(Work { store: Arc::downgrade(store), key, missing }) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => false,
            Err(TrySendError::Disconnected(_)) => {
                // It panicked; the next one is begun anew.
                *sender = None;
                false
            }
        }
    }
}

/// Ends when the last sender is gone.
fn start() -> Option<SyncSender<Work>> {
    let (sender, receiver) = sync_channel(QUEUE);
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
    for Work { store, key, missing } in queue {
        let Some(store) = store.upgrade() else { return };
        // Evicted or changed meanwhile: in vain.
        let Some(asset) = store.get(&key) else { continue };
        let made = best(&store.encoders, &asset, missing);
        if !made.is_empty() {
            let kept = store.cache.update(&key as &dyn Key, &asset, asset.with(&made)).is_some();
            tracing::debug!(path = &*key.path, kept, "compressed");
        }
    }
}

/// Variants that are smaller than those there are, and those that are missing.
fn best(encoders: &Quota, asset: &Asset, missing: Codings) -> Vec<Variant> {
    let Stored::Memory(content) = &asset.identity().content else { return Vec::new() };
    let plain = &asset.identity().representation;
    let level = Level::best(plain.complete_length);
    let quick = asset.variants().iter().filter(|variant| variant.grade == Grade::Quick);
    let wanted = quick
        .map(|variant| (variant.representation.coding, variant.representation.complete_length))
        .chain(missing.iter().map(|coding| (coding, plain.complete_length)));
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
    Made(Variant),
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
            Quick::Made(coded(plain, coding, made.into(), Grade::Quick))
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
