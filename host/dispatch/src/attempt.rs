//! What the dispatcher asks of the world.

use oyez_engine::StateTerms;
use oyez_model::port::{Handler, Started};
use oyez_model::{Delivery, Lane, PluginName, Recorded, Sequence, Settle, SubscriptionNumber};
use std::sync::Arc;

/// Names one run of a handler, from its start to its durable settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(pub u64);

/// Something for the runtime to do.
#[derive(Debug)]
pub enum Action {
    /// Read events from here on, and tell by [`Dispatcher::read`](crate::Dispatcher::read).
    Read {
        /// Where to begin.
        from: Sequence,
    },
    /// Run the handler, and tell by [`Dispatcher::ended`](crate::Dispatcher::ended).
    Run {
        /// Which run.
        token: Token,
        /// What runs.
        handler: Arc<dyn Handler>,
        /// For what.
        delivery: Delivery,
        /// What the register of starts is told.
        started: Started,
        /// Whose state it reads, as of now; nothing where it keeps none.
        reads: Option<PluginName>,
    },
    /// Make the outcome durable, and tell by [`Dispatcher::settled`](crate::Dispatcher::settled).
    Settle {
        /// Which run.
        token: Token,
        /// Its outcome.
        settle: Box<Settle>,
        /// On what terms it touches its plugin's state.
        state: StateTerms,
        /// The event that it is about.
        recorded: Arc<Recorded>,
    },
    /// Give these deliveries rows, and tell by [`Dispatcher::parked`](crate::Dispatcher::parked).
    Park {
        /// Whose.
        number: SubscriptionNumber,
        /// Which lane.
        lane: Lane,
        /// Of which events, in order.
        sequences: Vec<Sequence>,
    },
    /// Read parked deliveries of a lane, the first ones, and tell by [`Dispatcher::unparked`](crate::Dispatcher::unparked).
    Unpark {
        /// Whose.
        number: SubscriptionNumber,
        /// Which lane.
        lane: Lane,
    },
}
