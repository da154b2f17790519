#![doc = include_str!("../README.md")]

// The attribute names this crate from outside; so may its own tests.
extern crate self as oyez_plugin;

pub mod config;
mod contract;
mod emission;
mod event;
mod failure;
mod handler;
mod input;
pub mod log;
mod outcome;
mod plugin;
pub mod state;
pub mod testing;

pub use contract::bindings;
pub use contract::bindings::oyez::plugin::types::{AttributeValue, Data, Delivery, Description, Emission, Event, Filter, Subscription, Timestamp};
pub use failure::Failure;
pub use handler::Handler;
pub use input::Input;
pub use outcome::Outcome;
#[doc(hidden)]
pub use plugin::{Entry, describe, distinct, handle, implements_the_contract};
/// JSON, as this crate reads and writes it.
pub use serde_json;

/// Makes a function a handler of the plugin: what it takes, and what it may emit.
///
/// | argument | meaning |
/// |---|---|
/// | `on = "TYPE"` | events of this type; short for `exact(type = "TYPE")` |
/// | `exact(…)`, `prefix(…)`, `suffix(…)` | attributes that equal, begin with or end with a value: `prefix(type = "shop.", source = "/shop")` |
/// | `sql("…")`, `json("…")` | further dialects, where the host has them |
/// | `name = "NAME"` | the subscription's name; by default `on-` and the function's name. Under a new name it starts anew |
/// | `emits = "TYPE"`, `emits = ["A", "B"]` | what it emits, for people and for the graph of who reacts to what |
/// | `options(…)` | settings as in the `.toml`: `options(ordering = "none", retry.attempts = 3)` |
///
/// All filters must hold. With none at all, the operator's `.toml` has to say what the subscription takes. Types and values may be constants.
///
/// The function has any number of parameters, in any order, each an [`Input`]: the event's data, [`&Event`](Event), [`&Delivery`](Delivery). It
/// returns an [`Outcome`]: nothing, an [`Emission`], many, or a [`Result`] of these. It stays an ordinary function that a test can call.
pub use oyez_plugin_macros::handler;

/// What a handler comes to: its emissions, or why there are none.
pub type Result<T = Vec<Emission>, E = Failure> = std::result::Result<T, E>;

/// All that a plugin needs: `use oyez_plugin::prelude::*;`.
pub mod prelude {
    pub use crate::{AttributeValue, Data, Delivery, Emission, Event, Failure, Result, config, handler, log, plugin, state};
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::{Value, json};
    pub use std::time::Duration;
}
