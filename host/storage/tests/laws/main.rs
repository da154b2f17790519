//! The laws of the ports that lie here, but for the log's: a suite a port, for every implementation.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod files;
mod register;
mod views;
