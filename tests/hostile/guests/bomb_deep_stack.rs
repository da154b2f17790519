//! Has functions that keep hundreds of thousands of values at once.
//!
//! Stopped by the compiler's own limits, or nothing: it compiles, and is harmless then.

use crate::hostile::{Guest, Plugin, bomb};

pub(super) fn guest(bytes: usize) -> Guest {
    Plugin::default().expect(bomb::EXPECT).with_bomb(bytes, bomb::deep_stack)
}
