//! What loads, what does not, and what is said of it.

use super::guest::{Guest, Subscription};
use super::{attempt, load, sandbox};
use oyez_model::port::PluginSettings;
use oyez_model::{Build, Limits, Ordering, PluginName, Verdict};
use oyez_wasm::{Need, Sandbox, SandboxError, Shape};
use std::sync::Arc;

/// The code and the message of a load that fails.
async fn refused(wasm: &[u8]) -> (&'static str, String) {
    let error = load(&sandbox(), wasm, PluginSettings::default()).await.expect_err("it is refused");
    assert!(!error.message.contains('\n'), "one line: {error}");
    (error.code, error.message)
}

async fn check(wasm: &[u8], code: &str, says: &str) {
    let (got, message) = refused(wasm).await;
    assert!(got == code && message.contains(says), "{got}: {message}");
}

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("the text parses")
}

#[tokio::test]
async fn what_describe_says_comes_over() {
    let said = Subscription { name: "on-order", filters: vec![(0, "type", "a.b"), (1, "source", "/x")], options: vec![("ordering", "total")] };
    let guest = Guest { subscriptions: vec![said, Subscription { name: "silent", ..Subscription::default() }], ..Guest::idle() };
    let plugin = load(&sandbox(), &guest.build(), PluginSettings::default()).await.unwrap();
    assert_eq!((plugin.described_version.as_str(), plugin.summary.as_str()), ("1.2.3", "a guest"));
    assert_eq!((plugin.emits, plugin.asks), (vec!["seen".to_owned()], vec![]));
    let [order, silent] = <[_; 2]>::try_from(plugin.subscriptions).unwrap();
    let spec = order.resolve().unwrap();
    assert_eq!((spec.filters.len(), spec.ordering), (2, Ordering::Total));
    assert!(silent.resolve().is_err(), "no filters is no opinion");
}

#[tokio::test]
async fn an_inspection_says_what_a_load_would_and_more() {
    let inspect = async |wasm: &[u8]| sandbox().inspect(PluginName::new("guest").unwrap(), Build::of(wasm), &PluginSettings::default()).await;
    let seen = inspect(&Guest::idle().build()).await;
    assert_eq!((seen.shape, seen.pure, &seen.refused), (Shape::Handler, Some(true), &None));
    assert_eq!(seen.described.unwrap().summary, "a guest");
    assert!(seen.cost.memory_bytes.is_some_and(|bytes| bytes >= 64 << 10) && seen.cost.instance.is_some(), "{:?}", seen.cost);
    let command = inspect(&text(r#"(component (instance $i) (export "wasi:cli/run@0.2.3" (instance $i)))"#)).await;
    let is_command = matches!(command.shape, Shape::NotYet { interface: "wasi:cli/run", .. });
    assert!(is_command && command.refused.is_some_and(|refused| refused.code == "not-yet") && command.described.is_none());
    let foreign = Guest { packages: "package a:b { interface c { open: func() -> u32; } }".to_owned(), ..Guest::idle() };
    let seen = inspect(&foreign.importing(&["a:b/c"], r#"(import "a:b/c" "open" (func (result i32)))"#).build()).await;
    assert_eq!(seen.refused.unwrap().code, "unknown-import");
    assert!(seen.imports.iter().any(|import| import.name == "a:b/c" && import.need == Need::Unknown), "{:?}", seen.imports);
    let greedy = PluginSettings { limits: Limits { memory: 64 << 30, ..Limits::default() }, ..PluginSettings::default() };
    let seen = sandbox().inspect(PluginName::new("guest").unwrap(), Build::of(Guest::idle().build()), &greedy).await;
    assert_eq!((seen.refused.unwrap().code, seen.described, seen.shape), ("over-budget", None, Shape::Handler));
}

#[tokio::test]
async fn what_is_no_component_is_refused_by_its_kind() {
    check(b"garbage", "not-wasm", "does not begin").await;
    check(&Guest::idle().module(), "core-module", "wasm32-wasip2").await;
    check(&text("(component)"), "no-handler", "exports nothing").await;
    check(b"\0asm\x0d\0\x01\0\x0b\x01\xff", "invalid-component", "does not compile").await;
    let command = r#"(component (instance $i) (export "wasi:cli/run@0.2.3" (instance $i)))"#;
    check(&text(command), "not-yet", "a WASI command").await;
}

#[tokio::test]
async fn a_file_cut_anywhere_is_refused() {
    let whole = Guest::idle().build();
    let sandbox = sandbox();
    for end in (0..whole.len()).step_by(61) {
        let error = load(&sandbox, &whole[..end], PluginSettings::default()).await.expect_err("it is cut");
        assert!(["truncated", "invalid-component", "no-handler"].contains(&error.code), "{end}: {error}");
    }
}

#[tokio::test]
async fn another_contract_is_named_with_both_versions() {
    let guest = Guest { contract: "0.2.0", ..Guest::idle() };
    check(&guest.build(), "no-handler", "built for oyez:plugin@0.2.0, this host offers 0.1.0").await;
    let patch = Guest { contract: "0.1.7", ..Guest::idle() };
    load(&sandbox(), &patch.build(), PluginSettings::default()).await.expect("a later patch is compatible");
}

#[tokio::test]
async fn an_import_that_takes_a_grant_names_the_line_to_add() {
    let importing = |import, package: &str, core| {
        let guest = Guest { packages: package.to_owned(), ..Guest::idle() };
        guest.importing(import, core).build()
    };
    let state = importing(
        &["wasi:keyvalue/store@0.2.0-draft"],
        "package wasi:keyvalue@0.2.0-draft { interface store { open: func() -> u32; } }",
        r#"(import "wasi:keyvalue/store@0.2.0-draft" "open" (func (result i32)))"#,
    );
    check(&state, "missing-grant", "state = true").await;
    let http = importing(
        &["wasi:http/outgoing-handler@0.2.3"],
        "package wasi:http@0.2.3 { interface outgoing-handler { handle: func() -> u32; } }",
        r#"(import "wasi:http/outgoing-handler@0.2.3" "handle" (func (result i32)))"#,
    );
    check(&http, "missing-grant", r#"http = ["HOST:PORT"]"#).await;
}

#[tokio::test]
async fn an_unknown_import_is_named_with_its_likely_reason() {
    let importing = |import, package: &str, core| {
        let guest = Guest { packages: package.to_owned(), ..Guest::idle() };
        guest.importing(import, core).build()
    };
    let own = importing(
        &["acme:db/query@1.0.0"],
        "package acme:db@1.0.0 { interface query { run: func(); } }",
        r#"(import "acme:db/query@1.0.0" "run" (func))"#,
    );
    check(&own, "unknown-import", "`acme:db/query@1.0.0`, which this host does not have: take it out").await;
    let newer = importing(
        &["wasi:clocks/system-clock@0.3.0"],
        "package wasi:clocks@0.3.0 { interface system-clock { now: func() -> u64; } }",
        r#"(import "wasi:clocks/system-clock@0.3.0" "now" (func (result i64)))"#,
    );
    check(&newer, "unknown-import", "WASI 0.3").await;
}

#[tokio::test]
async fn a_component_that_the_pool_cannot_hold_is_refused() {
    let many = |what: &str, count: usize| {
        let instances = "(core instance (instantiate $m))".repeat(count);
        text(&format!("(component (core module $m {what}) {instances})"))
    };
    check(&many("(memory 1)", 5), "too-many-resources", "5").await;
    check(&many("(table 1 funcref)", 9), "too-many-resources", "9").await;
    check(&many("", 33), "too-many-resources", "33").await;
    check(&many("(memory 20000)", 1), "too-many-resources", "1310720000").await;
    check(&many("(table 70000 funcref)", 1), "too-many-resources", "70000").await;
}

#[tokio::test]
async fn a_describe_that_fails_says_how() {
    let describing = |describe| Guest { describe, ..Guest::idle() }.build();
    check(&describing("unreachable"), "describe-failed", "unreachable").await;
    check(&describing("(loop br 0)"), "describe-failed", "used its `cpu` of 1 s up").await;
    let big = Guest { pages: 2000, ..Guest::idle() };
    check(&big.build(), "describe-failed", "over its `memory` of 67108864").await;
}

#[tokio::test]
async fn a_description_that_cannot_be_is_refused() {
    let saying = |name, filters, options| Guest { subscriptions: vec![Subscription { name, filters, options }], ..Guest::idle() }.build();
    check(&saying("on order", vec![], vec![]), "invalid-description", "`on order` is no name").await;
    check(&saying("a", vec![(0, "Type", "x")], vec![]), "invalid-filter", "`Type` is no attribute").await;
    check(&saying("a", vec![(3, "type = 'x'", "")], vec![]), "not-yet", "sql").await;
    check(&saying("a", vec![(4, "{}", "")], vec![]), "not-yet", "json").await;
    check(&saying("a", vec![], vec![("retries", "3")]), "unknown-key", "retries").await;
    check(&saying("a", vec![], vec![("ordering", "some")]), "invalid-setting", "key, none or total").await;
    let twice = Guest { subscriptions: vec![Subscription { name: "a", ..Subscription::default() }; 2], ..Guest::idle() };
    check(&twice.build(), "invalid-description", "two subscriptions are called `a`").await;
}

#[tokio::test]
async fn limits_that_the_host_could_never_grant_are_refused() {
    let sandbox = Sandbox::builder().compile_in_process().memory(128 << 20).build().unwrap();
    for limits in [Limits { memory: 128 << 20, ..Limits::default() }, Limits { emission_bytes: usize::MAX, ..Limits::default() }] {
        let settings = PluginSettings { limits, ..PluginSettings::default() };
        let error = load(&sandbox, &Guest::idle().build(), settings).await.unwrap_err();
        assert!(error.code == "over-budget" && error.message.contains("134217728"), "{error}");
    }
}

#[tokio::test]
async fn many_loads_of_one_build_at_once_all_succeed() {
    let sandbox = sandbox();
    let wasm: Arc<[u8]> = Guest::idle().build().into();
    let mut loads = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (sandbox, wasm) = (sandbox.clone(), wasm.clone());
        loads.spawn(async move { load(&sandbox, &wasm, PluginSettings::default()).await.map(|plugin| plugin.version) });
    }
    let versions: Vec<_> = loads.join_all().await.into_iter().map(Result::unwrap).collect();
    assert!(versions.iter().all(|version| *version == versions[0]));
}

#[tokio::test]
async fn where_the_pool_cannot_be_reserved_plugins_run_without() {
    let sandbox = Sandbox::builder().compile_in_process().slots(65_536).build().unwrap();
    assert!(sandbox.unpooled().is_some(), "more address space than there is");
    let plugin = load(&sandbox, &Guest::idle().build(), PluginSettings::default()).await.unwrap();
    assert!(matches!(attempt(&plugin.handler).await.0, Verdict::Completed(_)));
    let many = text(&format!("(component (core module $m (memory 1)) {})", "(core instance (instantiate $m))".repeat(5)));
    assert_eq!(load(&sandbox, &many, PluginSettings::default()).await.unwrap_err().code, "too-many-resources");
}

#[test]
fn a_sandbox_needs_a_choice_of_compiler_and_sound_settings() {
    assert!(matches!(Sandbox::builder().build(), Err(SandboxError::NoCompiler)));
    for bad in [Sandbox::builder().slots(0), Sandbox::builder().threads(0), Sandbox::builder().memory(1)] {
        assert_eq!(bad.compile_in_process().build().unwrap_err().code(), "invalid-setting");
    }
}
