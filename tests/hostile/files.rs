//! A thousand files that no toolchain made: random bytes, components cut short, components with some of their bytes changed. None ends the
//! host: each is refused by a code that `oyez help` explains, or runs in the sandbox as any other plugin does.

use oyez_tests::hostile::{CORPUS, Expect, Guest, NEIGHBOUR, Stand};
use oyez_tests::{component, event, until};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FILES: usize = 1_000;
const SEED: u64 = 5;
/// How large bombs are that files are made of, in bytes.
const BOMB_BYTES: usize = 2 << 10;
/// Whoever is larger takes too long to make and compile a hundred times over.
const BASE_BYTES_MAX: usize = 64 << 10;
const LARGE: [&str; 5] = ["bomb_many", "giant", "megabytes", "thousands", "nest"];
const CODES: &str = include_str!("../../host/cli/src/help/codes.md");

/// What files are made of: plugins that real toolchains built, and the corpus, which has every shape.
fn bases() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let real = ["guests/echo", "guests/counts", "guests/sleeps_an_hour", "shop-email"].map(component);
    let small = CORPUS.iter().filter(|enemy| !LARGE.iter().any(|large| enemy.name.contains(large)));
    let made = small.map(|enemy| enemy.guest(BOMB_BYTES).wasm).filter(|wasm| (64..BASE_BYTES_MAX).contains(&wasm.len()));
    (real.into(), made.collect())
}

/// Random bytes, half of them behind the head of a component.
fn noise(rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = if rng.bool() { b"\0asm\x0d\0\x01\0".to_vec() } else { Vec::new() };
    let length = rng.usize(..4096);
    bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(length));
    bytes
}

/// The same with some of it changed: bytes, bits, a piece taken out, a piece put in twice, zeros.
fn mutated(mut bytes: Vec<u8>, rng: &mut fastrand::Rng) -> Vec<u8> {
    for _ in 0..rng.usize(1..=3) {
        let at = rng.usize(..bytes.len());
        let end = bytes.len().min(at + rng.usize(1..=16));
        match rng.u8(..10) {
            0..3 => bytes[at] = rng.u8(..),
            3..7 => bytes[at] ^= 1 << rng.u8(..8),
            7 => drop(bytes.drain(at..end)),
            8 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
            _ => bytes[at..end].fill(0),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn files() -> Vec<Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(SEED);
    let (real, made) = bases();
    let make = |i: usize| {
        let base = if i.is_multiple_of(16) { &real[rng.usize(..real.len())] } else { &made[rng.usize(..made.len())] };
        match i % 4 {
            0 => mutated(base.clone(), &mut rng),
            1 => noise(&mut rng),
            2 => base[..rng.usize(..base.len())].to_vec(),
            _ => mutated(base.clone(), &mut rng),
        }
    };
    (0..FILES).map(make).collect()
}

/// What a plugin came to: the code that refused it, or its state.
fn came_to(plugin: &Value) -> &str {
    let reason = plugin["reason"].as_str().unwrap_or_default();
    let state = plugin["state"].as_str().unwrap_or_default();
    if state == "failed" { reason.split_once(": ").map_or(reason, |(code, _)| code) } else { state }
}

#[test]
fn a_thousand_broken_files_are_refused_with_a_reason_or_run_in_the_sandbox() {
    let mut stand = Stand::start().unwrap();
    let client = stand.client();
    for (i, wasm) in files().into_iter().enumerate() {
        stand.drop_in(&format!("f-{i}"), &Guest::bytes(wasm, Expect::Completes)).unwrap();
    }
    let mut plugins = Value::Null;
    until("every file to be loaded or refused", || {
        plugins = client.get("/v1/plugins?limit=2000")?;
        Ok(plugins["items"].as_array().is_some_and(|all| all.len() == FILES + 1))
    })
    .unwrap();

    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    let explained: BTreeSet<&str> = CODES.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    for plugin in plugins["items"].as_array().unwrap().iter().filter(|plugin| plugin["name"] != NEIGHBOUR) {
        let end = came_to(plugin);
        assert!(end == "running" || explained.contains(end), "nobody explains this: {plugin}");
        *ends.entry(end).or_default() += 1;
    }
    println!("{ends:?}");
    for expected in ["not-wasm", "truncated", "invalid-component", "running"] {
        assert!(ends.contains_key(expected), "no file came to `{expected}`: {ends:?}");
    }

    // Those that load are as good as any plugin: what they do with an event ends, however it ends.
    stand.feed(0..2).unwrap();
    client.publish(&[event("n", "test.event.v1", "s", &json!({}))]).unwrap();
    client.until_settled().unwrap();
    assert_eq!(client.count(&format!("{NEIGHBOUR}/on-echo"), "settled").unwrap(), 1);
    assert_eq!(stand.neighbours_failures().unwrap(), 0);
    assert!(stand.is_alive().unwrap());
    stand.stop().unwrap();
}
