//! The allocator of the process: jemalloc, which gives memory back after a burst.

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What jemalloc is told at the start (`MALLOC_CONF` in its manual; `_RJEM_MALLOC_CONF` in the environment comes after
/// it). A hot request allocates nothing, so few arenas do; what was freed of large content is given back at once, the rest
/// soon, not after ten seconds: what the cache is allowed is what the process should take.
// SAFETY: jemalloc reads the symbol of this name as a pointer to a string that ends with NUL, which this is; the crate
// above prefixes all of its symbols with `_rjem_`, so there is no other of this name.
#[expect(unsafe_code, reason = "a symbol is the only way to tell it before the first allocation")]
#[unsafe(export_name = "_rjem_malloc_conf")]
pub(crate) static CONFIGURATION: &[u8; 93] =
    b"narenas:2,oversize_threshold:65536,dirty_decay_ms:20,muzzy_decay_ms:0,background_thread:true\0";
