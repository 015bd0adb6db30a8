//! Servers side by side: the same requests, in turn, one core for the server and one for the load.

mod certificate;
mod contestant;
mod cores;
mod figures;
mod guard;
mod idle;
mod lab;
mod latency;
mod load;
mod machine;
mod options;
mod parts;
mod plan;
mod proc;
mod process;
mod report;
mod rival;
mod rounds;
mod row;
mod site;
mod verify;
mod workload;

pub use lab::run;
pub use options::{Names, Options};
