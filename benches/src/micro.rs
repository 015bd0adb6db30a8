//! Suites over small pieces of work: wall time by criterion, and beside it what noise can't touch.
//!
//! A machine that is shared makes wall times drift; heap allocations and instructions stay what they are. So each
//! case of a [`Suite`] gets all three. Counting has its price in the time, about a nanosecond per allocation.
//! Instructions are those of user space, as callgrind sees them: of a `rep movsb`, by which long copies are made, it
//! counts every byte. Without valgrind there are none.
//!
//! A suite is a bench target without harness:
//!
//! ```no_run
//! use std::hint::black_box;
//!
//! use catzilla_benches::micro::Suite;
//! use catzilla_testkit::counting::Counting;
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! fn main() -> std::io::Result<()> {
//!     let mut suite = Suite::new("numbers");
//!     suite.case("read", || black_box("12345678").parse::<u32>()).bytes(8);
//!     suite.case("read, signed", || black_box("12345678").parse::<i32>()).beside("read");
//!     suite.run()
//! }
//! ```
//!
//! The program takes criterion's arguments, and `--instructions CASE TIMES`, which sets everything up, makes that many
//! calls and nothing else: callgrind runs it so. Two variables of the environment matter:
//!
//! - `CATZILLA_BENCH_JSON` names a file, by an absolute path since cargo runs benches in the folder of their package.
//!   One object per case and line is appended to it.
//! - `CATZILLA_BENCH_QUICK`, when it is not empty, makes a case take a quarter of a second instead of eight. Arguments
//!   such as `--measurement-time` have the last word.

mod allocations;
mod callgrind;
mod case;
mod estimate;
mod record;
mod suite;

pub use case::Case;
pub use suite::Suite;
