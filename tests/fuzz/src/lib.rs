//! The doors that strangers' bytes come in by, each as a function of bytes that must not panic, and that checks what it can.
//!
//! The fuzzer (`libfuzzer/`, by `cargo xtask fuzz`) and a test on the stable toolchain (`tests/corpora.rs`) call the same functions: the
//! test with what lies in `corpora/`, where each finding leaves the bytes that led to it.

mod events;
mod frames;
#[cfg(feature = "sandbox")]
mod guests;
mod settings;

pub use events::{http, json};
pub use frames::frames;
#[cfg(feature = "sandbox")]
pub use guests::{boundary, component};
pub use settings::settings;
