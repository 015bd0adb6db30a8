#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod decode;
mod error;
mod explain;
mod folded;
mod lexical;
mod metadata;
mod opened;
mod policy;
mod refusal;
mod request_path;
mod resolve;
mod root;
mod windows_names;

pub use error::{OpenError, RootError, RootErrorKind};
pub use explain::Explanation;
pub use metadata::{FileKind, Identity, Metadata, identity};
pub use opened::Opened;
pub use policy::{ExtensionError, PatternError, Policy, Symlinks};
pub use refusal::{Refusal, RefusalClass};
pub use request_path::RequestPath;
pub use resolve::Resolver;
pub use root::Root;
