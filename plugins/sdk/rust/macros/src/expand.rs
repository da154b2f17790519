//! From a function to a handler: the function stays as it is, and a type of the same name implements `Handler`.

use crate::args::{Args, Filter, check_name};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Error, FnArg, Ident, ItemFn, Result};

pub(crate) fn expand(args: &Args, function: &ItemFn) -> Result<TokenStream> {
    let (vis, ident) = (&function.vis, &function.sig.ident);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => check_name(&default_name(ident), ident.span())?,
    };
    let (filters, emits) = (args.filters.iter().map(filter), &args.emits);
    let options = args.options.iter().map(|(key, value)| quote!((#key.into(), #value.into())));
    let inputs = inputs(function)?;
    Ok(quote! {
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, reason = "it goes by the name of its function")]
        #vis enum #ident {}

        impl ::oyez_plugin::Handler for #ident {
            const NAME: &'static str = #name;
            const EMITS: &'static [&'static str] = &[#(#emits),*];

            fn subscription() -> ::oyez_plugin::Subscription {
                ::oyez_plugin::Subscription {
                    name: Self::NAME.into(),
                    filters: ::std::vec![#(#filters),*],
                    options: ::std::vec![#(#options),*],
                }
            }

            // Names that no function goes by: a handler may well be called `event`.
            fn handle(__event: &::oyez_plugin::Event, __delivery: &::oyez_plugin::Delivery) -> ::oyez_plugin::Result {
                let _ = (__event, __delivery);
                ::oyez_plugin::Outcome::outcome(#ident(#(#inputs),*))
            }
        }
    })
}

/// `on-payment` for `payment`, and for `on_payment`.
fn default_name(ident: &Ident) -> String {
    let kebab = ident.to_string().trim_start_matches("r#").replace('_', "-");
    if kebab.starts_with("on-") { kebab } else { format!("on-{kebab}") }
}

fn filter(filter: &Filter) -> TokenStream {
    match filter {
        Filter::Attribute(dialect, name, value) => {
            let dialect = format_ident!("{dialect}");
            quote!(::oyez_plugin::Filter::#dialect((#name.into(), #value.into())))
        }
        Filter::Expression(dialect, text) => {
            let dialect = format_ident!("{dialect}");
            quote!(::oyez_plugin::Filter::#dialect(#text.into()))
        }
    }
}

/// What the function is called with: each parameter takes what its type says from the delivery.
fn inputs(function: &ItemFn) -> Result<Vec<TokenStream>> {
    let sig = &function.sig;
    if let Some(keyword) = &sig.asyncness {
        return Err(Error::new(keyword.span(), "a handler is not async: it is called once for each attempt, and returns its emissions"));
    }
    if let Some(parameter) = sig.generics.type_params().next() {
        return Err(Error::new(parameter.span(), "a handler has no type parameters: name the type that the event's data has"));
    }
    sig.inputs
        .iter()
        .map(|input| match input {
            FnArg::Typed(typed) => {
                let ty = &typed.ty;
                Ok(quote_spanned!(ty.span()=> <#ty as ::oyez_plugin::Input>::take(__event, __delivery)?))
            }
            FnArg::Receiver(receiver) => Err(Error::new(receiver.span(), "a handler is a plain function: it has no `self`")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(function: &str) -> String {
        let function = syn::parse_str(function).expect("a function");
        expand(&Args::default(), &function).expect_err("a refusal").to_string()
    }

    #[test]
    fn a_subscription_goes_by_its_function() {
        for (function, name) in [("payment", "on-payment"), ("on_payment", "on-payment"), ("r#type", "on-type"), ("_x", "on--x")] {
            assert_eq!(default_name(&syn::parse_str(function).expect("a name")), name);
        }
    }

    #[test]
    fn a_function_that_cannot_be_a_handler_is_refused_with_the_reason() {
        assert!(refused("async fn f() {}").contains("not async"));
        assert!(refused("fn f<T>(data: T) {}").contains("no type parameters"));
        assert!(refused("fn f(&self) {}").contains("no `self`"));
        assert!(refused("fn größe() {}").contains("is no name"));
    }
}
