//! The log as append-only segments.
//!
//! A segment is a file of a fixed length, reserved before it is needed: a header, then groups, then zeros. A group is written by one
//! write and synced before the next one begins, and names the end of the log before it. So a group that does not hold is a torn tail if
//! nothing valid follows, and damage if something does: that was written after this one had been synced.

mod append;
mod format;
mod read;
mod recover;
mod segment;

pub use append::{SegmentOptions, Segments};
