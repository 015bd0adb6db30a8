//! The watcher on real files, the mapping on a kernel in memory, and the small decisions.

#[cfg(target_os = "linux")]
mod batches;
mod debounce;
mod ending;
#[cfg(target_os = "linux")]
mod exhausted;
mod invalidation;
mod laws;
mod limits;
mod listener;
#[cfg(target_os = "linux")]
mod overflow;
#[cfg(all(feature = "portable", unix))]
mod portable;
#[cfg(target_os = "linux")]
mod quiet;
mod roots;
mod scripted;
#[cfg(unix)]
mod told;
mod ways;
