//! The contract in `wit/` as Rust types.

/// The contract as `wit-bindgen` writes it, for what this crate has no words for: the state of `wasi:keyvalue`, or a plugin that exports the contract by hand.
#[allow(missing_docs, unreachable_pub, unsafe_code, reason = "generated; documented in `wit/`")]
#[allow(clippy::allow_attributes_without_reason, clippy::too_many_lines, clippy::str_to_string, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "plugin",
        pub_export_macro: true,
        export_macro_name: "export",
        generate_all,
        additional_derives: [PartialEq],
    });
}
