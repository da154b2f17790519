//! What one call has: its terms, what it used and said, its time, its memory.

mod guest;
mod limiter;
mod meter;
mod output;
mod shared;
mod terms;
mod timeline;
mod transaction;

pub(crate) use guest::{Guest, RESOURCES_MAX, base, store};
pub(crate) use limiter::NoMemory;
pub(crate) use meter::{Meter, TimedOut, read_cpu, recent_cpu};
pub(crate) use output::{Channel, KEPT_BYTES_MAX, Output};
pub(crate) use shared::Shared;
pub(crate) use terms::{Pairs, Terms};
pub(crate) use timeline::STEP;
pub(crate) use transaction::{StateError, Transaction, check_bucket};
