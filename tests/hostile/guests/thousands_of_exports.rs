//! Exports four thousand functions.
//!
//! Stopped by nothing: it is harmless.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let functions: String = (0..10).map(|at| format!("f{at}: func(); ")).collect();
    let interfaces: String = (0..400).map(|at| format!("interface e{at} {{ {functions} }}\n")).collect();
    let lines: String = (0..400).map(|at| format!("export e{at};\n")).collect();
    let items: String = (0..4000).map(|at| format!("(func (export \"test:guest/e{}#f{}\"))", at / 10, at % 10)).collect();
    Plugin::default().export(&lines, &interfaces).items(&items).expect(Expect::Completes)
}
