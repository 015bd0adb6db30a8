//! How a connection leaves HTTP and its worker: for a handler that speaks another protocol on it.

use std::io;
use std::rc::Rc;

use http::response::Parts;
use tokio::net::TcpStream;

use super::{Connection, Doing};
use crate::app::{Held, UpgradeFault, Upgraded, response};
use crate::outcome::Failure;
use crate::worker::life::Handover;

impl Connection {
    /// A handler has answered 101.
    pub(super) fn switch(&mut self, parts: &mut Parts) {
        let Some(active) = &mut self.active else { return };
        let offer = active.calling.as_ref().and_then(|calling| calling.offer.as_ref());
        let judged = match offer {
            Some(offer) => offer.judge(&parts.headers),
            None => Err(UpgradeFault::NotAskedFor),
        };
        if let Err(fault) = judged {
            tracing::error!(%fault, "a handler's answer can't be sent; the request is answered 500");
            return self.fail(Failure::Application);
        }
        let worker = &self.place.worker;
        let plan = response::switching(&mut parts.headers, worker.pool.borrow_mut().take());
        worker.counters.answered(plan.status);
        let date = worker.date.borrow();
        self.engine.switch(plan, &mut active.input, &mut active.outbox, &date);
        drop(date);
        self.doing = Doing::Switching;
    }

    /// Gives the connection to who speaks the other protocol, with what has been received of that.
    pub(crate) fn upgrade(mut self) {
        let calling = self.active.as_mut().and_then(|active| active.calling.take());
        let Some(offer) = calling.and_then(|calling| calling.offer) else { return };
        let Handover { stream, place, received } = self.hand_over();
        let worker = Rc::clone(&place.worker);
        let (Some(app), Some(admitted)) = (&worker.shared.app, place.leave()) else { return };
        let held = Held { admitted, alive: worker.alive.clone(), upgraded: app.upgraded() };
        let moved = app.enter(|| move_here(stream)).and_then(Result::ok);
        if let Some(stream) = moved {
            worker.counters.upgraded.add(1);
            offer.deliver(Upgraded::new(stream, received, held));
        }
    }
}

/// The same socket, on the event loop of the runtime that this is called on.
fn move_here(stream: TcpStream) -> io::Result<TcpStream> {
    TcpStream::from_std(stream.into_std()?)
}
