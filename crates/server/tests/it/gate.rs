//! A door in a file system, at which whoever opens a file waits until the test lets it pass.

use std::sync::{Arc, Condvar, Mutex};

use catzilla_path_security::{OpenError, Opened, RequestPath, Root};
use catzilla_server::{Fs, HostFs, Wait};

#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    waiting: usize,
}

impl Gate {
    pub(crate) fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.waiting += 1;
        self.changed.notify_all();
        while !state.is_open {
            state = self.changed.wait(state).unwrap();
        }
        state.waiting -= 1;
    }

    pub(crate) fn open(&self) {
        self.state.lock().unwrap().is_open = true;
        self.changed.notify_all();
    }

    pub(crate) fn close(&self) {
        self.state.lock().unwrap().is_open = false;
    }

    /// How many stand at the door.
    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().unwrap().waiting
    }

    /// Waits until so many stand at the door.
    pub(crate) fn wait_for(&self, count: usize) {
        let mut state = self.state.lock().unwrap();
        while state.waiting < count {
            state = self.changed.wait(state).unwrap();
        }
    }
}

/// A file system in which `slow.txt` holds up the whole worker. It keeps a list of what was opened.
#[derive(Debug, Clone)]
pub(crate) struct Slow {
    gate: Arc<Gate>,
    opened: Arc<Mutex<Vec<String>>>,
}

impl Slow {
    pub(crate) fn at(gate: &Arc<Gate>) -> Self {
        Self { gate: Arc::clone(gate), opened: Arc::default() }
    }

    pub(crate) fn forget(&self) {
        self.opened.lock().unwrap().clear();
    }

    pub(crate) fn opened(&self) -> Vec<String> {
        self.opened.lock().unwrap().clone()
    }
}

impl Fs for Slow {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        if path.as_str() == "slow.txt" {
            self.gate.pass();
        }
        self.opened.lock().unwrap().push(path.as_str().to_owned());
        HostFs.open(root, path, wait)
    }
}
