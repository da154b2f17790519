//! `wasi:config`, under every name that guests are built with: drafts match only verbatim.

use crate::instance::Guest;
use wasmtime::component::{ComponentType, Linker, Lower};
use wasmtime::{Result, StoreContextMut};

/// The names in use. `runtime` is what the first draft called `store`.
pub(super) const NAMES: [&str; 3] = ["wasi:config/store@0.2.0-rc.1", "wasi:config/store@0.2.0-draft", "wasi:config/runtime@0.2.0-draft"];

/// Why a value could not be had. Ours always can.
#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code, reason = "the contract's shape; nothing here fails")]
enum Unread {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

type Pairs = Vec<(String, String)>;

/// Links it. Values come from `[config]` of the plugin's `.toml`; during `describe` there are none.
pub(super) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    for name in NAMES {
        let mut instance = linker.instance(name)?;
        instance.func_wrap("get", |cx: StoreContextMut<'_, Guest>, (key,): (String,)| {
            let value = cx.data().config.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone());
            Ok((Ok::<Option<String>, Unread>(value),))
        })?;
        instance.func_wrap("get-all", |cx: StoreContextMut<'_, Guest>, (): ()| Ok((Ok::<Pairs, Unread>(cx.data().config.to_vec()),)))?;
    }
    Ok(())
}
