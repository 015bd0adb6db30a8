//! The end of HTTP on a connection that goes on: another protocol takes its place (RFC 9110 section 7.8).

use super::{Connection, State};
use crate::http1::date_line::DateLine;
use crate::http1::input::Input;
use crate::http1::outbox::Outbox;
use crate::http1::render::{Framing, Persistence, head};
use crate::plan::ResponsePlan;

impl Connection {
    /// Renders the answer after which the connection speaks another protocol, which the plan names in `Upgrade`. What
    /// follows the request in the input is of that protocol, none of it was looked at here, and none will be: once the
    /// outbox is sent, the connection belongs to who speaks it, with [`Input::take`].
    ///
    /// Only for a request without a body: who sends one has to send it all before another protocol begins.
    pub fn switch(
        &mut self,
        plan: ResponsePlan,
        input: &mut Input,
        outbox: &mut Outbox,
        date: &DateLine,
    ) {
        debug_assert!(self.body.is_none() && self.state == State::Asked, "the request is complete");
        self.requests += 1;
        head(plan, Framing::Unsaid, Persistence::Upgrade, outbox, date);
        outbox.end_response();
        input.consume(self.at);
        self.at = 0;
        // Nothing here is HTTP any more, whoever asks.
        self.state = State::Closing { linger: false };
    }
}
