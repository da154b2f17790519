//! Subscribes to nothing: the operator's `.toml` has to say what it takes. It completes whatever it gets.

use oyez_plugin::bindings::exports::oyez::plugin::{handler, plugin_info};
use oyez_plugin::bindings::oyez::plugin::types;
use oyez_plugin::{Delivery, Description, Emission, Event};

struct Plugin;

impl plugin_info::Guest for Plugin {
    fn describe() -> Description {
        oyez_plugin::describe("idle", "0.1.0", "Takes what it is told to.", &[])
    }
}

impl handler::Guest for Plugin {
    fn handle(_: Event, _: Delivery) -> Result<Vec<Emission>, types::Failure> {
        Ok(Vec::new())
    }
}

oyez_plugin::export!(Plugin);
