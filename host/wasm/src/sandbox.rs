//! The sandbox as an embedder has it.

use crate::host::Host;
use crate::load::{Inspection, inspect, load};
use oyez_model::port::{BoxFuture, LoadError, Loader, Plugin, PluginSettings};
use oyez_model::{Build, Listener, PluginName};
use std::sync::Arc;

/// Loads plugins and runs them, on threads of its own. A clone is another handle to the same sandbox; it ends with the last handle
/// and the last plugin.
///
/// ```
/// # fn main() -> Result<(), oyez_wasm::SandboxError> {
/// let sandbox = oyez_wasm::Sandbox::builder().compile_in_process().slots(16).build()?;
/// assert!(oyez_wasm::Sandbox::builder().build().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub(crate) host: Arc<Host>,
    pub(crate) listener: Option<Listener>,
}

impl Sandbox {
    /// Why instances do not come from a pool, if they do not: each attempt then costs some 20 to 30 us more.
    #[must_use]
    pub fn unpooled(&self) -> Option<&str> {
        self.host.unpooled.as_deref()
    }

    /// The same sandbox; what the plugins that are loaded by it say is told to a listener, beside the log of `tracing`.
    #[must_use]
    pub fn heard_by(&self, listener: Listener) -> Self {
        Self { listener: Some(listener), ..self.clone() }
    }

    /// Says what there is to be said of a component that nobody runs: its shape, what it imports and which grants that takes, what
    /// `describe` says, what it costs. It is compiled and instantiated here, under the limits that hold for all, and given no event.
    /// `settings` are those that it would be loaded with: by them it is judged. A file that is refused is no error: the reason stands in
    /// [`Inspection::refused`], beside what could be learnt all the same.
    pub async fn inspect(&self, name: PluginName, build: Build, settings: &PluginSettings) -> Inspection {
        inspect(self.host.clone(), name, build, settings).await
    }
}

impl Loader for Sandbox {
    fn load(&self, name: PluginName, build: Build, settings: PluginSettings) -> BoxFuture<Result<Plugin, LoadError>> {
        Box::pin(load(self.host.clone(), name, build, settings, self.listener.clone()))
    }
}
