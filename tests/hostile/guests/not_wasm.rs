//! Is a shell script.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    Guest::bytes("#!/bin/sh\nrm -rf /\n", Expect::Refused("not-wasm", ""))
}
