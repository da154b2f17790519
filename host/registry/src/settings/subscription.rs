//! `[[subscription]]`: what the operator lays over `describe`.

use super::check::{Check, Key, Value, integer, name_of};
use oyez_model::{Filter, SubscriptionName, SubscriptionPatch};
use std::collections::BTreeSet;
use toml::de::DeValue;

const TABLES: &str = "tables, each headed by `[[subscription]]`";
const NAME: &str = "a name, such as `\"on-order\"`";
const FILTERS: &str = "a list of filters, such as `[{ exact = { type = \"shop.order.placed.v1\" } }]`, or `[]` for every event";
const CLAUSES: &str = "attributes and texts, such as `{ type = \"shop.order.placed.v1\" }`";

pub(super) fn all(check: &mut Check<'_>, value: &Value<'_>) -> Vec<SubscriptionPatch> {
    let Some(array) = value.get_ref().as_array() else {
        check.wrong::<()>("subscription", value, TABLES);
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut patches = Vec::new();
    for value in array {
        let Some(patch) = one(check, value) else { continue };
        if !seen.insert(patch.name.clone()) {
            let message = format!("the subscription `{}` is here twice: make one of the two, or rename one", patch.name);
            check.fail::<()>(value.span().start, "invalid-setting", message);
        }
        patches.push(patch);
    }
    patches
}

fn one(check: &mut Check<'_>, value: &Value<'_>) -> Option<SubscriptionPatch> {
    let Some(table) = value.get_ref().as_table() else { return check.wrong("subscription", value, TABLES) };
    let name = match table.get("name") {
        Some(name) => self::name(check, name),
        None => check.fail(value.span().start, "invalid-setting", format!("a subscription has no `name`: give it {NAME}")),
    };
    // What else is wrong is looked for though the name be: the first fault by its place is the one that is told.
    let placeholder = || SubscriptionName::new("unnamed").expect("`unnamed` is a name");
    let mut patch = SubscriptionPatch::new(name.clone().unwrap_or_else(placeholder));
    for (key, value) in table {
        match name_of(key) {
            "name" => {}
            "filters" => patch.filters = filters(check, value),
            "retry" => retry(check, &mut patch, value),
            setting @ ("ordering" | "concurrency" | "start" | "on_return" | "was") => set(check, &mut patch, setting, value),
            _ => check.unknown("subscription", key),
        }
    }
    name.map(|_| patch)
}

fn name(check: &mut Check<'_>, value: &Value<'_>) -> Option<SubscriptionName> {
    let text = check.text("subscription.name", value, NAME)?;
    match SubscriptionName::new(&text) {
        Ok(name) => Some(name),
        Err(error) => check.fail(value.span().start, "invalid-name", format!("`subscription.name`: {error}")),
    }
}

fn retry(check: &mut Check<'_>, patch: &mut SubscriptionPatch, value: &Value<'_>) {
    for (key, value) in check.table("subscription.retry", value) {
        match name_of(key) {
            // To whoever reads the file it is one of retrying; to the model it stands on its own.
            "on_dead" => set(check, patch, "on_dead", value),
            setting @ ("attempts" | "backoff" | "delay" | "delay_max" | "deadline") => set(check, patch, &format!("retry.{setting}"), value),
            _ => check.unknown("subscription.retry", key),
        }
    }
}

/// Sets a key from its value's text; numbers must be numbers, and texts texts.
fn set(check: &mut Check<'_>, patch: &mut SubscriptionPatch, key: &str, value: &Value<'_>) {
    let text = match (key, value.get_ref()) {
        ("concurrency" | "retry.attempts", other) => integer(other).map(|number| number.to_string()),
        ("start", DeValue::Datetime(time)) => Some(time.to_string()),
        ("start", other @ DeValue::Integer(_)) => integer(other).map(|number| number.to_string()),
        (_, other) => other.as_str().map(str::to_owned),
    };
    let Some(text) = text else {
        let expected = match key {
            "concurrency" => "a number from 1 to 1024",
            "retry.attempts" => "a number from 1 to 1000",
            "start" => "new, beginning, a sequence or an RFC 3339 time",
            _ => "a text in quotes",
        };
        check.wrong::<()>(&format!("subscription.{key}"), value, expected);
        return;
    };
    if let Err(error) = patch.set(key, &text) {
        check.fail::<()>(value.span().start, error.code(), error.to_string());
    }
}

fn filters(check: &mut Check<'_>, value: &Value<'_>) -> Option<Vec<Filter>> {
    let Some(array) = value.get_ref().as_array() else { return check.wrong("subscription.filters", value, FILTERS) };
    // Not lazily: each faulty filter is noted.
    let filters: Vec<_> = array.iter().map(|value| filter(check, value)).collect();
    filters.into_iter().collect()
}

fn filter(check: &mut Check<'_>, value: &Value<'_>) -> Option<Filter> {
    let mut entries = value.get_ref().as_table().into_iter().flatten();
    let (Some((dialect, body)), None) = (entries.next(), entries.next()) else {
        return check.wrong("subscription.filters", value, "filters of one dialect each, such as `{ exact = { type = \"shop.order.placed.v1\" } }`");
    };
    let clauses = clauses(body);
    let well_formed = clauses.is_some();
    match Filter::new(name_of(dialect), clauses.unwrap_or_default()) {
        Ok(filter) => Some(filter),
        // The dialect is asked first: what is not built yet may well take another form.
        Err(error @ (oyez_model::FilterError::NotYet(_) | oyez_model::FilterError::Unknown(_))) => refuse(check, dialect, &error),
        Err(_) if !well_formed => check.wrong(&format!("subscription.filters: {}", name_of(dialect)), body, CLAUSES),
        Err(error) => refuse(check, dialect, &error),
    }
}

fn refuse<T>(check: &mut Check<'_>, dialect: &Key<'_>, error: &oyez_model::FilterError) -> Option<T> {
    check.fail(dialect.span().start, error.code(), error.to_string())
}

/// The clauses of a filter, if all are attributes and texts.
fn clauses(body: &Value<'_>) -> Option<Vec<(String, String)>> {
    let pairs = body.get_ref().as_table()?.iter();
    pairs.map(|(attribute, value)| Some((name_of(attribute).to_owned(), value.get_ref().as_str()?.to_owned()))).collect()
}
