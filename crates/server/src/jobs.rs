//! The way to the blocking pool: bounded, so that slow disks can't pile up memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinHandle};

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

    /// Hands a job to the pool of the runtime that this is called on, or says that the queue is full.
    pub(crate) fn spawn(&self, job: impl FnOnce() -> Done + Send + 'static) -> Option<Job> {
        let place = self.places.take(1)?;
        Some(Job(tokio::task::spawn_blocking(move || {
            let _place = place;
            job()
        })))
    }
}

/// A job that waits or runs. Nobody wants it any more when this is dropped: if it hasn't begun it never will, and its place
/// is another's; else it goes on, and nobody looks at what it brings.
#[derive(Debug)]
pub(crate) struct Job(JoinHandle<Done>);

impl Job {
    /// Nobody wants it any more, but to know when it is done.
    pub(crate) fn give_up(&self) {
        self.0.abort();
    }
}

impl Future for Job {
    type Output = Result<Done, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.0.abort();
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

    #[test]
    fn what_nobody_wants_any_more_is_not_begun() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let queue = Queue::new(2);
            let (go, wait) = std::sync::mpsc::channel::<()>();
            let first = queue.spawn(move || {
                let _ = wait.recv();
                Done::Pages(Ok(()))
            });
            let unwanted = queue.spawn(|| unreachable!("nobody wants it"));
            drop(unwanted);
            go.send(()).unwrap();
            assert!(first.unwrap().await.is_ok());
            // Its place is free when the pool has come to it.
            let last = std::iter::repeat_with(|| queue.spawn(|| Done::Pages(Ok(()))));
            assert!(last.flatten().next().unwrap().await.is_ok());
        });
    }
}
