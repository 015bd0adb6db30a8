//! What a platform has to offer: watches, and a loop that waits for their events.

use crate::Reason;
use crate::mapping::{Mapper, System};
use crate::orders::Orders;
use crate::shared::Teller;

/// Has a backend's loop look at its orders, from any thread, at once.
pub(crate) type Wake = Box<dyn Fn() + Send + Sync>;

/// Watches of a platform.
pub(crate) trait Backend: Send + Sized + 'static {
    /// Whose events the mapping gets.
    type System: System;

    /// What knows the watches.
    fn mapper(&mut self) -> &mut Mapper<Self::System>;

    /// What wakes [`run`](Self::run) for an order.
    fn wake(&self) -> Wake;

    /// Waits for events and tells what they mean, and carries out orders, until nobody can give any.
    fn run(self, teller: &mut Teller, orders: &Orders) -> Result<(), Reason>;
}
