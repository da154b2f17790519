//! A namespace: a subfolder of the plugin folder, and what is its own in the log.

use oyez_model::{NameError, PluginName};
use std::fmt;
use std::str::FromStr;

/// Where the emissions of plugins come from.
const PLUGINS: &str = "/plugins/";

/// A subfolder of the plugin folder, such as `billing` or `billing/eu`. Its own are the plugins in it, at any depth, and the events whose
/// source lies below `/billing/`, or is one of those plugins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a plugin of this name lies in it.
    #[must_use]
    pub fn has_plugin(&self, name: &str) -> bool {
        below(name, &self.0).is_some()
    }

    /// Whether a producer of this namespace may publish under this source: a path below `/NAMESPACE/` that no reader can take for another:
    /// no empty part, no dots for a part, nothing escaped, no query, no fragment.
    #[must_use]
    pub fn may_publish(&self, source: &str) -> bool {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['%', '?', '#', '\\']);
        let rest = source.strip_prefix('/').and_then(|path| below(path, &self.0));
        rest.is_some_and(|rest| rest.split('/').all(plain))
    }

    /// Whether an event of this source is its own: published under it, or emitted by one of its plugins.
    #[must_use]
    pub fn has_source(&self, source: &str) -> bool {
        self.may_publish(source) || source.strip_prefix(PLUGINS).is_some_and(|plugin| self.has_plugin(plugin))
    }
}

/// What stands behind the folder and its `/`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

impl FromStr for Namespace {
    type Err = NameError;

    /// # Errors
    /// A part that no name has, or too many of them.
    fn from_str(text: &str) -> Result<Self, NameError> {
        // What a plugin in it would be called says whether there can be any.
        PluginName::new(&format!("{text}/x")).map(|_| Self(text.to_owned()))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_its_own_is_told_part_by_part() {
        let billing: Namespace = "billing".parse().unwrap();
        for plugin in ["billing/email", "billing/eu/email"] {
            assert!(billing.has_plugin(plugin) && billing.has_source(&format!("/plugins/{plugin}")), "{plugin}");
        }
        for plugin in ["billing", "billing2/email", "email", "shop/billing/email", ""] {
            assert!(!billing.has_plugin(plugin) && !billing.has_source(&format!("/plugins/{plugin}")), "{plugin}");
        }
        for source in ["/billing/web", "/billing/a/b:c"] {
            assert!(billing.may_publish(source), "{source}");
        }
        for source in [
            "/billing",
            "/billing/",
            "billing/web",
            "//billing/web",
            "/billing//web",
            "/billing/../shop",
            "/billing/.",
            "/billing/%2e%2e/shop",
            "/billing/x?y",
            "/billing/x#y",
            "/billing/x\\y",
            "/billings/web",
            "/Billing/web",
            "/plugins/billing/email",
            "https://a/billing/web",
        ] {
            assert!(!billing.may_publish(source), "{source}");
        }
        for wrong in ["", "/", "billing/", "/billing", "a//b", "..", "a b", "é"] {
            assert!(wrong.parse::<Namespace>().is_err(), "{wrong}");
        }
    }
}
