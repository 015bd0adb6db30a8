//! What all workers of a server share.

use std::ops::Deref;
use std::sync::Arc;

use crate::admission::Admission;
use crate::app::Application;
use crate::followed::Followed;
use crate::pipeline::Pipeline;
use crate::tls::TlsConfig;

/// The server, as its workers see it: the pipeline, and what is about connections and the application.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) admission: Arc<Admission>,
    /// The certificates of all addresses, each once.
    pub(crate) tls: Vec<TlsConfig>,
    /// Files that others make something of.
    pub(crate) followed: Vec<Followed>,
    /// Whether HTTP/2 is spoken without TLS to whoever begins with its preface.
    pub(crate) prior_knowledge: bool,
    /// Where handlers run, if there are any.
    pub(crate) app: Option<Application>,
}

impl Deref for Shared {
    type Target = Pipeline;

    fn deref(&self) -> &Pipeline {
        &self.pipeline
    }
}
