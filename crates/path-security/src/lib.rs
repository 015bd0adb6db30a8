#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "content")]
mod content;
mod decode;
mod error;
mod explain;
mod folded;
mod lexical;
#[cfg(feature = "content")]
mod magic;
mod metadata;
mod opened;
mod policy;
mod refusal;
mod request_path;
mod resolve;
mod root;
mod windows_names;

#[cfg(feature = "content")]
pub use content::{CONTENT_HEAD, Contradiction, contradiction};
pub use error::{OpenError, RootError, RootErrorKind};
pub use explain::Explanation;
#[cfg(feature = "content")]
pub use magic::Magic;
pub use metadata::{FileKind, Identity, Metadata, identity};
pub use opened::Opened;
pub use policy::{ExtensionError, PatternError, Policy, Symlinks};
pub use refusal::{Refusal, RefusalClass};
pub use request_path::RequestPath;
pub use resolve::Resolver;
pub use root::Root;
