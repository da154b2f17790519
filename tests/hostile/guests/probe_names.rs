//! Asks who `localhost` is: a name that a resolver could carry data out by.
//!
//! Stopped by the network, which refuses.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $resolve (call $network) (i32.const 16384) (i32.const 9) (i32.const 16400))
            (if (i32.eqz (i32.load8_u (i32.const 16400))) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:sockets/instance-network@0.2.0", "instance-network", "(func $network (result i32))")
    .import("wasi:sockets/ip-name-lookup@0.2.0", "resolve-addresses", "(func $resolve (param i32 i32 i32 i32))")
    .items(r#"(data (i32.const 16384) "localhost")"#)
    .expect(Expect::Completes)
}
