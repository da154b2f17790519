//! The HTTP API: the CloudEvents binding in, and what operators and tools read.
//!
//! ```text
//! serve (connections) -> gate (limits) -> guard (Host, Origin) -> auth (tokens) -> route -> event | query -> host -> JSON or problem+json
//! ```
//!
//! Loopback is no boundary: any page in any browser on the machine can send requests there, hence the guard.

mod answers;
mod app;
mod auth;
mod body;
mod cost;
mod counts;
mod dead;
mod events;
mod follow;
mod gate;
mod guard;
mod health;
mod items;
mod logs;
mod metrics;
mod openapi;
mod options;
mod parked;
mod plugins;
mod problem;
mod query;
mod routes;
mod selection;
mod serve;
mod stream;
mod tls;
mod trace;

pub use auth::{IssueError, Issued, Role, Tokens, TokensError, issue};
pub use options::{HttpLimits, ServerOptions, Watched};
pub use routes::router;
pub use serve::serve;
pub use tls::{Tls, TlsError};
