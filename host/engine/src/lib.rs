//! The one writer: validate, group, append, apply to the views.
//!
//! ```text
//! publish, settle, control -> queue -> validate -> group -> append + sync -> apply -> receipt
//! ```
//!
//! [`Writer`] is the whole of it without a thread of its own: it is stepped, so that it runs from a seed. [`Engine`] is the handle that
//! others hold: it runs the writer on a thread, and reads the log and the views beside it.
//!
//! The log is the only truth. What `state` holds is made anew from the frames since the last checkpoint; between checkpoints the store
//! of the views is not written at all, so that the write path costs what a raw append costs.

mod checkpoint;
mod engine;
mod error;
mod ids;
mod overlay;
mod plugin_row;
mod plugin_state;
mod progress;
mod query;
mod rebuild;
mod request;
mod retention;
mod row;
mod snapshot;
mod state;
mod state_draft;
mod trace;
mod trees;
mod validate;
mod writer;

pub use engine::{Engine, EngineOptions, OpenError};
pub use error::{ControlError, PublishError, SettleError, Unavailable};
pub use overlay::Frozen;
pub use progress::{Mark, ParkedLane, Progress};
pub use query::Matches;
pub use rebuild::{Part, Rebuild, Wish};
pub use request::{Receipt, Reply, Request, Settled, StateTerms};
pub use row::{OpenRow, RowState};
pub use trace::{Attempt, Branch, Trace};
pub use writer::Writer;
