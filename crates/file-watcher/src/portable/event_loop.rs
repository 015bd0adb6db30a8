//! The thread that takes what `notify` tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::system::{Message, Notify};
use super::translate::translate;
use crate::Reason;
use crate::backend::{Backend, Wake};
use crate::mapping::{Event, Mapper};
use crate::orders::Orders;
use crate::shared::Teller;

/// Messages that wait; as many as inotify's queue holds by default.
const QUEUE: usize = 16_384;

/// What the thread works with.
#[derive(Debug)]
pub(crate) struct Loop {
    mapper: Mapper<Notify>,
    messages: Receiver<Message>,
    sender: SyncSender<Message>,
    lost: Arc<AtomicBool>,
}

impl Loop {
    #[expect(clippy::unnecessary_wraps, reason = "other backends can fail here")]
    pub(crate) fn new(max_watches: Option<usize>) -> Result<Self, Reason> {
        let (sender, messages) = sync_channel(QUEUE);
        let lost = Arc::default();
        let notify = Notify::new(sender.clone(), Arc::clone(&lost));
        let mapper = Mapper::new(notify, max_watches);
        Ok(Self { mapper, messages, sender, lost })
    }
}

impl Backend for Loop {
    type System = Notify;

    fn mapper(&mut self) -> &mut Mapper<Notify> {
        &mut self.mapper
    }

    fn wake(&self) -> Wake {
        let sender = self.sender.clone();
        // A full queue wakes the loop as well.
        Box::new(move || drop(sender.try_send(Message::Wake)))
    }

    fn run(mut self, teller: &mut Teller, orders: &Orders) -> Result<(), Reason> {
        // It holds a sender itself: there is always somebody who could send.
        while let Ok(message) = self.messages.recv() {
            if !orders.carry_out(&mut self.mapper, teller) {
                break;
            }
            if self.lost.swap(false, Ordering::AcqRel) {
                teller.handle(&mut self.mapper, &[Event::lost()]);
            }
            if let Message::Told(watch, folder, told) = message {
                let mapper = &mut self.mapper;
                translate(watch, &folder, &told, &mut |event| teller.handle(mapper, &[event]));
            }
        }
        Ok(())
    }
}
