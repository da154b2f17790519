//! The most that plugins can get, whatever their `.toml`s ask for: the operator's policy for a whole folder.

use crate::{Grants, LimitKey, Limits, PluginName};
use std::collections::BTreeMap;

/// One `[[plugins.policy]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// Which plugins: a name in which `*` stands for any text, slashes included, and `?` for one character.
    pub pattern: String,
    /// What they can be granted at most; nothing is said of grants where this is absent.
    pub grants: Option<Grants>,
    /// What their limits can be at most, in the limits' units; nothing is said of those that are absent.
    pub limits: BTreeMap<LimitKey, u64>,
}

/// What decided a limit, or a grant that was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Nobody said anything.
    Default,
    /// The plugin's `.toml`.
    Toml,
    /// The policy with this pattern.
    Policy(String),
}

impl std::fmt::Display for Decided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Toml => f.write_str("its .toml"),
            Self::Policy(pattern) => write!(f, "policy {pattern}"),
        }
    }
}

/// What a plugin gets, and what decided that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What each attempt may use.
    pub limits: Limits,
    /// What it is granted.
    pub grants: Grants,
    /// What decided each limit.
    pub decided: BTreeMap<LimitKey, Decided>,
    /// What a policy took away: a line of the `.toml`, and the policy's pattern.
    pub cut: Vec<(String, String)>,
}

impl Terms {
    /// What comes of what the `.toml` asks for below these ceilings. Each that matches holds.
    #[must_use]
    pub fn under(ceilings: &[Ceiling], plugin: &PluginName, asked: &BTreeMap<LimitKey, u64>, grants: &Grants) -> Self {
        let mut terms = Self { limits: Limits::default(), grants: grants.clone(), decided: BTreeMap::new(), cut: Vec::new() };
        for key in LimitKey::ALL {
            let said = asked.get(&key);
            if let Some(value) = said {
                terms.limits.set(key, *value);
            }
            terms.decided.insert(key, if said.is_some() { Decided::Toml } else { Decided::Default });
        }
        for ceiling in ceilings.iter().filter(|ceiling| ceiling.covers(plugin)) {
            for (key, most) in &ceiling.limits {
                if terms.limits.get(*key) > *most {
                    terms.limits.set(*key, *most);
                    terms.decided.insert(*key, Decided::Policy(ceiling.pattern.clone()));
                }
            }
            if let Some(most) = &ceiling.grants {
                terms.cut.extend(terms.grants.cut(most).into_iter().map(|line| (line, ceiling.pattern.clone())));
            }
        }
        terms
    }
}

impl Ceiling {
    /// Whether it is for this plugin.
    #[must_use]
    pub fn covers(&self, plugin: &PluginName) -> bool {
        wildmatch::WildMatch::new(&self.pattern).matches(plugin.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toml_asks_and_each_policy_that_matches_is_the_most_it_can_get() {
        let plugin = PluginName::new("billing/eu/email").unwrap();
        let policy = |pattern: &str, memory: u64| Ceiling {
            pattern: pattern.to_owned(),
            grants: Some(Grants { state: true, ..Grants::default() }),
            limits: BTreeMap::from([(LimitKey::Memory, memory)]),
        };
        let asked = BTreeMap::from([(LimitKey::Memory, 500), (LimitKey::Cpu, 7)]);
        let grants = Grants { state: true, random: true, ..Grants::default() };
        let all = [policy("shop/*", 1), policy("billing/*", 300), policy("*", 400)];
        let terms = Terms::under(&all, &plugin, &asked, &grants);
        assert_eq!((terms.limits.get(LimitKey::Memory), terms.limits.get(LimitKey::Cpu)), (300, 7));
        assert_eq!(terms.grants, Grants { state: true, ..Grants::default() });
        assert_eq!(terms.cut, [("random = \"real\"".to_owned(), "billing/*".to_owned())]);
        let decided = |key| terms.decided[&key].to_string();
        assert_eq!(
            (decided(LimitKey::Memory), decided(LimitKey::Cpu), decided(LimitKey::Time)),
            ("policy billing/*".into(), "its .toml".into(), "default".into())
        );
        // A default is cut as well.
        assert_eq!(Terms::under(&all[2..], &plugin, &BTreeMap::new(), &grants).limits.memory, 400);
    }
}
