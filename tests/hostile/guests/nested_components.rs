//! Has components within components, as deep as a sixty-fourth of the size of a bomb.
//!
//! Stopped by nothing: it is harmless once it is compiled.

use crate::hostile::{Guest, Plugin, bomb};

pub(super) fn guest(bytes: usize) -> Guest {
    const COMPONENT: u8 = 4;
    let empty = || Guest::bytes(*b"\0asm\x0d\0\x01\0", bomb::EXPECT);
    let nested = (0..bytes / 64).fold(empty(), |inner, _| empty().with_section(COMPONENT, &inner.wasm));
    Plugin::default().expect(bomb::EXPECT).with_section(COMPONENT, &nested.wasm)
}
