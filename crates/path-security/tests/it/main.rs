//! Paths, rules and opens, on real files and under attack.
#![cfg(unix)]

mod allocations;
mod cached;
mod content;
mod explain;
mod files;
mod laws;
mod links;
mod policy;
mod races;
mod request_path;
mod root;
mod vectors;

#[global_allocator]
static COUNTING: catzilla_testkit::counting::Counting = catzilla_testkit::counting::Counting;
