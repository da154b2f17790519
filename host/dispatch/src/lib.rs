//! The way of an event from the log to its settlement: pure decision, no I/O of its own.
//!
//! ```text
//! read -> route -> lane -> attempt -> decide -> settle
//! ```
//!
//! [`Dispatcher`] is a state machine: the runtime tells it what happened (the log grew, events were read, an attempt ended, a settlement
//! is durable), and does what its [`Action`]s say. It has no clock, no thread and no randomness but what it is given, so that it runs
//! from a seed.
//!
//! The log holds an event once. Each subscription has a *next* sequence, up to which it has looked at everything; a read of the log
//! serves every subscription whose next sequence lies in it, so that all that stand at the tail share one read, and so do those that
//! catch up. What a subscription took is *open* until it is settled or has a row of its own; its *place* is what lies below all that is
//! open without a row.

mod attachment;
mod attempt;
mod decide;
mod dispatcher;
mod emission;
mod ending;
mod flight;
mod held;
mod identity;
mod index;
mod interrupted;
mod lane;
mod pace;
mod parking;
mod quarantine;
mod reads;
mod standstill;
mod storms;
mod subscriber;
mod turns;

pub use attachment::{Attachment, Load, Rebuilding, Reopened, Runner};
pub use attempt::{Action, Token};
pub use dispatcher::Dispatcher;
pub use identity::Secret;
pub use interrupted::interrupted;
pub use quarantine::Quarantine;
