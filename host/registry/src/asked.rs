//! A plugin's `.toml` read without a folder around it: for who looks at a plugin before it is dropped in.

use crate::load;
use crate::settings::{Settings, parse};
use crate::wanted::name_of;
use oyez_model::{Ceiling, PluginName, SubscriptionPatch, SubscriptionSpec, Terms};
use std::path::Path;

/// What a `.toml` asks for. Default = what a plugin without one does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked(Settings);

/// Why a plugin with this `.toml` would be refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AskedError {
    /// The code by which `oyez help` explains it.
    pub code: &'static str,
    /// Begins with the line, where there is one.
    pub message: String,
}

impl Asked {
    /// Reads the text of a `.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong with it, by its place.
    pub fn read(text: &str) -> Result<Self, AskedError> {
        let problem = |problem: crate::settings::Problem| AskedError { code: problem.code, message: problem.message };
        parse(text).result.map(Self).map_err(problem)
    }

    /// What the plugin is called whose files lie below the plugin folder under this path, without its ending. It may be no valid name.
    #[must_use]
    pub fn name(&self, stem: &Path) -> String {
        name_of(stem, self.0.name.as_deref())
    }

    /// What it gets of that below these ceilings.
    #[must_use]
    pub fn terms(&self, ceilings: &[Ceiling], plugin: &PluginName) -> Terms {
        Terms::under(ceilings, plugin, &self.0.limits, &self.0.grants)
    }

    /// What it subscribes to, where `describe` says this.
    ///
    /// # Errors
    /// Nothing, too much, or a subscription without filters.
    pub fn subscriptions(&self, described: &[SubscriptionPatch]) -> Result<Vec<SubscriptionSpec>, AskedError> {
        load::subscriptions(described, &self.0.subscriptions).map_err(|(code, message)| AskedError { code, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_model::LimitKey;

    #[test]
    fn a_toml_is_judged_as_in_the_folder() {
        let asked = Asked::read("name = 'mailer'\n[limits]\ncpu = '50ms'\n[[subscription]]\nname = 'all'\nfilters = []").unwrap();
        assert_eq!(asked.name(Path::new("billing/email")), "billing/mailer");
        let plugin = PluginName::new("billing/mailer").unwrap();
        assert_eq!(asked.terms(&[], &plugin).limits.get(LimitKey::Cpu), 50);
        assert_eq!(asked.subscriptions(&[]).unwrap().len(), 1);
        assert_eq!(Asked::default().subscriptions(&[]).unwrap_err().code, "no-subscription");
        assert_eq!(Asked::read("[limits]\ncpus = 1").unwrap_err().code, "unknown-key");
    }
}
