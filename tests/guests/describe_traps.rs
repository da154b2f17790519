//! Panics when it is asked what it is.

use oyez_plugin::bindings::exports::oyez::plugin::{handler, plugin_info};
use oyez_plugin::bindings::oyez::plugin::types;
use oyez_plugin::{Delivery, Description, Emission, Event};

struct Plugin;

impl plugin_info::Guest for Plugin {
    fn describe() -> Description {
        panic!("this guest cannot say what it is");
    }
}

impl handler::Guest for Plugin {
    fn handle(_: Event, _: Delivery) -> Result<Vec<Emission>, types::Failure> {
        Ok(Vec::new())
    }
}

oyez_plugin::export!(Plugin);
