//! The `.toml` beside a component, made into checked values. Pure: text in, settings or the first problem out.

mod check;
mod grants;
mod limits;
mod policy;
mod subscription;
#[cfg(test)]
mod tests;

pub use policy::{CeilingError, ceilings};

use crate::escape::visible;
use check::{Check, Value, name_of};
use oyez_model::{Grants, LimitKey, SubscriptionName, SubscriptionPatch};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What a `.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// Its own name, in place of the stem.
    pub(crate) name: Option<String>,
    /// Its component, below the `.toml`'s folder, in place of the one with the same stem.
    pub(crate) component: Option<PathBuf>,
    pub(crate) paused: bool,
    /// Its limits as far as it says them, each in its own unit.
    pub(crate) limits: BTreeMap<LimitKey, u64>,
    /// What it asks for.
    pub(crate) grants: Grants,
    /// What `wasi:config` reads, sorted by key.
    pub(crate) config: Vec<(String, String)>,
    /// Where its secrets lie, below the folder of secrets.
    pub(crate) secrets: BTreeMap<String, PathBuf>,
    pub(crate) subscriptions: Vec<SubscriptionPatch>,
}

/// The first thing that is wrong with a `.toml`, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    /// Begins with the line, where there is one.
    pub(crate) message: String,
}

/// A `.toml` that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// The name and the component as far as they can be made out, though the rest be wrong: so that a slip in a `.toml` makes no plugin
    /// of the component that it shares.
    pub(crate) outline: (Option<String>, Option<PathBuf>),
    pub(crate) result: Result<Settings, Problem>,
}

/// Checks the text of a plugin's `.toml`, as a host does when it finds one.
///
/// # Errors
/// The first thing that is wrong with it, by its place.
pub fn check_settings(text: &str) -> Result<(), CeilingError> {
    let Problem { code, message } = match parse(text).result {
        Ok(_) => return Ok(()),
        Err(problem) => problem,
    };
    Err(CeilingError { code, message: visible(&message) })
}

/// Reads the text of a `.toml`.
pub(crate) fn parse(text: &str) -> Parsed {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut check = Check::new(text);
    let settings = root(&mut check, table.get_ref());
    let outline = (settings.name.clone(), settings.component.clone());
    // Syntax goes first: a broken text makes faults of its own.
    let syntax = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start));
    let result = match syntax.map(|error| check.syntax(error)).or_else(|| check.first()) {
        Some(problem) => Err(problem),
        None => Ok(settings),
    };
    Parsed { outline, result }
}

fn root(check: &mut Check<'_>, table: &DeTable<'_>) -> Settings {
    let mut settings = Settings::default();
    for (key, value) in table {
        match name_of(key) {
            "name" => settings.name = plugin_name(check, value),
            "component" => settings.component = component(check, value),
            "paused" => settings.paused = check.boolean("paused", value).unwrap_or_default(),
            "instance" => instance(check, value),
            "subscription" => settings.subscriptions = subscription::all(check, value),
            "limits" => settings.limits = limits::limits(check, value),
            "grants" => settings.grants = grants::grants(check, value),
            "config" => settings.config = config(check, value),
            "secrets" => settings.secrets = grants::secrets(check, value),
            _ => check.unknown("", key),
        }
    }
    for (key, value) in table {
        if name_of(key) == "grants" {
            agree(check, value, &settings);
        }
        if name_of(key) == "secrets"
            && let Some((twice, _)) = settings.config.iter().find(|(name, _)| settings.secrets.contains_key(name))
        {
            check.fail::<()>(
                key.span().start,
                "invalid-setting",
                format!("`{twice}` is a secret and in [config]: both are read by its name, so rename one"),
            );
        }
    }
    settings
}

/// A secret that is granted lies somewhere.
fn agree(check: &mut Check<'_>, grants: &Value<'_>, settings: &Settings) {
    if let Some(missing) = settings.grants.secrets.iter().find(|name| !settings.secrets.contains_key(*name)) {
        let message = format!(
            "the secret `{missing}` is granted, and nothing says where it lies: add `{missing} = {{ file = \"{missing}\" }}` under [secrets]"
        );
        check.fail::<()>(grants.span().start, "invalid-setting", message);
    }
}

fn plugin_name(check: &mut Check<'_>, value: &Value<'_>) -> Option<String> {
    let text = check.text("name", value, "a name, such as `\"email\"`")?;
    // One part of a plugin's name has the rules of a subscription's.
    match SubscriptionName::new(&text) {
        Ok(_) => Some(text),
        Err(error) => check.fail(value.span().start, "invalid-name", format!("`name`: {error}")),
    }
}

fn component(check: &mut Check<'_>, value: &Value<'_>) -> Option<PathBuf> {
    const EXPECTED: &str = "a `.wasm` below this folder, such as `\"mailer.wasm\"`, without `..` or a name that begins with a dot";
    let text = check.text("component", value, EXPECTED)?;
    let path = Path::new(&text);
    let inside = path.components().all(|part| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b".")));
    if inside && path.extension().is_some_and(|extension| extension == "wasm") {
        // Rebuilt from its parts, so that `lib//x.wasm` is the file that the listing has.
        Some(path.components().collect())
    } else {
        check.wrong("component", value, EXPECTED)
    }
}

fn instance(check: &mut Check<'_>, value: &Value<'_>) {
    match value.get_ref().as_str() {
        Some("fresh") => {}
        Some("reuse") => check.not_yet(value.span().start, "instance = \"reuse\""),
        _ => {
            check.wrong::<()>("instance", value, "`\"fresh\"` or `\"reuse\"`");
        }
    }
}

fn config(check: &mut Check<'_>, value: &Value<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (key, value) in check.table("config", value) {
        let text = match value.get_ref() {
            DeValue::String(text) => text.clone().into_owned(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(_) | DeValue::Table(_) => {
                check.wrong::<()>(&format!("config.{}", name_of(key)), value, "a text, a number or a truth value");
                continue;
            }
        };
        pairs.push((name_of(key).to_owned(), text));
    }
    pairs.sort();
    pairs
}
