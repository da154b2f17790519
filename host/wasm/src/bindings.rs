//! The contract's types, made from `wit/`. A world of our own with the exports only: what a guest may import is linked by `wasi`.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package oyez:host;
        world plugin {
            export oyez:plugin/plugin-info@0.1.0;
            export oyez:plugin/handler@0.1.0;
        }
    ",
    world: "oyez:host/plugin",
    exports: { default: async },
});

pub(crate) use oyez::plugin::types;

/// The version of the contract that this host offers.
pub(crate) const CONTRACT: &str = "0.1.0";
