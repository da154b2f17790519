//! Components in a sandbox: compiled, linked, limited, instantiated afresh for each attempt, and called.
//!
//! [`Sandbox`] is the whole of it: a [`Loader`](oyez_model::port::Loader) whose plugins run on threads of its own. In reading order:
//!
//! - `builder`, `sandbox`: what an embedder chooses, and what it gets;
//! - `host`, `engine`: what all plugins share; `executor`, `ticker`: the threads, who is next on them, the beat by which they take turns;
//!   `priority`: what gives way; `admission`: slots and memory, shared out; `voice`: the log, shared out;
//! - `compile`: bytes to machine code, in a child; `load`, `artefact`: bytes to a plugin: shape, compile, link, `describe`;
//! - `run`, `stop`: one call on a fresh instance, and what its end says;
//! - `instance`: what that call has: its terms, limiter, meter, output and time;
//! - `outgoing`: HTTP to who was granted;
//! - `wasi`: the inert baseline, the same on every attempt and replay;
//! - `bindings`, `convert`, `handler`: the contract, to and from the model.
//!
//! # What a limit does not stop
//! Epochs are checked at loops and calls, so one bulk memory operation runs to its end: the memory limit bounds it. A compile in
//! process, which an embedder must ask for, has no limit but the size of the file.

mod admission;
mod artefact;
mod bindings;
mod bounds;
mod builder;
mod compile;
mod convert;
mod engine;
mod error;
mod executor;
mod handler;
mod host;
mod instance;
mod load;
mod outgoing;
mod priority;
mod run;
mod sandbox;
mod stop;
mod ticker;
mod voice;
mod wasi;

pub use bounds::bounds;
pub use builder::SandboxBuilder;
pub use compile::compile_worker;
pub use error::SandboxError;
pub use load::{Described, Import, Inspection, LoadCost, Need, Shape};
pub use sandbox::Sandbox;
