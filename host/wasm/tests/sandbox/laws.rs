//! The laws of `Loader`.

use super::guest::{EMIT_SEEN, Guest, SEEN};
use super::{load, sandbox, seen};
use oyez_model::Version;
use oyez_model::port::PluginSettings;

/// Emits a number.
fn saying(number: u32) -> Vec<u8> {
    Guest::new(format!("(i64.store (i32.const {SEEN}) (i64.const {number})) (i32.const {EMIT_SEEN})")).build()
}

#[tokio::test]
async fn law_1_whatever_the_bytes_a_load_ends_and_what_is_no_plugin_is_an_error() {
    let (sandbox, whole) = (sandbox(), saying(1));
    let mut random = 7_u32;
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = random as usize % bytes.len();
            bytes[at] ^= 1 << (random >> 29);
        }
        // It may load all the same: names and data have no wrong bits.
        if let Err(error) = load(&sandbox, &bytes, PluginSettings::default()).await {
            assert!(!error.code.is_empty() && !error.message.is_empty());
        }
    }
    for describe in ["(loop br 0)", "unreachable"] {
        let guest = Guest { describe, ..Guest::idle() };
        assert_eq!(load(&sandbox, &guest.build(), PluginSettings::default()).await.unwrap_err().code, "describe-failed");
    }
    load(&sandbox, &whole, PluginSettings::default()).await.expect("nobody else is hurt");
}

#[tokio::test]
async fn law_2_the_same_bytes_have_the_same_version_and_others_another_one() {
    let [one, other] = [sandbox(), sandbox()];
    let version = async |sandbox, wasm: &[u8]| load(sandbox, wasm, PluginSettings::default()).await.unwrap().version;
    let first = version(&one, &saying(1)).await;
    assert_eq!((version(&one, &saying(1)).await, version(&other, &saying(1)).await), (first, first));
    assert_eq!(first, Version::of(&saying(1)));
    assert_ne!(version(&one, &saying(2)).await, first);
}

#[tokio::test]
async fn law_3_what_a_load_made_stays_as_it_is_whatever_is_loaded_after_it() {
    let sandbox = sandbox();
    let [first, second] = [saying(1), saying(2)];
    let before = load(&sandbox, &first, PluginSettings::default()).await.unwrap();
    // Under the same name.
    let after = load(&sandbox, &second, PluginSettings::default()).await.unwrap();
    load(&sandbox, b"no plugin", PluginSettings::default()).await.unwrap_err();
    assert_eq!((seen(&before.handler, 1).await[0], seen(&after.handler, 1).await[0]), (1, 2));
    drop(after);
    assert_eq!(seen(&before.handler, 1).await[0], 1);
}
