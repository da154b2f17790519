//! Oyez, to be embedded: an event runtime that keeps CloudEvents in a durable log and delivers each to sandboxed WebAssembly handlers,
//! and to native ones beside them.
//!
//! ```
//! use oyez::{Host, Storage, Subscription};
//! use oyez::cloudevents::{EventBuilder, EventBuilderV10};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (seen, mut heard) = tokio::sync::mpsc::unbounded_channel();
//! let greeter = Subscription::native("greeter/on-hello", move |event, _delivery| {
//!     let seen = seen.clone();
//!     async move {
//!         let _ = seen.send(event);
//!         Ok(Vec::new())
//!     }
//! })?
//! .exact("type", "hello.said.v1")?;
//! let host = Host::builder().storage(Storage::memory()).subscribe(greeter).start().await?;
//!
//! let event = EventBuilderV10::new().id("1").source("/me").ty("hello.said.v1").build()?;
//! let receipt = host.publish(event).await?;
//! assert!(!receipt.duplicate);
//! assert!(heard.recv().await.is_some());
//! host.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! With [`HostBuilder::plugins`] it watches a folder: a component dropped there subscribes. The binary `oyez` is built on nothing else.

mod builder;
mod clock;
mod dead;
mod driver;
mod error;
mod folder;
mod host;
#[cfg(test)]
mod laws;
mod lines;
mod namespace;
mod native;
mod overview;
mod parked;
mod query;
mod rebuild;
mod retention;
mod rows;
mod status;
mod storage;
mod storm;
mod subscribe;
mod table;
mod wanted;

pub use builder::HostBuilder;
pub use dead::{DeadLetter, DeadMatch, DeadPage};
pub use error::{StartError, SubscribeError};
pub use host::Host;
pub use lines::{LINES_BYTES_MAX, LogLine, LogQuery, PLUGIN_LINES_MAX};
pub use namespace::Namespace;
pub use native::{Delivered, Failure, Subscription};
pub use parked::{ParkedDelivery, ParkedPage};
pub use query::{EventPage, EventQuery, From};
pub use rebuild::RebuildOptions;
pub use status::{Counters, PluginState, PluginStatus, Readiness, SubscriptionStatus, Used};
pub use storage::Storage;

pub use oyez_engine::{Attempt, Branch, ControlError, PublishError, Receipt, Trace, Unavailable};
pub use oyez_event::{self as event, Event};
pub use oyez_model::bounds::Bound;
pub use oyez_model::port::{Damage, LogError, ViewsError};
pub use oyez_model::port::{LoadError, PluginSettings};
pub use oyez_model::{
    Authority, Budget, Build, Ceiling, Cost, Decided, DeliveryState, Emission, Excess, Filter, Gap, Grants, Level, LimitKey, Limits, Lineage,
    NameError, OnDead, OnFull, Ordering, PluginName, Recorded, Retention, Retry, Said, Sequence, Settlement, SubscriptionId, SubscriptionPatch,
    SubscriptionSpec, Terms, Timestamp, Unit, Version, parse_bytes, parse_duration, show_bytes,
};
pub use oyez_registry::{Asked, AskedError, CeilingError, PublicKey, SignError, SignatureError, Signed, SigningKey, ceilings, sign};
pub use oyez_wasm::{Described, Import, Inspection, LoadCost, Need, Sandbox, SandboxBuilder, SandboxError, Shape, bounds, compile_worker};

pub use cloudevents;
