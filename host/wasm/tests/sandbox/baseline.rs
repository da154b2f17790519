//! The inert baseline: there, and the same every time.

use super::guest::{EMIT_SEEN, EMPTY, Guest, SEEN};
use super::{ACCEPTED, attempt, handler, load, sandbox, seen};
use oyez_model::port::PluginSettings;
use oyez_model::{Limits, Verdict};

/// A guest that puts what these calls see at [`SEEN`] and emits it.
fn seeing(imports: &'static [&'static str], core_imports: &'static str, body: &str) -> Vec<u8> {
    Guest::new(format!("{body} (i32.const {EMIT_SEEN})")).importing(imports, core_imports).build()
}

#[tokio::test]
async fn the_wall_clock_starts_when_the_event_was_accepted_and_each_read_moves_it_on() {
    let now = |at| format!("(call $now (i32.const {}))", SEEN + at);
    let wasm =
        seeing(&["wasi:clocks/wall-clock@0.2.0"], r#"(import "wasi:clocks/wall-clock@0.2.0" "now" (func $now (param i32)))"#, &(now(0) + &now(16)));
    let handler = handler(&sandbox(), &wasm, Limits::default()).await;
    for _ in 0..2 {
        let read = seen(&handler, 1).await;
        assert_eq!(read[0] * 1_000_000_000 + read[1], ACCEPTED);
        assert_eq!(read[2] * 1_000_000_000 + read[3], ACCEPTED + 1_000);
    }
}

#[tokio::test]
async fn a_sleep_of_a_day_ends_at_once() {
    let wasm = seeing(
        &["wasi:clocks/monotonic-clock@0.2.0", "wasi:io/poll@0.2.0"],
        r#"(import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
           (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $sleep (param i64) (result i32)))
           (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))"#,
        &format!(
            "(i64.store (i32.const {SEEN}) (call $now)) (call $block (call $sleep (i64.const 86400000000000)))
             (i64.store (i32.const {}) (call $now))",
            SEEN + 8
        ),
    );
    let read = seen(&handler(&sandbox(), &wasm, Limits::default()).await, 1).await;
    assert!(read[0] > 0, "Go takes a zero for a broken clock");
    assert_eq!(read[1] - read[0], 86_400_000_001_000);
}

#[tokio::test]
async fn randomness_is_the_deliverys_own_and_repeats() {
    let wasm = seeing(
        &["wasi:random/random@0.2.0", "wasi:random/insecure-seed@0.2.0"],
        r#"(import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
           (import "wasi:random/insecure-seed@0.2.0" "insecure-seed" (func $seed (param i32)))"#,
        &format!("(i64.store (i32.const {SEEN}) (call $random)) (call $seed (i32.const {}))", SEEN + 8),
    );
    let handler = handler(&sandbox(), &wasm, Limits::default()).await;
    let first = seen(&handler, 1).await;
    assert_eq!(first, seen(&handler, 1).await);
    let other = seen(&handler, 2).await;
    assert!((0..3).all(|at| first[at] != other[at]) && first[0] != first[1]);
    // The same on every machine and in every release: a replay of old events must see what they saw.
    assert_eq!(first[0], 14_156_542_310_752_927_490);
}

#[tokio::test]
async fn too_many_random_bytes_at_once_are_over_limit() {
    let body = format!("(call $bytes (i64.const 65537) (i32.const {SEEN}))");
    let wasm =
        seeing(&["wasi:random/random@0.2.0"], r#"(import "wasi:random/random@0.2.0" "get-random-bytes" (func $bytes (param i64 i32)))"#, &body);
    let verdict = attempt(&handler(&sandbox(), &wasm, Limits::default()).await).await.0;
    assert!(matches!(&verdict, Verdict::OverLimit(reason) if reason.contains("65537")), "{verdict:?}");
}

#[tokio::test]
async fn there_are_no_files_no_environment_and_no_network() {
    let wasm = seeing(
        &["wasi:filesystem/preopens@0.2.0", "wasi:cli/environment@0.2.0", "wasi:sockets/tcp-create-socket@0.2.0"],
        r#"(import "wasi:filesystem/preopens@0.2.0" "get-directories" (func $files (param i32)))
           (import "wasi:cli/environment@0.2.0" "get-environment" (func $environment (param i32)))
           (import "wasi:sockets/tcp-create-socket@0.2.0" "create-tcp-socket" (func $socket (param i32 i32)))"#,
        &format!(
            "(call $files (i32.const {SEEN})) (call $environment (i32.const {})) (call $socket (i32.const 0) (i32.const {}))",
            SEEN + 8,
            SEEN + 16
        ),
    );
    let read = seen(&handler(&sandbox(), &wasm, Limits::default()).await, 1).await;
    let length = |list: u64| list >> 32;
    assert_eq!((length(read[0]), length(read[1])), (0, 0));
    let (refused, code) = (read[2] & 0xff, read[2] >> 32 & 0xff);
    assert_eq!((refused, code), (1, 1), "access denied");
}

#[tokio::test]
async fn an_exit_is_trapped_whatever_its_code() {
    for (status, says) in [(0, "exited with 0 before it answered"), (1, "exited with 1 before it answered")] {
        let guest = Guest::new(format!("(call $exit (i32.const {status})) i32.const {EMPTY}"));
        let wasm = guest.importing(&["wasi:cli/exit@0.2.0"], r#"(import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))"#).build();
        let verdict = attempt(&handler(&sandbox(), &wasm, Limits::default()).await).await.0;
        assert!(matches!(&verdict, Verdict::Trapped(reason) if reason == says), "{verdict:?}");
    }
}

#[tokio::test]
async fn the_last_words_of_a_guest_are_in_the_reason() {
    let body = "(i64.store (i32.const 16384) (i64.const 0x6562206f74206f6e)) (i32.store16 (i32.const 16392) (i32.const 0x0a21))
        (call $write (call $stderr) (i32.const 16384) (i32.const 10) (i32.const 16448)) unreachable";
    let wasm = Guest::new(body)
        .importing(
            &["wasi:cli/stderr@0.2.0", "wasi:io/streams@0.2.0"],
            r#"(import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
               (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))"#,
        )
        .build();
    let verdict = attempt(&handler(&sandbox(), &wasm, Limits::default()).await).await.0;
    assert!(matches!(&verdict, Verdict::Trapped(reason) if reason.contains("unreachable") && reason.ends_with(": no to be!")), "{verdict:?}");
}

#[tokio::test]
async fn resources_without_end_are_over_limit() {
    let body = "(loop (drop (call $stderr)) br 0) unreachable";
    let wasm = Guest::new(body)
        .importing(&["wasi:cli/stderr@0.2.0"], r#"(import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))"#)
        .build();
    let verdict = attempt(&handler(&sandbox(), &wasm, Limits::default()).await).await.0;
    assert!(matches!(&verdict, Verdict::OverLimit(reason) if reason.contains("1000 resources")), "{verdict:?}");
}

macro_rules! a_config {
    ($test:ident, $name:literal, $package:literal) => {
        #[tokio::test]
        async fn $test() {
            let body = format!("(call $all (i32.const {SEEN}))");
            let imports = concat!("(import \"", $name, "\" \"get-all\" (func $all (param i32)))");
            let guest = Guest { packages: $package.to_owned(), ..Guest::new(format!("{body} (i32.const {EMIT_SEEN})")) };
            let wasm = guest.importing(&[$name], imports).build();
            let config = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())];
            let plugin = load(&sandbox(), &wasm, PluginSettings { config, ..PluginSettings::default() }).await.expect("it loads");
            let read = seen(&plugin.handler, 1).await;
            assert_eq!((read[0] & 0xff, read[1] & 0xffff_ffff), (0, 2), "two pairs");
        }
    };
}

a_config!(
    config_is_read_as_store_rc_1,
    "wasi:config/store@0.2.0-rc.1",
    "package wasi:config@0.2.0-rc.1 { interface store { variant error { upstream(string), io(string) }
        get-all: func() -> result<list<tuple<string, string>>, error>; } }"
);
a_config!(
    config_is_read_as_store_draft,
    "wasi:config/store@0.2.0-draft",
    "package wasi:config@0.2.0-draft { interface store { variant error { upstream(string), io(string) }
        get-all: func() -> result<list<tuple<string, string>>, error>; } }"
);
a_config!(
    config_is_read_as_runtime_draft,
    "wasi:config/runtime@0.2.0-draft",
    "package wasi:config@0.2.0-draft { interface runtime { variant config-error { upstream(string), io(string) }
        get-all: func() -> result<list<tuple<string, string>>, config-error>; } }"
);

macro_rules! a_log {
    ($test:ident, $name:literal, $package:literal) => {
        #[tokio::test]
        async fn $test() {
            let imports = concat!("(import \"", $name, "\" \"log\" (func $log (param i32 i32 i32 i32 i32)))");
            let package = format!(
                "package {} {{ interface logging {{ enum level {{ trace, debug, info, warn, error, critical }}
                    log: func(level: level, context: string, message: string); }} }}",
                $package
            );
            let body = format!("(call $log (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3)) (i32.const {EMPTY})");
            let wasm = Guest { packages: package, ..Guest::new(body) }.importing(&[$name], imports).build();
            assert!(matches!(attempt(&handler(&sandbox(), &wasm, Limits::default()).await).await.0, Verdict::Completed(_)));
        }
    };
}

a_log!(logging_is_linked_bare, "wasi:logging/logging", "wasi:logging");
a_log!(logging_is_linked_as_draft, "wasi:logging/logging@0.1.0-draft", "wasi:logging@0.1.0-draft");
