//! What the server counts, per worker and without contention, and the sum of it.
//! Who shows the figures, and how, is left to the caller of `Handle::stats`.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that one thread writes and others read.
///
/// Ordering: relaxed, and a plain load and store instead of a locked add; a reader may see a figure a
/// moment late, never a torn one.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`. Only the worker that owns the counter calls this.
    pub(crate) fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// Takes `n` away, likewise.
    pub(crate) fn sub(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_sub(n), Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! stats {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of one worker.
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: Counter,)* }

        /// What all workers have counted since the start.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats { $($(#[$doc])* pub $name: u64,)* }

        impl Stats {
            /// The sum over all workers.
            pub(crate) fn sum<'a>(workers: impl Iterator<Item = &'a Counters>) -> Self {
                let mut sum = Self::default();
                for worker in workers {
                    $(sum.$name = sum.$name.wrapping_add(worker.$name.value());)*
                }
                sum
            }
        }
    };
}

stats! {
    /// Connections accepted.
    accepted,
    /// Connections open now.
    open,
    /// Connections closed at once because a limit was reached.
    turned_away,
    /// Connections cut by a time limit.
    timed_out,
    /// Requests answered, those refused by the gate included.
    requests,
    /// Answers with status 2xx.
    success,
    /// Answers with status 3xx.
    redirection,
    /// Answers with status 4xx.
    client_error,
    /// Answers with status 5xx.
    server_error,
    /// Bytes handed to sockets, heads included.
    bytes_sent,
    /// Calls of sendfile that moved bytes.
    sendfile_operations,
    /// Requests that waited for the blocking pool.
    parked,
    /// Answers cut short because the file changed or could not be read while it was sent.
    cut_short,
    /// Requests whose handling panicked, in the server or in a handler.
    panics,
    /// Requests handed to the application.
    app_requests,
    /// Connections that have gone on in another protocol.
    upgraded,
}

impl Counters {
    /// Counts bytes that a socket took.
    pub(crate) fn sent(&self, bytes: u64, by_sendfile: bool) {
        self.bytes_sent.add(bytes);
        self.sendfile_operations.add(u64::from(by_sendfile));
    }

    /// Counts an answer by the class of its status.
    pub(crate) fn answered(&self, status: crate::Status) {
        self.requests.add(1);
        match status.code() / 100 {
            2 => self.success.add(1),
            3 => self.redirection.add(1),
            4 => self.client_error.add(1),
            5 => self.server_error.add(1),
            _ => {}
        }
    }
}
