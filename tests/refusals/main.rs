//! Bad input: each a clear error with a code and a way out, and nothing lost.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod doors;
mod plugins;
