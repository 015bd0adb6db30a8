//! How many files and sockets the process may hold open.

/// How many descriptors the process may hold; a large number where nobody says.
pub(crate) fn descriptor_limit() -> usize {
    #[cfg(unix)]
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let limit = None::<u64>;
    limit.map_or(1 << 20, |limit| usize::try_from(limit).unwrap_or(usize::MAX)).min(1 << 24)
}
