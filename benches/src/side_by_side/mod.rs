//! Servers side by side: the same requests, in turn, one core for the server and one for the load.

mod figures;
mod idle;
mod lab;
mod load;
mod machine;
mod options;
mod process;
mod report;
mod rival;
mod rounds;
mod site;
mod verify;
mod workload;

pub use lab::run;
pub use options::Options;
