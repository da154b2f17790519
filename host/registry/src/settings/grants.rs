//! `[grants]` and `[secrets]`: what the operator gives a plugin beyond the event.

use super::check::{Check, Value, name_of};
use oyez_model::event::Event;
use oyez_model::{Authority, Grants};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

const SERVERS: &str = "a list of servers, such as `[\"api.stripe.com:443\"]`, or `[]` to link the interface and refuse each call";
const NAMES: &str = "a list of names, such as `[\"SMTP_FROM\"]`";
const SOURCES: &str = "a list of sources, such as `[\"/shop/orders\"]`, none of them below `/plugins/`";
const SECRET: &str = "`{ file = \"NAME\" }`, a file below plugins.secrets_dir";
/// What plugins' own sources begin with: nobody else's word is to look like theirs.
const RESERVED: &str = "/plugins/";

pub(super) fn grants(check: &mut Check<'_>, value: &Value<'_>) -> Grants {
    let mut grants = Grants::default();
    for (key, value) in check.table("grants", value) {
        match name_of(key) {
            "state" => grants.state = check.boolean("grants.state", value).unwrap_or_default(),
            "http" => grants.http = Some(each(check, "grants.http", value, SERVERS, |text| Authority::parse(text).ok())),
            "environment" => grants.environment = each(check, "grants.environment", value, NAMES, variable),
            "secrets" => grants.secrets = each(check, "grants.secrets", value, NAMES, |text| Some(text.to_owned()).filter(|text| !text.is_empty())),
            "sources" => grants.sources = each(check, "grants.sources", value, SOURCES, source),
            "clock" => grants.clock = real(check, "grants.clock", value),
            "random" => grants.random = real(check, "grants.random", value),
            _ => check.unknown("grants", key),
        }
    }
    grants
}

fn each<T: Ord>(check: &mut Check<'_>, path: &str, value: &Value<'_>, expected: &str, read: impl Fn(&str) -> Option<T>) -> BTreeSet<T> {
    let Some(items) = value.get_ref().as_array() else {
        check.wrong::<()>(path, value, expected);
        return BTreeSet::new();
    };
    items.iter().filter_map(|item| item.get_ref().as_str().and_then(&read).or_else(|| check.wrong(path, item, expected))).collect()
}

fn variable(text: &str) -> Option<String> {
    let is_one = !text.is_empty() && !text.contains(['=', '\0']);
    is_one.then(|| text.to_owned())
}

fn source(text: &str) -> Option<String> {
    let is_one = !text.starts_with(RESERVED) && Event::new("1", text, "t").is_ok();
    is_one.then(|| text.to_owned())
}

/// Whether the real one is granted; `"delivery"` says what holds anyway.
fn real(check: &mut Check<'_>, path: &str, value: &Value<'_>) -> bool {
    match value.get_ref().as_str() {
        Some("real") => true,
        Some("delivery") => false,
        _ => {
            check.wrong::<()>(path, value, "`\"real\"` or `\"delivery\"`");
            false
        }
    }
}

/// Where each secret lies, below the folder of secrets.
pub(super) fn secrets(check: &mut Check<'_>, value: &Value<'_>) -> BTreeMap<String, PathBuf> {
    let mut secrets = BTreeMap::new();
    for (key, value) in check.table("secrets", value) {
        let name = name_of(key);
        let file =
            value.get_ref().as_table().filter(|table| table.len() == 1).and_then(|table| table.get("file")).and_then(|file| file.get_ref().as_str());
        match file.map(Path::new).filter(|path| is_below(path)) {
            Some(path) => drop(secrets.insert(name.to_owned(), path.to_owned())),
            // Without its value: it may be the secret itself.
            None => drop(check.fail::<()>(value.span().start, "invalid-setting", format!("`secrets.{name}` takes {SECRET}"))),
        }
    }
    secrets
}

/// Whether a path stays in the folder that it is taken from.
fn is_below(path: &Path) -> bool {
    path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}
