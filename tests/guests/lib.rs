//! What the tests' guests agree on: the events that they take and emit.

/// What every guest takes.
pub const EVENT: &str = "test.event.v1";
/// What those emit that have something to say.
pub const ECHOED: &str = "test.echoed.v1";
/// What `ping` emits, and `pong` takes.
pub const PING: &str = "test.ping.v1";
/// The other way round.
pub const PONG: &str = "test.pong.v1";
