//! The laws of the ports that are implemented here and in the sandbox: a suite a port.

mod clock;
#[path = "../../../wasm/tests/sandbox/guest.rs"]
#[allow(dead_code, reason = "the sandbox's own tests use all of it")]
mod guest;
mod handler;
