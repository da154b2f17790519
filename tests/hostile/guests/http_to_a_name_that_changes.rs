//! Calls a name whose answer changes, if there is one at all: what the resolver said before says nothing.
//!
//! Stopped by the connection to the checked address, which the tests of `wasm` try with a resolver of their own.

use super::http::calling;
use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    calling("rebinds.example:80", "/ok", "\"rebinds.example:80\"", Expect::Completes)
}
