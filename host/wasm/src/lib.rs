//! Components in a sandbox: compiled, linked, limited, instantiated afresh for each attempt, and called.
//!
//! [`Sandbox`] is the whole of it: a [`Loader`](oyez_model::port::Loader) whose plugins run on threads of its own. In reading order:
//!
//! - `builder`, `sandbox`: what an embedder chooses, and what it gets;
//! - `engine`, `budget`, `ticker`: what all plugins share: compiled code, slots and memory, the beat by which they take turns;
//! - `load`: bytes to a plugin: shape, compile, link, `describe`;
//! - `run`: one call on a fresh instance: limiter, meter, and what its end says;
//! - `wasi`: the inert baseline, the same on every attempt and replay;
//! - `bindings`, `convert`, `handler`: the contract, to and from the model.
//!
//! # What a limit does not stop
//! Epochs are checked at loops and calls, so one bulk memory operation runs to its end: the memory limit bounds it. A compile in
//! process has no limit but the size of the file: bytes made to compile slowly take minutes of a thread apart from the guests'.

mod bindings;
mod budget;
mod builder;
mod convert;
mod engine;
mod handler;
mod load;
mod run;
mod sandbox;
mod ticker;
mod wasi;

pub use builder::{SandboxBuilder, SandboxError};
pub use sandbox::Sandbox;
