//! Opens a socket.
//!
//! Stopped by the network, which refuses.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $socket (i32.const 0) (global.get $free))
            (if
                (i32.or
                    (i32.eqz (i32.load8_u (global.get $free)))
                    (i32.ne (i32.load8_u offset=4 (global.get $free)) (i32.const 1)))
                (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:sockets/tcp-create-socket@0.2.0", "create-tcp-socket", "(func $socket (param i32 i32))")
    .expect(Expect::Completes)
}
