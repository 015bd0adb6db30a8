//! The tools of the tests, tested: a broken tool makes every test pass, or none.

mod clock;
mod raw_client;
mod tree;
