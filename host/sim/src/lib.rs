//! The engine and the dispatcher, run from a seed beside a model. Nothing depends on this crate.
//!
//! ```text
//! producers, operators, handlers, time, the device          all of them chance, from one seed
//!      |            |         |
//!      v            v         v
//!   Writer  <->  Dispatcher                                  the real ones, without threads
//!      |
//!      v
//!   Segments over files that crash, views in memory          the real ones, on a device that fails
//!      |
//!      v
//!   the ledger                                               reads every frame, and knows what may stand there
//! ```
//!
//! [`run`] makes one small world of a seed, and lets it live: events come, come twice, and come with another fact under an id that was
//! used; handlers complete, emit, fail, are slow and flap, and keep state; versions, filters, orders and what dead letters do change;
//! subscriptions go and come back; dead letters hold their lanes back, or do not, are redriven and dropped; what is parked is released and
//! dropped; checkpoints are written, or fail; syncs fail, the power goes. Then it is left alone until nothing moves, and operators lift
//! what is parked, until nothing is. After each step that changed the log the model holds what is there against what it knows:
//!
//! 1. A receipt is for an event that is in the log, once within the dedup window, and it is the same after a restart.
//! 2. What was acknowledged is there after every power cut, byte for byte, and nothing is damaged.
//! 3. Each delivery that the epoch of its sequence asks for is settled once, attempt by attempt, or open; none other is.
//! 4. What a settlement emits is in the log behind it, once.
//! 5. Runs that keep state come to what they would have come to one by one, in the order of the log: so counters are exact.
//! 6. Within a key one runs at a time, in the order of the log; no more at once than `concurrency`; none before it is due.
//! 7. What is parked, or comes to a lane that is held back, runs when each dead letter before the lane is over, or the lane was released;
//!    and then in the order of the log. A redriven dead letter comes when it comes. Where the order changes, what is parked stays in its
//!    lane, and what stands in another one passes it.
//! 8. The views say of every delivery and every lane what the log says, live and after each restart.
//! 9. When nothing moves any more, what is parked waits behind a dead letter; and when nothing is parked any more, every delivery is over,
//!    and another restart moves nothing.
//!
//! A model that finds nothing is not worth much: [`Mutant`] lists bugs that are put in on purpose, at the seams of this crate, so that
//! the product carries no switches.

mod broken;
mod cast;
mod chaos;
mod device;
mod drive;
mod handler;
mod learn;
mod ledger;
mod life;
mod mutant;
mod order;
mod parking;
mod producer;
mod stand;
mod take_up;
mod transaction;
mod views;
mod world;

pub use broken::Failure;
pub use mutant::{Mutant, UnknownMutant};
pub use world::{Report, run};
