//! The cache as its users see it. Built with `RUSTFLAGS="--cfg shuttle"` there are the model tests alone.

#[cfg(not(shuttle))]
mod accounting;
#[cfg(not(shuttle))]
mod bounds;
#[cfg(not(shuttle))]
mod departure;
#[cfg(not(shuttle))]
mod eviction;
#[cfg(not(shuttle))]
mod get_or_load;
#[cfg(not(shuttle))]
mod invalidation;
#[cfg(not(shuttle))]
mod kit;
#[cfg(not(shuttle))]
mod laws;
#[cfg(not(shuttle))]
mod lookup;
#[cfg(shuttle)]
mod models;
#[cfg(not(shuttle))]
mod single_flight;
#[cfg(not(shuttle))]
mod statistics;
#[cfg(not(shuttle))]
mod stress;
#[cfg(not(shuttle))]
mod time;
#[cfg(not(shuttle))]
mod update;

#[global_allocator]
static ALLOCATOR: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
