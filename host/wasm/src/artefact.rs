//! What is known of one build, and shared by all plugins that are this build.

use crate::bindings::PluginPre;
use crate::instance::Guest;
use crate::load::Described;
use tokio::sync::OnceCell;

/// A component, ready for instances.
pub(crate) struct Linked {
    pub(crate) pre: PluginPre<Guest>,
    /// What it imports that takes a grant, by name.
    pub(crate) asks: Vec<String>,
}

/// What is known of one build. Filled once, whoever asks first: identical bytes compile once.
#[derive(Default)]
pub(crate) struct Artefact {
    pub(crate) linked: OnceCell<Linked>,
    pub(crate) described: OnceCell<Described>,
}

impl Artefact {
    /// What it imports that takes a grant, by name.
    pub(crate) fn asks(&self) -> &[String] {
        self.linked.get().map_or(&[], |linked| &linked.asks)
    }

    /// The linked component.
    pub(crate) fn linked(&self) -> &PluginPre<Guest> {
        &self.linked.get().expect("a plugin is made of a linked component").pre
    }
}
