//! What a plugin gives: its file, and the values that it answers with.

use oyez_model::event::{Data, Event};
use oyez_model::port::{Loader, Plugin, PluginSettings};
use oyez_model::{Build, Delivery, Limits, Outcome, PluginName, Recorded, Sequence, SubscriptionName, Timestamp, Verdict};
use oyez_wasm::Sandbox;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const CONTRACT: [&str; 2] = [include_str!("../../../wit/types.wit"), include_str!("../../../wit/handler.wit")];
const WORLD: &str = "package fuzz:guest;\nworld guest { export oyez:plugin/plugin-info@0.1.0; export oyez:plugin/handler@0.1.0; }";
/// Where the guest below has the event's data, and so its answer.
const ANSWER: usize = 65_536;
/// How long that is: longer than anything else that the host puts there.
const ANSWER_BYTES: usize = 32_768;

/// A guest whose answer is the event's data, byte for byte: all that the host lifts from its memory is the fuzzer's.
const MIRROR: &str = r#"(module
    (memory (export "memory") 3)
    (global $heap (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (if (i32.ge_u (local.get 3) (i32.const 32768)) (then (return (i32.const 65536))))
        (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
        (global.set $heap (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
    (data (i32.const 1024) "\00\08\00\00\05\00\00\00\00\08\00\00\01\00\00\00\00\08\00\00\05\00\00\00")
    (data (i32.const 2048) "guest")
    (func (export "oyez:plugin/plugin-info@0.1.0#describe") (result i32) i32.const 1024)
    (func (export "oyez:plugin/handler@0.1.0#handle") (param i32) (result i32) i32.const 65536))"#;

struct World {
    runtime: Runtime,
    sandbox: Sandbox,
    mirror: Plugin,
    /// The file that it was made of.
    file: Vec<u8>,
}

static WORLD_OF_GUESTS: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let sandbox = Sandbox::builder().compile_in_process().slots(4).threads(1).build().expect("a sandbox starts");
    let file = mirror();
    let mirror = runtime.block_on(load(&sandbox, &file)).expect("the mirror is a plugin");
    World { runtime, sandbox, mirror, file }
});

fn mirror() -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_str("oyez.wit", &CONTRACT.concat()).expect("the contract parses");
    let package = resolve.push_str("guest.wit", WORLD).expect("the world parses");
    let world = resolve.select_world(&[package], Some("guest")).expect("the world is there");
    let mut module = wat::parse_str(MIRROR).expect("the text parses");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the contract is put on");
    let encoder = ComponentEncoder::default().validate(true).module(&module).expect("the module fits its world");
    { encoder }.encode().expect("the component is made")
}

async fn load(sandbox: &Sandbox, bytes: &[u8]) -> Result<Plugin, oyez_model::port::LoadError> {
    let limits = Limits { cpu: Duration::from_millis(50), memory: 4 << 20, ..Limits::default() };
    let name = PluginName::new("guest").expect("a name");
    sandbox.load(name, Build::of(bytes), PluginSettings { limits, ..PluginSettings::default() }).await
}

fn delivery(data: Vec<u8>) -> Delivery {
    let event = Event::new("1", "/fuzz", "fuzz.input.v1").and_then(|event| event.with_data(Data::Binary(data))).expect("an event");
    Delivery {
        subscription: SubscriptionName::new("on-any").expect("a name"),
        recorded: Arc::new(Recorded { sequence: Sequence(7), accepted: Timestamp::from_nanos(1), lineage: None, event }),
        attempt: 1,
        idempotency_key: "0".repeat(32),
        replay: false,
        seed: [1; 32],
        state: None,
    }
}

/// One attempt; what it emits keeps to its limits.
fn attempt(world: &World, plugin: &Plugin, data: Vec<u8>) {
    let limits = Limits::default();
    match world.runtime.block_on(plugin.handler.attempt(delivery(data))) {
        Outcome::Settled { verdict: Verdict::Completed(emissions), .. } => assert!(emissions.len() <= limits.emissions),
        Outcome::Settled { .. } => {}
        other => panic!("one attempt at a time always finds room, and keeps no state: {other:?}"),
    }
}

/// The answer of a guest as it lies in its memory, from 65536 on. Whatever it is, the attempt ends.
///
/// # Panics
/// By a finding.
pub fn boundary(bytes: &[u8]) {
    const { assert!(ANSWER + ANSWER_BYTES < 3 * 65_536) };
    let mut data = bytes[..bytes.len().min(ANSWER_BYTES)].to_vec();
    data.resize(ANSWER_BYTES, 0);
    attempt(&WORLD_OF_GUESTS, &WORLD_OF_GUESTS.mirror, data);
}

/// What the first byte of no component says: the rest is changes of one that is good.
const CHANGES: u8 = 0xff;

/// A file in the folder: refused with a reason, or a plugin whose attempt ends.
///
/// # Panics
/// By a finding.
pub fn component(bytes: &[u8]) {
    let world = &*WORLD_OF_GUESTS;
    let file = match bytes.split_first() {
        Some((&CHANGES, how)) => changed(&world.file, how),
        _ => bytes.to_vec(),
    };
    match world.runtime.block_on(load(&world.sandbox, &file)) {
        Ok(plugin) => attempt(world, &plugin, b"x".to_vec()),
        Err(error) => assert!(!error.code.is_empty() && !error.message.contains('\n'), "{error:?}"),
    }
}

/// Three bytes a change: where (two), and what the byte there is xored with; by nothing cuts the file there.
fn changed(file: &[u8], how: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for how in how.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([how[0], how[1]]));
        match file.get_mut(at) {
            Some(_) if how[2] == 0 => file.truncate(at),
            Some(byte) => *byte ^= how[2],
            None => {}
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirrors_answer_is_what_it_is_given() {
        // One emission at 16 behind the answer; its type `t.v1` at 128.
        let mut answer = vec![0_u8; 256];
        let mut put = |at: usize, word: usize| answer[at..at + 4].copy_from_slice(&u32::try_from(word).unwrap().to_le_bytes());
        put(8, ANSWER + 16);
        put(12, 1);
        put(16, ANSWER + 128);
        put(20, 4);
        answer[128..132].copy_from_slice(b"t.v1");
        answer.resize(ANSWER_BYTES, 0);
        let world = &*WORLD_OF_GUESTS;
        let outcome = world.runtime.block_on(world.mirror.handler.attempt(delivery(answer)));
        let Outcome::Settled { verdict: Verdict::Completed(emissions), .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(emissions.len(), 1);
        assert_eq!(emissions[0].ty, "t.v1");
    }
}
