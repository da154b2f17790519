//! What the guests that call out share. Until outgoing HTTP can be granted, all of them are refused for the import: here is where to change that.

use crate::hostile::{Expect, Guest, Plugin};

/// What becomes of all of them.
const EXPECT: Expect = Expect::Refused("missing-grant", "http = [");

/// A guest that sends a request to an authority, waits for the answer, and traps where there is one.
pub(super) fn calling(authority: &str) -> Guest {
    const TYPES: &str = "wasi:http/types@0.2.3";
    let length = authority.len();
    let call = format!(
        "(local.set $i (call $request (call $fields)))
        (drop (call $authority (local.get $i) (i32.const 1) (global.get $free) (i32.const {length})))
        (call $send (local.get $i) (i32.const 0) (i32.const 0) (i32.const 17000))
        (if (i32.load8_u (i32.const 17000)) (then (return (global.get $empty))))
        (call $block (call $subscribe (local.tee $i (i32.load offset=8 (i32.const 17000)))))
        (call $get (local.get $i) (i32.const 17100))
        (if (i32.eqz (i32.or (i32.load8_u offset=8 (i32.const 17100)) (i32.load8_u offset=16 (i32.const 17100)))) (then unreachable))
        (global.get $empty)"
    );
    Plugin::handling(&call)
        .import(TYPES, "[constructor]fields", "(func $fields (result i32))")
        .import(TYPES, "[constructor]outgoing-request", "(func $request (param i32) (result i32))")
        .import(TYPES, "[method]outgoing-request.set-authority", "(func $authority (param i32 i32 i32 i32) (result i32))")
        .import(TYPES, "[method]future-incoming-response.subscribe", "(func $subscribe (param i32) (result i32))")
        .import(TYPES, "[method]future-incoming-response.get", "(func $get (param i32 i32))")
        .import("wasi:http/outgoing-handler@0.2.3", "handle", "(func $send (param i32 i32 i32 i32))")
        .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
        .items(&format!(r#"(data (i32.const 16384) "{authority}")"#))
        .expect(EXPECT)
}
