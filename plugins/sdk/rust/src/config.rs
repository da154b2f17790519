//! The plugin's `[config]` and `[secrets]`, as the operator's `.toml` has them. Empty while the plugin is described, and in tests without a host.

#[cfg(target_family = "wasm")]
use crate::bindings::wasi::config::store;

/// The value of one key, if the operator gave it.
#[cfg(target_family = "wasm")]
#[must_use]
pub fn get(key: &str) -> Option<String> {
    // A host that cannot read a value has none to give.
    store::get(key).ok().flatten()
}

/// The value of one key: without a host there is none.
#[cfg(not(target_family = "wasm"))]
#[must_use]
pub fn get(_key: &str) -> Option<String> {
    None
}
