//! What the thread of a watcher is told to do while it watches.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};

use crate::RootId;
use crate::mapping::{Mapper, System};
use crate::shared::Teller;

/// Something to be done, and where it is said that it is.
#[derive(Debug)]
pub(crate) enum Order {
    /// Watch an absolute path, too.
    Add(PathBuf, Sender<RootId>),
    /// Watch a root no more.
    Remove(RootId, Sender<bool>),
}

/// The orders that wait.
#[derive(Debug)]
pub(crate) struct Orders(Receiver<Order>);

impl Orders {
    pub(crate) fn new(orders: Receiver<Order>) -> Self {
        Self(orders)
    }

    /// Does what was ordered; whether there is anybody left who could order more.
    pub(crate) fn carry_out<S: System>(&self, mapper: &mut Mapper<S>, teller: &mut Teller) -> bool {
        loop {
            // Who doesn't wait for the answer any more has gone, and that is all right.
            match self.0.try_recv() {
                Ok(Order::Add(path, done)) => drop(done.send(teller.add_root(mapper, path))),
                Ok(Order::Remove(root, done)) => drop(done.send(teller.remove_root(mapper, root))),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }
}
