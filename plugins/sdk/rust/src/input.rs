//! What a handler's parameters may be.

use crate::{Delivery, Event, Result};
use serde::de::DeserializeOwned;

/// What a parameter of a handler takes from the delivery: the event's data as any type that serde decodes, the whole event, or what surrounds it.
#[diagnostic::on_unimplemented(
    message = "a handler cannot take `{Self}`",
    note = "it takes the event's data as a type that derives `Deserialize`, `&Event` and `&Delivery`"
)]
pub trait Input<'a>: Sized {
    /// Takes it.
    ///
    /// # Errors
    /// A rejection, where the data cannot be decoded.
    fn take(event: &'a Event, delivery: &'a Delivery) -> Result<Self>;
}

impl<'a> Input<'a> for &'a Event {
    fn take(event: &'a Event, _: &'a Delivery) -> Result<Self> {
        Ok(event)
    }
}

impl<'a> Input<'a> for &'a Delivery {
    fn take(_: &'a Event, delivery: &'a Delivery) -> Result<Self> {
        Ok(delivery)
    }
}

impl<'a, T: DeserializeOwned> Input<'a> for T {
    fn take(event: &'a Event, _: &'a Delivery) -> Result<Self> {
        event.json()
    }
}
