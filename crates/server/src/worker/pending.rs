//! What a request, or the sending of its answer, waits for.

use std::pin::Pin;
use std::task::{Context, Poll};

use catzilla_hot_cache::Wait;
use tokio::task::{JoinError, JoinHandle};

use crate::asset::Asset;
use crate::asset_key::AssetKey;
use crate::exchange::Stage;
use crate::jobs::Done;

/// What is waited for.
pub(crate) enum Pending {
    /// A job on the pool.
    Job(JoinHandle<Done>),
    /// Another request, which loads the same file.
    Load(Wait<AssetKey, Asset>),
}

impl Pending {
    /// What came of it; an error when the job panicked.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Done, JoinError>> {
        match self {
            Self::Job(job) => Pin::new(job).poll(cx),
            Self::Load(wait) => {
                Pin::new(wait).poll(cx).map(|waited| Ok(Done::Stage(Stage::Waited(waited))))
            }
        }
    }
}
