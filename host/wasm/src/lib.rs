//! Components in a sandbox: compiled, linked, limited, instantiated afresh for each attempt, and called.
//!
//! [`Sandbox`] is the whole of it: a [`Loader`](oyez_model::port::Loader) whose plugins run on threads of its own. In reading order:
//!
//! - `builder`, `sandbox`: what an embedder chooses, and what it gets;
//! - `host`, `engine`, `budget`, `ticker`: what all plugins share: compiled code, slots and memory, the beat by which they take turns;
//! - `load`, `artefact`: bytes to a plugin: shape, compile, link, `describe`;
//! - `run`, `stop`: one call on a fresh instance, and what its end says;
//! - `instance`: what that call has: its terms, limiter, meter, output and time;
//! - `wasi`: the inert baseline, the same on every attempt and replay;
//! - `bindings`, `convert`, `handler`: the contract, to and from the model.
//!
//! # What a limit does not stop
//! Epochs are checked at loops and calls, so one bulk memory operation runs to its end: the memory limit bounds it. A compile in
//! process has no limit but the size of the file: bytes made to compile slowly take minutes of a thread apart from the guests'.

mod artefact;
mod bindings;
mod budget;
mod builder;
mod convert;
mod engine;
mod error;
mod handler;
mod host;
mod instance;
mod load;
mod run;
mod sandbox;
mod stop;
mod ticker;
mod wasi;

pub use builder::SandboxBuilder;
pub use error::SandboxError;
pub use sandbox::Sandbox;
