//! The HTTP API: the CloudEvents binding in, and what operators and tools read.
//!
//! ```text
//! guard (Host, Origin) -> route -> event | query -> host -> JSON or problem+json
//! ```
//!
//! Loopback is no boundary: any page in any browser on the machine can send requests there, hence the guard.

mod app;
mod dead;
mod events;
mod guard;
mod health;
mod items;
mod metrics;
mod openapi;
mod parked;
mod plugins;
mod problem;
mod query;
mod selection;
mod server;
mod stream;
mod trace;

pub use server::{ServerOptions, router, serve};
