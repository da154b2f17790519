//! What the attribute makes of a function.

use crate::{Delivery, Event, Result, Subscription};

/// A handler: one subscription, and what runs for it. The attribute [`handler`](macro@crate::handler) implements it, for a type of the function's name.
#[diagnostic::on_unimplemented(message = "`{Self}` is no handler", label = "name a function that has the attribute `#[handler]`")]
pub trait Handler {
    /// The subscription's own name.
    const NAME: &'static str;
    /// The event types that it emits.
    const EMITS: &'static [&'static str];

    /// What it asks to be called for.
    fn subscription() -> Subscription;

    /// Runs it for one attempt.
    ///
    /// # Errors
    /// The data is not what it takes, or the handler itself failed.
    fn handle(event: &Event, delivery: &Delivery) -> Result;
}
