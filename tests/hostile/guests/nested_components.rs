//! Has components within components, five thousand deep.
//!
//! Stopped by nothing: it is harmless.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    const COMPONENT: u8 = 4;
    let empty = || Guest::bytes(*b"\0asm\x0d\0\x01\0", Expect::Completes);
    let nested = (0..5_000).fold(empty(), |inner, _| empty().with_section(COMPONENT, &inner.wasm));
    Plugin::default().expect(Expect::Completes).with_section(COMPONENT, &nested.wasm)
}
