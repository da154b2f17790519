//! What the guests that call out share: one request over plain HTTP, and a trap where it is answered with 200, which nobody is to get by it.

use crate::Server;
use crate::hostile::{Expect, Guest, Plugin};
use std::sync::OnceLock;

/// A server of this machine, for as long as the guests are tried.
pub(super) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// A guest that sends a request for a path to a server, and waits for the answer; with these servers granted.
pub(super) fn calling(authority: &str, path: &str, granted: &str, expect: Expect) -> Guest {
    const TYPES: &str = "wasi:http/types@0.2.3";
    let (length, path_length) = (authority.len(), path.len());
    let call = format!(
        "(local.set $i (call $request (call $fields)))
        (drop (call $scheme (local.get $i) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
        (drop (call $authority (local.get $i) (i32.const 1) (i32.const 16384) (i32.const {length})))
        (drop (call $path (local.get $i) (i32.const 1) (i32.const 16640) (i32.const {path_length})))
        (call $send (local.get $i) (i32.const 0) (i32.const 0) (i32.const 17000))
        (if (i32.load8_u (i32.const 17000)) (then (return (global.get $empty))))
        (call $block (call $subscribe (local.tee $i (i32.load offset=8 (i32.const 17000)))))
        (call $get (local.get $i) (i32.const 17104))
        (if (i32.eqz (i32.or (i32.load8_u offset=8 (i32.const 17104)) (i32.load8_u offset=16 (i32.const 17104))))
            (then (if (i32.eq (call $status (i32.load offset=24 (i32.const 17104))) (i32.const 200)) (then unreachable))))
        (global.get $empty)"
    );
    Plugin::handling(&call)
        .import(TYPES, "[constructor]fields", "(func $fields (result i32))")
        .import(TYPES, "[constructor]outgoing-request", "(func $request (param i32) (result i32))")
        .import(TYPES, "[method]outgoing-request.set-scheme", "(func $scheme (param i32 i32 i32 i32 i32) (result i32))")
        .import(TYPES, "[method]outgoing-request.set-authority", "(func $authority (param i32 i32 i32 i32) (result i32))")
        .import(TYPES, "[method]outgoing-request.set-path-with-query", "(func $path (param i32 i32 i32 i32) (result i32))")
        .import(TYPES, "[method]future-incoming-response.subscribe", "(func $subscribe (param i32) (result i32))")
        .import(TYPES, "[method]future-incoming-response.get", "(func $get (param i32 i32))")
        .import(TYPES, "[method]incoming-response.status", "(func $status (param i32) (result i32))")
        .import("wasi:http/outgoing-handler@0.2.3", "handle", "(func $send (param i32 i32 i32 i32))")
        .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
        .items(&format!(r#"(data (i32.const 16384) "{authority}") (data (i32.const 16640) "{path}")"#))
        .expect(expect)
        .settings(&format!("[grants]\nhttp = [{granted}]"))
}
