//! Carries four megabytes of nothing.
//!
//! Stopped by nothing: it is harmless.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().expect(Expect::Completes).with_section(0, &[[1, b'x'].as_slice(), &vec![0; 4 << 20]].concat())
}
