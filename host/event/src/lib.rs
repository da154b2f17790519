//! A CloudEvent 1.0 as a value: its attributes, its partition key, its JSON and HTTP forms.
//!
//! An [`Event`] is checked once, at the door, and is valid from then on: whoever holds one need not ask again. It comes in by
//! [`Event::new`] and its builders, by [`Event::from_json`], by [`http::decode`], or from a [`cloudevents::Event`]; a refusal is an
//! [`Invalid`], which names the attribute, its value and the rule.
//!
//! ```
//! use oyez_event::{Data, Event};
//!
//! # fn main() -> Result<(), oyez_event::Invalid> {
//! let event = Event::new("o-1", "/shops/berlin", "shop.order.placed.v1")?
//!     .with_subject("customer-42")?
//!     .with_datacontenttype("application/json")?
//!     .with_data(Data::Text(r#"{"amount": 120.50}"#.to_owned()))?;
//! assert_eq!(event.partition_key(), "customer-42");
//! assert_eq!(Event::from_json(event.to_json().as_bytes())?, event);
//! # Ok(())
//! # }
//! ```
//!
//! Data is kept as received: [`Data`] says when it is text and when bytes, and what little is settled on the way in.

mod attribute;
mod check;
mod data;
mod draft;
mod event;
pub mod http;
mod invalid;
mod json;
mod media;
mod same;
mod sdk;
mod time;
mod uri;

pub use attribute::AttributeValue;
pub use data::Data;
pub use event::Event;
pub use invalid::{Invalid, Kind};
pub use time::Time;

/// The largest event in bytes, as [`Event::size`] counts them: 900 KiB, so that any log store can hold it.
pub const EVENT_BYTES_MAX: usize = 900 * 1024;

/// The largest body in bytes, of one event or of a batch: 16 MiB.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most events in one batch.
pub const BATCH_EVENTS_MAX: usize = 500;

/// The most extension attributes of one event, so that each still fits the headers of one HTTP message.
pub const EXTENSIONS_MAX: usize = 256;

/// The longest name of an extension attribute in bytes. The specification advises 20.
pub const NAME_BYTES_MAX: usize = 256;

const _: () = assert!(EVENT_BYTES_MAX < BODY_BYTES_MAX);
