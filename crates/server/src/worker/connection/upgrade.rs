//! How a connection leaves HTTP and its worker: for a handler that speaks another protocol on it.

use std::rc::Rc;

use http::response::Parts;

use super::{Connection, Doing};
use crate::app::{Held, UpgradeFault, Upgraded, response};
use crate::outcome::Failure;
use crate::plan::ResponsePlan;
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
        let scratch = self.place.worker.pool.borrow_mut().take();
        let plan = response::switching(&mut parts.headers, scratch);
        if active.exchange.goes_through_none() {
            return self.switched(plan);
        }
        active.exchange.answered(plan, None);
        self.conclude();
    }

    /// 101, as it is sent.
    pub(super) fn switched(&mut self, plan: ResponsePlan) {
        let Some(active) = &mut self.active else { return };
        let worker = &self.place.worker;
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
        let Handover { transport, place, received } = self.hand_over();
        let worker = Rc::clone(&place.worker);
        let (Some(app), Some(admitted)) = (&worker.shared.app, place.leave()) else { return };
        let held = Held { admitted, alive: worker.alive.clone(), upgraded: app.upgraded() };
        let moved = app.enter(|| transport.move_here()).and_then(Result::ok);
        if let Some(transport) = moved {
            worker.counters.upgraded.add(1);
            offer.deliver(Upgraded::new(transport, received, held));
        }
    }
}
