//! From handlers to a plugin: one description, and one entry that finds the handler of a delivery.

use crate::bindings::oyez::plugin::types;
use crate::{Delivery, Description, Emission, Event, Failure, Handler, Result, Subscription};

/// Makes a plugin of its handlers: `plugin!(payment, refund);`, once in a crate. Its name, version and summary are the package's, from `Cargo.toml`.
#[macro_export]
macro_rules! plugin {
    ($($handler:path),+ $(,)?) => {
        const _: () = {
            const HANDLERS: &[$crate::Entry] = &[$($crate::Entry::of::<$handler>()),+];
            const _: () = assert!($crate::distinct(HANDLERS), "two handlers have the same name: give one another by `name = …`");

            struct Plugin;

            impl $crate::bindings::exports::oyez::plugin::plugin_info::Guest for Plugin {
                fn describe() -> $crate::Description {
                    $crate::describe(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"), HANDLERS)
                }
            }

            impl $crate::bindings::exports::oyez::plugin::handler::Guest for Plugin {
                fn handle(
                    event: $crate::Event,
                    delivery: $crate::Delivery,
                ) -> ::std::result::Result<::std::vec::Vec<$crate::Emission>, $crate::bindings::oyez::plugin::types::Failure> {
                    $crate::handle(HANDLERS, &event, &delivery)
                }
            }

            $crate::export!(Plugin);
        };
    };
}

/// Exports a type that implements the contract's two interfaces by hand, [`plugin_info::Guest`] and [`handler::Guest`]: what [`plugin!`](crate::plugin)
/// does for handlers. On another target than Wasm it exports nothing, so that the plugin's own tests link.
///
/// [`plugin_info::Guest`]: crate::bindings::exports::oyez::plugin::plugin_info::Guest
/// [`handler::Guest`]: crate::bindings::exports::oyez::plugin::handler::Guest
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        #[allow(unsafe_code, reason = "the contract's exports are unsafe by nature")]
        const _: () = {
            #[cfg(target_family = "wasm")]
    $crate::bindings::export!($plugin with_types_in $crate::bindings);
            #[cfg(not(target_family = "wasm"))]
            const _: () = $crate::implements_the_contract::<$plugin>();
        };
    };
}

/// Keeps a plugin in use, and checked, where nothing is exported.
pub const fn implements_the_contract<P>()
where
    P: crate::bindings::exports::oyez::plugin::plugin_info::Guest + crate::bindings::exports::oyez::plugin::handler::Guest,
{
}

/// A handler in the plugin's table.
#[derive(Debug)]
pub struct Entry {
    name: &'static str,
    emits: &'static [&'static str],
    subscription: fn() -> Subscription,
    handle: fn(&Event, &Delivery) -> Result,
}

impl Entry {
    /// The entry of a handler.
    #[must_use]
    pub const fn of<H: Handler>() -> Self {
        Self { name: H::NAME, emits: H::EMITS, subscription: H::subscription, handle: H::handle }
    }
}

/// Whether no two have the same name.
#[must_use]
pub const fn distinct(handlers: &[Entry]) -> bool {
    let mut i = 0;
    while i < handlers.len() {
        let mut j = i + 1;
        while j < handlers.len() {
            if same(handlers[i].name.as_bytes(), handlers[j].name.as_bytes()) {
                return false;
            }
            j += 1;
        }
        i += 1;
    }
    true
}

/// `==`, which constants have not yet.
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// What the plugin says of itself.
#[must_use]
pub fn describe(name: &str, version: &str, summary: &str, handlers: &[Entry]) -> Description {
    let mut emits: Vec<String> = handlers.iter().flat_map(|handler| handler.emits).map(|&ty| ty.to_owned()).collect();
    emits.sort_unstable();
    emits.dedup();
    Description {
        name: name.to_owned(),
        version: version.to_owned(),
        summary: summary.to_owned(),
        subscriptions: handlers.iter().map(|handler| (handler.subscription)()).collect(),
        emits,
        options: Vec::new(),
    }
}

/// Runs the handler that the delivery is for.
///
/// # Errors
/// The handler failed; or none has the subscription's name, because the operator's `.toml` added one.
pub fn handle(handlers: &[Entry], event: &Event, delivery: &Delivery) -> Result<Vec<Emission>, types::Failure> {
    let named = handlers.iter().find(|handler| handler.name == delivery.subscription);
    // With one handler there is no doubt who is meant, whatever the operator calls the subscription.
    let only = || {
        if let [only] = handlers { Some(only) } else { None }
    };
    let outcome = named.or_else(only).map_or_else(|| Err(nobody(handlers, &delivery.subscription)), |handler| (handler.handle)(event, delivery));
    outcome.map_err(Failure::into_contract)
}

fn nobody(handlers: &[Entry], subscription: &str) -> Failure {
    let names: Vec<_> = handlers.iter().map(|handler| handler.name).collect();
    Failure::reject(format!("no handler is called `{subscription}`: this plugin has {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Filter, handler, testing};
    use serde_json::json;

    const PLACED: &str = "shop.order.placed.v1";

    #[handler(on = PLACED, emits = ["b.c", "a.b"], options(ordering = "none", retry.attempts = 3))]
    fn order_placed(amount: u32, delivery: &Delivery, event: &Event) -> Emission {
        Emission::new("a.b").subject(&event.id).json(&(amount, delivery.attempt))
    }

    #[handler(name = "refunds", prefix(type = "shop.refund."), suffix(subject = ".eu"), emits = "a.b")]
    fn refund() -> Result<(), std::num::ParseIntError> {
        "x".parse::<u8>().map(drop)
    }

    const BOTH: &[Entry] = &[Entry::of::<order_placed>(), Entry::of::<refund>()];

    #[test]
    fn a_description_says_what_the_attributes_say() {
        let said = describe("shop", "1.2.3", "sells", BOTH);
        assert_eq!((said.name.as_str(), said.version.as_str(), said.summary.as_str()), ("shop", "1.2.3", "sells"));
        assert_eq!(said.emits, ["a.b", "b.c"]);
        let [placed, refund] = &said.subscriptions[..] else { panic!("two subscriptions") };
        assert_eq!((placed.name.as_str(), refund.name.as_str()), ("on-order-placed", "refunds"));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(placed.filters, [Filter::Exact(pair("type", PLACED))]);
        assert_eq!(refund.filters, [Filter::Prefix(pair("type", "shop.refund.")), Filter::Suffix(pair("subject", ".eu"))]);
        assert_eq!(placed.options, [pair("ordering", "none"), pair("retry.attempts", "3")]);
    }

    #[test]
    fn a_delivery_finds_the_handler_of_its_subscription() {
        let event = testing::event(PLACED, json!(7));
        let run = |handlers, subscription| handle(handlers, &event, &testing::delivery(subscription));
        let emissions = run(BOTH, "on-order-placed").unwrap();
        assert_eq!(emissions, [Emission::new("a.b").subject(&event.id).json(&(7, 1))]);
        assert!(matches!(run(BOTH, "refunds"), Err(types::Failure::Retry(_))));
        assert!(matches!(run(BOTH, "other"), Err(types::Failure::Reject(reason)) if reason.ends_with("on-order-placed, refunds")));
        assert!(run(&BOTH[..1], "other").is_ok());
    }

    #[test]
    fn two_handlers_of_one_name_are_found_out_at_compile_time() {
        assert!(distinct(BOTH));
        assert!(!distinct(&[Entry::of::<refund>(), Entry::of::<refund>()]));
    }
}
