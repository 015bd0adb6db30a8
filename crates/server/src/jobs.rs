//! The way to the blocking pool: bounded, so that slow disks can't pile up memory.

use std::io;

use tokio::task::JoinHandle;

use crate::exchange::Stage;
use crate::quota::Quota;

/// What a job brought back.
#[derive(Debug)]
pub(crate) enum Done {
    /// A request goes on here.
    Stage(Stage),
    /// The pages of a slice are in memory now.
    Pages(io::Result<()>),
    /// Bytes of a slice; fewer than asked for only at the end of the file.
    Chunk(io::Result<Vec<u8>>),
}

/// How many jobs of all workers are waiting or running.
#[derive(Debug)]
pub(crate) struct Queue {
    places: Quota,
}

impl Queue {
    pub(crate) fn new(max: usize) -> Self {
        Self { places: Quota::new(max as u64) }
    }

    /// Hands a job to the pool of the runtime that this is called on, or says that the queue is full. A
    /// job goes on when its handle is dropped; nobody looks at its result then.
    pub(crate) fn spawn(
        &self,
        job: impl FnOnce() -> Done + Send + 'static,
    ) -> Option<JoinHandle<Done>> {
        let place = self.places.take(1)?;
        Some(tokio::task::spawn_blocking(move || {
            let _place = place;
            job()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_says_so_and_a_finished_or_panicked_job_makes_room() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let queue = Queue::new(1);
            let (go, wait) = std::sync::mpsc::channel::<()>();
            let first = queue.spawn(move || {
                let _ = wait.recv();
                panic!("on purpose");
            });
            assert!(queue.spawn(|| Done::Pages(Ok(()))).is_none());
            go.send(()).unwrap();
            assert!(first.unwrap().await.is_err());
            assert!(queue.spawn(|| Done::Pages(Ok(()))).is_some());
        });
    }
}
