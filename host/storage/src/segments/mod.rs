//! The log as append-only segments.
//!
//! A segment is a file of a fixed length, reserved before it is needed: a header, then groups, then zeros. A group is written by one
//! write and synced before the next one begins, and names the end of the log before it. So a group that does not hold is a torn tail if
//! nothing valid follows, and damage if something does: that was written after this one had been synced. A segment's header is synced
//! before its first group, and after all before it: so it proves where the segment before it ended.

mod append;
mod format;
mod found;
mod read;
mod recover;
mod segment;

pub use append::{SegmentOptions, Segments};
