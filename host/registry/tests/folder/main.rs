//! What a plugin folder promises, on a real folder with the system's own reports.
#![cfg(unix)]

mod components;
mod harness;
mod hostile;
mod names;
mod settings;
mod signed;
