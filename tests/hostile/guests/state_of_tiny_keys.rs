//! Writes keys of two bytes with nothing in them, of which a host would have to keep far more than they come to.
//!
//! Stopped by its `state_bytes`, which count 64 bytes for each key on top.

use super::state_flood_of_keys::keys;
use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    keys(890).expect(Expect::Dies("over-limit", "`state_bytes`")).settings("state_bytes = \"32KiB\"\n[grants]\nstate = true")
}
