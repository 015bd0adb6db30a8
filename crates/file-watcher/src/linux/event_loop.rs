//! The thread that reads events: asleep until there is one, or until there is an order.

use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::inotify::{self, ReadFlags};
use rustix::io::Errno;

use super::inotify::Inotify;
use crate::Reason;
use crate::backend::{Backend, Wake};
use crate::mapping::{Event, Mapper, WatchId, What};
use crate::orders::Orders;
use crate::shared::Teller;

/// Room for a thousand events and more.
const BUFFER: usize = 64 * 1024;

/// What the thread works with.
#[derive(Debug)]
pub(crate) struct Loop {
    mapper: Mapper<Inotify>,
    events: Arc<OwnedFd>,
    wake: Arc<OwnedFd>,
}

impl Loop {
    /// An instance of inotify without watches.
    pub(crate) fn new(max_watches: Option<usize>) -> Result<Self, Reason> {
        let inotify = Inotify::new()?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|errno| Reason::System(errno.to_string()))?;
        Ok(Self {
            events: inotify.fd(),
            mapper: Mapper::new(inotify, max_watches),
            wake: Arc::new(wake),
        })
    }

    fn turn(&mut self, teller: &mut Teller, orders: &Orders) -> Result<(), Errno> {
        let mut buffer = vec![MaybeUninit::uninit(); BUFFER];
        let mut reader = inotify::Reader::new(&*self.events, &mut buffer);
        loop {
            let mut wanted = [
                PollFd::new(&*self.events, PollFlags::IN),
                PollFd::new(&*self.wake, PollFlags::IN),
            ];
            match poll(&mut wanted, None) {
                Err(Errno::INTR) => continue,
                other => _ = other?,
            }
            if !wanted[1].revents().is_empty() {
                // The counter is zero again before the orders are looked at: one that comes later wakes anew.
                rustix::io::read(&*self.wake, &mut [0; 8])?;
                if !orders.carry_out(&mut self.mapper, teller) {
                    return Ok(());
                }
            }
            let mut read = Vec::new();
            loop {
                match reader.next() {
                    Ok(event) => read.extend(Read::of(&event)),
                    Err(Errno::AGAIN | Errno::INTR) => break,
                    Err(errno) => return Err(errno),
                }
                if reader.is_buffer_empty() {
                    break;
                }
            }
            let events: Vec<_> = read.iter().map(Read::event).collect();
            teller.handle(&mut self.mapper, &events);
        }
    }
}

impl Backend for Loop {
    type System = Inotify;

    fn mapper(&mut self) -> &mut Mapper<Inotify> {
        &mut self.mapper
    }

    fn wake(&self) -> Wake {
        let wake = Arc::clone(&self.wake);
        // One is added to a counter of 64 bits: there is always room.
        Box::new(move || _ = rustix::io::write(&*wake, &1_u64.to_ne_bytes()))
    }

    fn run(mut self, teller: &mut Teller, orders: &Orders) -> Result<(), Reason> {
        self.turn(teller, orders).map_err(|errno| Reason::System(errno.to_string()))
    }
}

/// An event in our words, out of the buffer that it was read into.
struct Read {
    watch: WatchId,
    name: PathBuf,
    what: What,
    is_folder: bool,
}

impl Read {
    /// `None` for those that come just before `IGNORED`, such as `DELETE_SELF` and `UNMOUNT`.
    fn of(event: &inotify::Event<'_>) -> Option<Self> {
        const WORDS: [(ReadFlags, What); 7] = [
            (ReadFlags::QUEUE_OVERFLOW, What::Lost),
            (ReadFlags::IGNORED, What::Ended),
            (ReadFlags::MOVE_SELF, What::Moved),
            (ReadFlags::CREATE.union(ReadFlags::MOVED_TO), What::Came),
            (ReadFlags::DELETE.union(ReadFlags::MOVED_FROM), What::Went),
            (ReadFlags::MODIFY.union(ReadFlags::CLOSE_WRITE), What::Written),
            (ReadFlags::ATTRIB, What::Attributes),
        ];
        let flags = event.events();
        let (_, what) = *WORDS.iter().find(|(word, _)| flags.intersects(*word))?;
        let name = event.file_name().map_or(&b""[..], |name| name.to_bytes());
        let is_folder = flags.contains(ReadFlags::ISDIR) || name.is_empty();
        let name = PathBuf::from(OsStr::from_bytes(name));
        Some(Self { watch: WatchId(event.wd()), name, what, is_folder })
    }

    fn event(&self) -> Event<'_> {
        Event::of(self.watch, &self.name, self.what, Some(self.is_folder))
    }
}
