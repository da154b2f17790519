//! The nouns of Oyez, and the ports behind which the world lies.
//!
//! Everything that decides (`dispatch`, `engine`) names only what stands here; everything that is world (`storage`, `wasm`,
//! `registry`) implements a port of [`port`]. In reading order:
//!
//! - [`Sequence`], [`Timestamp`], [`Version`], [`Build`], the names: values that are checked once, at the door;
//! - [`Filter`], [`SubscriptionSpec`], [`Epoch`]: who takes which event, and how;
//! - [`Delivery`], [`Outcome`], [`Settlement`], [`Emission`]: one event on its way to one subscription;
//! - [`StateKey`], [`StateChanges`]: what a plugin keeps between events;
//! - [`Said`], [`Listener`]: what handlers say, and who hears it;
//! - [`Limits`], [`Grants`], [`Ceiling`] and [`bounds`]: how much of everything;
//! - [`Frame`]: what lies in the log, the only truth.

mod budget;
mod build;
mod ceiling;
mod delivery;
mod filter;
mod frame;
mod grants;
mod lane;
mod limits;
mod name;
mod patch;
mod policy;
pub mod port;
mod retention;
mod said;
mod sequence;
mod settlement;
mod state;
mod subscription;
mod time;
mod units;
mod version;

pub mod bounds;

pub use budget::{Budget, Excess};
pub use build::Build;
pub use ceiling::{Ceiling, Decided, Terms};
pub use delivery::{Delivery, DeliveryState};
pub use filter::{Clause, Filter, FilterError};
pub use frame::{Control, End, Frame, FrameBody, Lineage, RebuildPart, Recorded, Settle};
pub use grants::{Authority, AuthorityError, Grants, Hidden};
pub use lane::Lane;
pub use limits::{LimitKey, Limits, Unit};
pub use name::{NameError, PluginName, SubscriptionId, SubscriptionName, SubscriptionNumber};
pub use patch::{PatchError, SubscriptionPatch};
pub use policy::{Backoff, OnDead, OnReturn, Ordering, Retry, Start};
pub use retention::{Gap, OnFull, Retention};
pub use said::{Level, Listener, Said};
pub use sequence::Sequence;
pub use settlement::{Cost, Emission, Outcome, Settlement, Shortage, Verdict};
pub use state::{StateChanges, StateKey, StateLimit, StateReads, StateWrite};
pub use subscription::{Epoch, SubscriptionSpec};
pub use time::Timestamp;
pub use units::{UnitError, parse_bytes, parse_duration, show_bytes, show_duration};
pub use version::Version;

pub use oyez_event as event;
