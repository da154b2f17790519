//! Lines for the operator, each with its level: `log::info(format_args!("charged {amount}"))`. In tests without a host they go to standard error.

use crate::bindings::wasi::logging::logging::Level;
use std::fmt::Display;

/// How the values of variables came about.
pub fn trace(message: impl Display) {
    log(Level::Trace, &message);
}

/// For whoever debugs the plugin.
pub fn debug(message: impl Display) {
    log(Level::Debug, &message);
}

/// For whoever watches it run.
pub fn info(message: impl Display) {
    log(Level::Info, &message);
}

/// Something is not as it should be, and the handler copes.
pub fn warn(message: impl Display) {
    log(Level::Warn, &message);
}

/// The handler cannot cope.
pub fn error(message: impl Display) {
    log(Level::Error, &message);
}

#[cfg(target_family = "wasm")]
fn log(level: Level, message: &dyn Display) {
    crate::bindings::wasi::logging::logging::log(level, "", &message.to_string());
}

#[cfg(not(target_family = "wasm"))]
fn log(level: Level, message: &dyn Display) {
    eprintln!("{level:?}: {message}");
}
