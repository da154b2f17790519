//! The attribute `#[handler]` of `oyez-plugin`, where it is documented.

mod args;
mod expand;

use proc_macro::TokenStream;

/// Makes a function a handler: documented at `oyez_plugin::handler`.
#[proc_macro_attribute]
pub fn handler(args: TokenStream, function: TokenStream) -> TokenStream {
    let expanded = syn::parse(args).and_then(|args| expand::expand(&args, &syn::parse(function)?));
    expanded.unwrap_or_else(|e| e.to_compile_error()).into()
}
