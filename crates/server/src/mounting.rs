//! Changing the mounts of a running server: a new site is built beside the one that is served, and takes its place.
//!
//! What a change makes of the cache and the watcher has an order. Before the swap, the folders of new mounts are watched,
//! so that no change of a file is missed once something of it is held. After it, old mounts are retired and what is held
//! of them is forgotten; a load under way finds that out when it ends, and a new mount has a number that no other had.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use catzilla_path_security::RequestPath;

use crate::mount::Mount;
use crate::mount_config::MountConfig;
use crate::pipeline::Pipeline;
use crate::preload::Preloading;
use crate::site::{Opening, Site, SiteError};
use crate::watching::Watching;

/// Who changes the mounts: one change at a time.
#[derive(Debug)]
pub(crate) struct Mounting {
    pipeline: Arc<Pipeline>,
    preloading: Option<Preloading>,
    turn: Mutex<Turn>,
    /// Not under the lock of a change, which may wait for a disk.
    retired: Mutex<Gone>,
}

/// What it takes to change them.
#[derive(Debug)]
struct Turn {
    opening: Opening,
    /// Where something is held that has to be forgotten.
    watching: Option<Watching>,
}

/// What was served, and may not have gone yet.
#[derive(Debug, Default)]
struct Gone {
    sites: Vec<Weak<Site>>,
    mounts: Vec<Weak<Mount>>,
}

/// What is no longer served and still in memory, because requests that began with it aren't at their end. Both come to
/// nothing when those have ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retired {
    /// Sets of mounts that others have taken the place of, with requests that wait for a file.
    pub sites: usize,
    /// Mounts that were replaced or taken away, with answers that aren't sent yet.
    pub mounts: usize,
}

impl Mounting {
    /// Watches what is mounted, before anything of it is read, and has files loaded ahead.
    pub(crate) fn begin(
        pipeline: Arc<Pipeline>,
        opening: Opening,
        preloading: Option<Preloading>,
    ) -> Self {
        let mut watching = pipeline.store.as_ref().map(Watching::new);
        let site = pipeline.site.load_full();
        if let Some(watching) = &mut watching {
            watching.follow(site.mounts());
        }
        if let Some(preloading) = &preloading {
            preloading.load(site.mounts());
        }
        let turn = Mutex::new(Turn { opening, watching });
        Self { pipeline, preloading, turn, retired: Mutex::default() }
    }

    /// Serves one more folder.
    pub(crate) fn mount(&self, config: MountConfig) -> Result<(), SiteError> {
        self.change(|before, opening| {
            let added = opening.open(config)?;
            Ok(before.iter().cloned().chain([added]).collect())
        })
    }

    /// Serves a folder no more.
    pub(crate) fn unmount(&self, prefix: &str) -> Result<(), SiteError> {
        self.change(|before, _| {
            let at = find(before, prefix)?;
            let mut mounts = before.to_vec();
            mounts.remove(at);
            Ok(mounts)
        })
    }

    /// Serves a folder in the place of another.
    pub(crate) fn replace(&self, config: MountConfig) -> Result<(), SiteError> {
        self.change(|before, opening| {
            let at = find(before, &config.prefix)?;
            let mut mounts = before.to_vec();
            mounts[at] = opening.open(config)?;
            Ok(mounts)
        })
    }

    /// Serves these folders and no others; of those that are served as they are already, what is held stays.
    pub(crate) fn set(&self, configs: Vec<MountConfig>) -> Result<(), SiteError> {
        self.change(|before, opening| {
            let mut left = before.to_vec();
            let mut mount = |config| match left.iter().position(|mount| mount.config == config) {
                Some(at) => Ok(left.swap_remove(at)),
                None => opening.open(config),
            };
            configs.into_iter().map(&mut mount).collect()
        })
    }

    /// Changes the mounts to those that `wanted` makes of them, unless it fails or they don't go together.
    fn change(
        &self,
        wanted: impl FnOnce(&[Arc<Mount>], &mut Opening) -> Result<Vec<Arc<Mount>>, SiteError>,
    ) -> Result<(), SiteError> {
        let mut turn = lock(&self.turn);
        let Turn { opening, watching } = &mut *turn;
        let before = self.pipeline.site.load_full();
        let site = Arc::new(
            Site::of(wanted(before.mounts(), opening)?)?
                .with_routes(before.routes().cloned())?
                .with_chain(before.chain().cloned())?,
        );
        let added = without(site.mounts(), before.mounts());
        let removed = without(before.mounts(), site.mounts());
        if added.is_empty() && removed.is_empty() {
            return Ok(());
        }
        if let Some(watching) = watching {
            watching.follow(&added);
        }
        self.pipeline.site.store(site);
        {
            let mut gone = lock(&self.retired);
            gone.forget();
            gone.sites.push(Arc::downgrade(&before));
            gone.mounts.extend(removed.iter().map(Arc::downgrade));
        }
        for mount in &removed {
            mount.retire();
            if let Some(store) = &self.pipeline.store {
                store.forget_mount(mount);
            }
            if let Some(watching) = watching {
                watching.leave(mount);
            }
        }
        if let Some(preloading) = &self.preloading {
            preloading.load(&added);
        }
        for (what, mounts) in [("mounted", &added), ("unmounted", &removed)] {
            for mount in mounts {
                tracing::info!(prefix = mount.prefix(), "{what}");
            }
        }
        Ok(())
    }

    /// What is mounted, longest prefix first.
    pub(crate) fn prefixes(&self) -> Vec<String> {
        self.pipeline.site.load().mounts().iter().map(|mount| mount.prefix().to_owned()).collect()
    }

    /// What is no longer served and still there.
    pub(crate) fn retired(&self) -> Retired {
        let mut gone = lock(&self.retired);
        gone.forget();
        Retired { sites: gone.sites.len(), mounts: gone.mounts.len() }
    }
}

impl Gone {
    /// Forgets what has gone.
    fn forget(&mut self) {
        self.sites.retain(|site| site.strong_count() > 0);
        self.mounts.retain(|mount| mount.strong_count() > 0);
    }
}

/// Those mounts that are not among the others.
fn without(mounts: &[Arc<Mount>], others: &[Arc<Mount>]) -> Vec<Arc<Mount>> {
    let others: HashSet<_> = others.iter().map(|mount| mount.id).collect();
    mounts.iter().filter(|mount| !others.contains(&mount.id)).cloned().collect()
}

/// Which mount stands at a prefix, however that is spelt.
fn find(mounts: &[Arc<Mount>], prefix: &str) -> Result<usize, SiteError> {
    let path = RequestPath::parse(prefix.as_bytes()).ok();
    path.and_then(|path| mounts.iter().position(|mount| mount.prefix.as_bytes() == path.as_bytes()))
        .ok_or_else(|| SiteError::NotMounted {
            prefix: prefix.to_owned(),
            mounted: mounts.iter().map(|mount| mount.prefix().to_owned()).collect(),
        })
}

/// A change that panicked has not swapped anything, or has swapped it as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
