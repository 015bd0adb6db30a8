//! A mount in service: the folder behind a URL prefix, opened, and what is known of it.
//! What it is made from is told in `mount_config.rs`; which mount a request belongs to is decided in `site.rs`.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use catzilla_content_coding::{Codings, worth};
use catzilla_file_watcher::{Coverage, Freshness, Invalidation};
use catzilla_path_security::{Identity, Opened, RequestPath, Root, RootError};

use crate::fs::Transfer;
use crate::mount_config::MountConfig;
use crate::quota::Quota;

/// A mount in service.
#[derive(Debug)]
pub struct Mount {
    /// What it is called in the cache. No two mounts of a server have the same, not even one after the other.
    pub(crate) id: u64,
    pub(crate) prefix: RequestPath<'static>,
    pub(crate) config: MountConfig,
    root: ArcSwap<Root>,
    /// The same folder, for what lies beside files compressed.
    root_of_sidecars: ArcSwap<Root>,
    /// What stands at the configured path and could not be opened: it is complained about once.
    refused: Mutex<Option<Identity>>,
    read_mode: AtomicU8,
    /// The configured strategies, as far as events can be relied upon.
    freshness: ArcSwap<Freshness>,
    /// Whether it has been taken out of service.
    is_retired: AtomicBool,
    /// Looks at files that are held, waiting for the disk at the same time.
    pub(crate) looks: Quota,
}

/// Half of the threads that one worker has for waiting, unless it is told otherwise: so many a disk that hangs may take.
const MAX_LOOKS: u64 = 8;

impl Mount {
    /// Opens the folder and checks every rule.
    pub(crate) fn open(id: u64, config: MountConfig) -> Result<Self, MountError> {
        let fail = |kind| MountError { prefix: config.prefix.clone(), kind };
        if !config.prefix.starts_with('/') {
            return Err(fail(MountErrorKind::PrefixWithoutSlash));
        }
        let prefix = RequestPath::parse(config.prefix.as_bytes())
            .map_err(|refusal| fail(MountErrorKind::Prefix(refusal.to_string())))?
            .into_owned();
        let here = RequestPath::parse(b"/")
            .map_err(|refusal| fail(MountErrorKind::Prefix(refusal.to_string())))?;
        for name in &config.index {
            // With a slash, the name would lie beneath other folders, whose changes concern this one.
            if name.contains('/') || here.join(name).is_err() {
                return Err(fail(MountErrorKind::Index(name.clone())));
            }
        }
        for (extension, value) in config.mime.overrides() {
            if value.is_empty() || !crate::headers::is_field_value(value) {
                return Err(fail(MountErrorKind::MediaType(extension.to_owned())));
            }
        }
        if let Some(value) =
            config.cache_control.values().find(|value| !crate::headers::is_field_value(value))
        {
            return Err(fail(MountErrorKind::CacheControl(value.to_owned())));
        }
        let root = Root::open(&config.dir, config.policy.clone())
            .map_err(|err| fail(MountErrorKind::Folder(err)))?;
        Ok(Self {
            id,
            prefix,
            root_of_sidecars: ArcSwap::from_pointee(root.with_any_name()),
            root: ArcSwap::from_pointee(root),
            refused: Mutex::new(None),
            read_mode: AtomicU8::new(ReadMode::NoWait as u8),
            freshness: ArcSwap::from_pointee(config.freshness.clone()),
            is_retired: AtomicBool::new(false),
            looks: Quota::new(MAX_LOOKS),
            config,
        })
    }

    /// The URL prefix, percent-encoded.
    pub fn prefix(&self) -> &str {
        &self.config.prefix
    }

    /// The configured folder. Never told to clients.
    pub fn dir(&self) -> &Path {
        &self.config.dir
    }

    /// Takes it out of service: requests that have begun go on with it, and nothing more is kept of it.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Release);
    }

    /// Whether what is loaded of it is for nobody but those who wait.
    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Acquire)
    }

    /// The folder as it is opened now.
    pub(crate) fn root(&self) -> arc_swap::Guard<Arc<Root>> {
        self.root.load()
    }

    /// The folder, for what lies beside files compressed: the rules for names have judged the file that it stands for.
    pub(crate) fn root_of_sidecars(&self) -> arc_swap::Guard<Arc<Root>> {
        self.root_of_sidecars.load()
    }

    /// Opens the folder again if another one stands at the configured path, as after
    /// `rm -rf dist && build`. The old one goes on until the new one could be opened.
    ///
    /// Blocks: for the pool. Returns whether the folder was replaced. What can't be opened is an error once; it is tried
    /// again each time, for somebody may mend it.
    pub(crate) fn reopen_if_replaced(&self) -> Result<bool, RootError> {
        self.reopen_if_another(catzilla_path_security::identity(&self.config.dir).ok())
    }

    /// The same, for one who has looked what stands there.
    pub(crate) fn reopen_if_another(&self, here: Option<Identity>) -> Result<bool, RootError> {
        // Gone, for now: what was opened stays until something stands there again.
        let Some(here) = here else { return Ok(false) };
        if here == self.root.load().identity() {
            return Ok(false);
        }
        let opened = Root::open(&self.config.dir, self.config.policy.clone());
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match opened {
            Ok(root) => {
                *refused = None;
                self.root_of_sidecars.store(Arc::new(root.with_any_name()));
                self.root.store(Arc::new(root));
                // The new folder may lie on another file system, which has to show what it can.
                self.read_mode.store(ReadMode::NoWait as u8, Ordering::Relaxed);
                Ok(true)
            }
            Err(_) if *refused == Some(here) => Ok(false),
            Err(err) => {
                *refused = Some(here);
                Err(err)
            }
        }
    }

    /// Whether a file of this name may travel in another coding, whatever lies beside it.
    pub(crate) fn is_negotiated(&self, path: &str) -> bool {
        (self.config.precompressed || !self.config.compress.is_empty()) && self.shrinks(path)
    }

    /// In which codings content of this name and length may be made.
    pub(crate) fn makeable(&self, path: &str, len: u64) -> Codings {
        let is_worth_it = len >= self.config.compress_min_size && self.shrinks(path);
        if is_worth_it { self.config.compress } else { Codings::NONE }
    }

    /// Whether a file of this name gets smaller when it is compressed.
    fn shrinks(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        worth::media_type(self.config.mime.content_type(name.as_bytes()).as_bytes())
    }

    /// By what it is found out that this file has changed.
    pub(crate) fn invalidation(&self, path: &str) -> Invalidation {
        self.freshness.load().of(Path::new(path))
    }

    /// Takes note of how far events can be relied upon.
    pub(crate) fn set_coverage(&self, coverage: &Coverage) {
        self.freshness.store(Arc::new(self.config.freshness.under(coverage)));
    }

    /// How the bytes of a file get to a socket when they aren't read before.
    pub(crate) fn transfer(&self) -> Transfer {
        if self.config.sendfile { Transfer::SendFile } else { Transfer::Read }
    }

    /// How a worker may read files of this mount.
    pub(crate) fn read_mode(&self) -> ReadMode {
        match self.read_mode.load(Ordering::Relaxed) {
            0 => ReadMode::NoWait,
            1 => ReadMode::Direct,
            _ => ReadMode::Pool,
        }
    }

    /// Remembers that the file system of this mount can't say whether a read would wait. On tmpfs it never
    /// does; elsewhere nobody knows.
    pub(crate) fn learn_read_mode(&self, file: &Opened) {
        let mode = if is_memory(file) { ReadMode::Direct } else { ReadMode::Pool };
        self.read_mode.store(mode as u8, Ordering::Relaxed);
    }
}

/// Whether a file lives in memory only.
#[cfg(target_os = "linux")]
fn is_memory(file: &Opened) -> bool {
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    rustix::fs::fstatfs(file.file())
        .is_ok_and(|stat| u64::try_from(stat.f_type).is_ok_and(|t| t == TMPFS_MAGIC))
}

#[cfg(not(target_os = "linux"))]
fn is_memory(_: &Opened) -> bool {
    false
}

/// How a worker gets at bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ReadMode {
    /// `RWF_NOWAIT`: at once from the page cache, else through the pool.
    NoWait = 0,
    /// The file system is memory (tmpfs): at once.
    Direct = 1,
    /// The file system can't tell (overlayfs): always through the pool.
    Pool = 2,
}

/// Why a mount could not be made.
#[derive(Debug)]
pub struct MountError {
    prefix: String,
    kind: MountErrorKind,
}

#[derive(Debug)]
enum MountErrorKind {
    PrefixWithoutSlash,
    Prefix(String),
    Index(String),
    MediaType(String),
    CacheControl(String),
    Folder(RootError),
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = &self.prefix;
        match &self.kind {
            MountErrorKind::PrefixWithoutSlash => {
                write!(f, "mount prefix {prefix:?} must begin with a slash, as in \"/{prefix}\"")
            }
            MountErrorKind::Prefix(rule) => {
                write!(f, "mount prefix {prefix:?} is not a safe path: {rule}")
            }
            MountErrorKind::Index(name) => {
                write!(
                    f,
                    "mount {prefix:?}: index file {name:?} must be the name of a file in the folder, without a slash"
                )
            }
            MountErrorKind::MediaType(extension) => {
                write!(
                    f,
                    "mount {prefix:?}: the media type of extension {extension:?} is not a valid field value"
                )
            }
            MountErrorKind::CacheControl(value) => {
                write!(
                    f,
                    "mount {prefix:?}: Cache-Control value {value:?} is not a valid field value"
                )
            }
            MountErrorKind::Folder(err) => write!(f, "mount {prefix:?}: {err}"),
        }
    }
}

impl std::error::Error for MountError {}

#[cfg(test)]
mod tests;
