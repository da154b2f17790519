//! `[[plugins.policy]]` of the host's own settings: ceilings, written in the words of a plugin's `.toml`.

use super::check::{Check, Value, name_of};
use super::{grants, limits};
use crate::escape::visible;
use oyez_model::Ceiling;
use toml::de::DeTable;

const MATCH: &str = "a pattern of plugins' names, such as `\"billing/*\"`";
const TABLES: &str = "tables, each headed by `[[plugins.policy]]`";

/// Why a policy, or a plugin's `.toml`, was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CeilingError {
    /// The code by which `oyez help` explains it.
    pub code: &'static str,
    /// Begins with the line.
    pub message: String,
}

/// Reads the policies of a host's settings, in order; whatever else stands there is somebody else's affair.
///
/// # Errors
/// A policy that is none; the first one by its place.
pub fn ceilings(text: &str) -> Result<Vec<Ceiling>, CeilingError> {
    let Ok(table) = DeTable::parse(text) else { return Ok(Vec::new()) };
    let policies = table.get_ref().get("plugins").and_then(|plugins| plugins.get_ref().as_table()?.get("policy"));
    let mut check = Check::new(text);
    let found = policies.map_or_else(Vec::new, |policies| all(&mut check, policies));
    match check.first() {
        Some(problem) => Err(CeilingError { code: problem.code, message: visible(&problem.message) }),
        None => Ok(found),
    }
}

fn all(check: &mut Check<'_>, value: &Value<'_>) -> Vec<Ceiling> {
    let Some(array) = value.get_ref().as_array() else {
        check.wrong::<()>("plugins.policy", value, TABLES);
        return Vec::new();
    };
    array.iter().map(|value| one(check, value)).collect()
}

fn one(check: &mut Check<'_>, value: &Value<'_>) -> Ceiling {
    let mut ceiling = Ceiling::default();
    for (key, value) in check.table("plugins.policy", value) {
        match name_of(key) {
            "match" => ceiling.pattern = check.text("plugins.policy.match", value, MATCH).unwrap_or_default(),
            "grants" => ceiling.grants = Some(grants::grants(check, value)),
            "limits" => ceiling.limits = limits::limits(check, value),
            _ => check.unknown("plugins.policy", key),
        }
    }
    if ceiling.pattern.is_empty() {
        check.fail::<()>(value.span().start, "invalid-setting", format!("a policy has no `match`: give it {MATCH}"));
    }
    ceiling
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_model::{Authority, Grants, LimitKey};

    #[test]
    fn a_policy_is_written_in_the_words_of_a_toml() {
        let text = "[plugins]\ndir = 'p'\n[[plugins.policy]]\nmatch = 'billing/*'\ngrants = { state = true, http = ['a:1'] }\nlimits = { cpu = '50ms' }\n[[plugins.policy]]\nmatch = '*'\n";
        let http = Some([Authority::parse("a:1").unwrap()].into());
        let first = Ceiling {
            pattern: "billing/*".to_owned(),
            grants: Some(Grants { state: true, http, ..Grants::default() }),
            limits: [(LimitKey::Cpu, 50)].into(),
        };
        assert_eq!(ceilings(text), Ok(vec![first, Ceiling { pattern: "*".to_owned(), ..Ceiling::default() }]));
        assert_eq!(ceilings(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line() {
        for (policy, says) in [
            ("grants = {}", "line 2: a policy has no `match`"),
            ("match = 'a'\nmax = 1", "line 4: there is no key `plugins.policy.max`"),
            ("match = 'a'\nlimits = { cpu = 1 }", "line 4: `limits.cpu` is `1`"),
            ("match = 'a'\ngrants = { http = ['a'] }", "line 4: `grants.http` is `'a'`"),
        ] {
            let error = ceilings(&format!("[plugins]\n[[plugins.policy]]\n{policy}\n")).unwrap_err();
            assert!(error.message.starts_with(says), "{error}");
        }
        assert!(ceilings("[plugins]\npolicy = 3").is_err());
    }
}
