//! What the cache of a server may take, and how long it may believe what it holds.

use std::time::Duration;

use catzilla_hot_cache::Eviction;

/// How the cache is set up. Setters consume and return it.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    pub(crate) size: u64,
    pub(crate) max_file: u64,
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) eviction: Eviction,
    pub(crate) improve_after: u64,
    pub(crate) preload: Vec<String>,
}

impl CacheConfig {
    /// 100 MiB, files up to 10 MiB, an hour.
    pub fn new() -> Self {
        Self {
            size: 100 << 20,
            max_file: 10 << 20,
            time_to_live: Some(Duration::from_hours(1)),
            eviction: Eviction::S3Fifo,
            improve_after: 8,
            preload: Vec::new(),
        }
    }

    /// Bytes of memory for content, its compressed variants and everything around them. With 0 there is no cache, as with
    /// [`no_cache`](crate::ServerBuilder::no_cache). Files for which there is no room, because slow clients hold on to
    /// what left the cache, are sent as they are: not compressed, and beyond 64 KiB without being read into memory.
    /// Default: 100 MiB.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }

    /// The largest file, in bytes, whose content is held, its compressed variants beside that; larger ones are held open,
    /// and sent as they are: what lies beside them compressed can't be compared with what isn't read. Default: 10 MiB.
    pub fn max_file(mut self, bytes: u64) -> Self {
        self.max_file = bytes;
        self
    }

    /// How long an entry is believed at the most, whatever its file does; `None`: for ever. Default: an hour.
    pub fn time_to_live(mut self, time: Option<Duration>) -> Self {
        self.time_to_live = time;
        self
    }

    /// Who has to go when room is needed. Default: S3-FIFO.
    pub fn eviction(mut self, eviction: Eviction) -> Self {
        self.eviction = eviction;
        self
    }

    /// After how many hits the compressed variants of an entry are made anew, as small as they get. Default: 8.
    pub fn improve_after(mut self, hits: u64) -> Self {
        self.improve_after = hits;
        self
    }

    /// Loads files whose path beneath a mount matches this glob when the server starts, and when a mount is
    /// [added](crate::Handle::mount) or takes the place of another, until the cache is full. That is done beside the
    /// requests: a mount is served at once, and who asks before its turn has his file loaded. May be given several times.
    pub fn preload(mut self, glob: impl Into<String>) -> Self {
        self.preload.push(glob.into());
        self
    }
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self::new()
    }
}
