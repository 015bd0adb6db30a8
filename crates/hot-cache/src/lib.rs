#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admit;
mod builder;
mod cache;
mod clock;
mod entry;
mod eviction;
mod flight;
mod get_or_load;
mod invalidate;
mod ledger;
mod load;
mod overhead;
mod seats;
mod shim;
mod stats;
mod table;
mod wait;
mod weight;

pub use builder::Builder;
pub use cache::HotCache;
pub use clock::{Clock, SystemClock};
pub use entry::{Held, WeakHeld};
pub use eviction::Eviction;
pub use load::{Begin, Finished, Load, Outcome};
pub use stats::Stats;
pub use wait::{Wait, Waited};
pub use weight::{Weigher, Weight};
