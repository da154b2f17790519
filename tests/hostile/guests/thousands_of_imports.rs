//! Imports four thousand functions.
//!
//! Stopped by the loader: there are none of these.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let functions: String = (0..10).map(|at| format!("f{at}: func(); ")).collect();
    let interfaces: String = (0..400).map(|at| format!("interface i{at} {{ {functions} }}\n")).collect();
    let all = Plugin::default().packages(&format!("package test:many {{ {interfaces} }}"));
    let all = (0..4000).fold(all, |all, at| all.import(&format!("test:many/i{}", at / 10), &format!("f{}", at % 10), "(func)"));
    all.expect(Expect::Refused("unknown-import", "test:many/"))
}
