//! A plugin's `.toml`.

use crate::table::{Value, Wrong, join, line, only_known};
use oyez_model::port::PluginSettings;
use oyez_model::{Filter, Limits, PatchError, SubscriptionName, SubscriptionPatch, UnitError, parse_bytes, parse_duration};
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: &[&str] = &["name", "component", "paused", "instance", "subscription", "limits", "grants", "config", "secrets"];
const SUBSCRIPTION_KEYS: &[&str] = &["name", "filters", "ordering", "concurrency", "start", "on_return", "was", "retry"];
const RETRY_KEYS: &[&str] = &["attempts", "backoff", "delay", "delay_max", "on_dead"];
const LIMIT_KEYS: &[&str] = &["cpu", "time", "memory", "emissions", "emission_bytes", "state_bytes"];
const GRANT_KEYS: &[&str] = &["http", "state", "environment", "secrets", "sources", "clock", "random"];

/// What an operator says of a plugin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// The last part of its name; the stem of the file if it does not say.
    pub(crate) name: Option<String>,
    /// Its component; the file of the same stem if it does not say.
    pub(crate) component: Option<String>,
    pub(crate) paused: bool,
    pub(crate) plugin: PluginSettings,
    pub(crate) subscriptions: Vec<SubscriptionPatch>,
}

/// Reads a `.toml`.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub(crate) fn parse(text: &str) -> Result<Settings, Wrong> {
    let syntax = |error: toml::de::Error| {
        let at = error.span().map_or(1, |span| line(text, &span));
        Wrong { code: "invalid-toml", message: format!("line {at}: {}", error.message()) }
    };
    let root = DeTable::parse(text).map_err(syntax)?;
    let root = root.get_ref();
    only_known(text, "", root, KEYS)?;
    let mut settings = Settings::default();
    for (key, value) in root {
        let key: &str = key.get_ref().as_ref();
        let value = Value { text, path: key, value };
        match key {
            "name" => settings.name = Some(value.string()?.to_owned()),
            "component" => settings.component = Some(component(value)?),
            "paused" => settings.paused = value.boolean()?,
            "instance" => match value.string()? {
                "fresh" => {}
                "reuse" => return Err(value.not_yet("`reuse`")),
                _ => return Err(value.wrong("fresh or reuse")),
            },
            "subscription" => settings.subscriptions = subscriptions(value)?,
            "limits" => settings.plugin.limits = limits(value)?,
            "grants" => grants(value)?,
            "config" => settings.plugin.config = config(value)?,
            _ if value.table()?.is_empty() => {}
            _ => return Err(value.not_yet("a secret")),
        }
    }
    Ok(settings)
}

/// A path within the `.toml`'s own folder or below it.
fn component(value: Value<'_>) -> Result<String, Wrong> {
    let path = value.string()?;
    let within = !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.starts_with('.'));
    if within && path.ends_with(".wasm") { Ok(path.to_owned()) } else { Err(value.wrong("a `.wasm` file in the same folder or below it")) }
}

fn subscriptions(value: Value<'_>) -> Result<Vec<SubscriptionPatch>, Wrong> {
    let mut patches: Vec<SubscriptionPatch> = Vec::new();
    for item in value.list()? {
        let patch = subscription(Value { value: item, ..value })?;
        if patches.iter().any(|other| other.name == patch.name) {
            return Err(Value { value: item, ..value }.refused("invalid-setting", &format!("has `{}` twice: give each a name of its own", patch.name)));
        }
        patches.push(patch);
    }
    Ok(patches)
}

fn subscription(value: Value<'_>) -> Result<SubscriptionPatch, Wrong> {
    let table = value.table()?;
    only_known(value.text, value.path, table, SUBSCRIPTION_KEYS)?;
    let named = table.get("name").ok_or_else(|| value.refused("invalid-setting", "has no `name`: say which subscription it is"))?;
    let named = Value { value: named, path: "subscription.name", ..value };
    let name = SubscriptionName::new(named.string()?).map_err(|error| named.refused("invalid-name", &format!("is no name: {error}")))?;
    let mut patch = SubscriptionPatch::new(name);
    for (key, inner) in table {
        let key: &str = key.get_ref().as_ref();
        let path = join(value.path, key);
        let inner = Value { path: &path, value: inner, ..value };
        match key {
            "name" => {}
            "filters" => patch.filters = Some(inner.list()?.into_iter().map(|item| filter(Value { value: item, ..inner })).collect::<Result<_, _>>()?),
            "retry" => retry(&mut patch, inner)?,
            _ => set(&mut patch, key, inner)?,
        }
    }
    Ok(patch)
}

fn retry(patch: &mut SubscriptionPatch, value: Value<'_>) -> Result<(), Wrong> {
    let table = value.table()?;
    only_known(value.text, value.path, table, RETRY_KEYS)?;
    for (key, inner) in table {
        let key: &str = key.get_ref().as_ref();
        let path = join(value.path, key);
        let of_the_patch = if key == "on_dead" { key.to_owned() } else { format!("retry.{key}") };
        set(patch, &of_the_patch, Value { path: &path, value: inner, ..value })?;
    }
    Ok(())
}

fn set(patch: &mut SubscriptionPatch, key: &str, value: Value<'_>) -> Result<(), Wrong> {
    let text = value.scalar()?;
    patch.set(key, &text).map_err(|error: PatchError| {
        let at = line(value.text, &value.value.span());
        Wrong { code: error.code(), message: format!("line {at}: {error}") }
    })
}

/// `{ exact = { type = "…" } }`.
fn filter(value: Value<'_>) -> Result<Filter, Wrong> {
    let table = value.table()?;
    let Some(((dialect, tests), 1)) = table.iter().next().map(|entry| (entry, table.len())) else {
        return Err(value.wrong("tables of one dialect each, such as `{ exact = { type = \"shop.order.placed.v1\" } }`"));
    };
    let dialect: &str = dialect.get_ref().as_ref();
    let clauses = match tests.get_ref() {
        DeValue::Table(tests) => tests
            .iter()
            .map(|(attribute, test)| Ok((attribute.get_ref().as_ref().to_owned(), Value { value: test, ..value }.scalar()?)))
            .collect::<Result<Vec<_>, Wrong>>(),
        _ => Ok(Vec::new()),
    };
    let refused = |error: oyez_model::FilterError| value.refused(error.code(), &format!("does not hold: {error}"));
    // A dialect that is not built may have tests of any shape.
    Filter::new(dialect, clauses.or_else(|wrong| if Filter::new(dialect, Vec::new()).is_err_and(|e| e.code() == "not-yet") { Ok(Vec::new()) } else { Err(wrong) })?)
        .map_err(refused)
}

fn limits(value: Value<'_>) -> Result<Limits, Wrong> {
    let table = value.table()?;
    only_known(value.text, value.path, table, LIMIT_KEYS)?;
    let mut limits = Limits::default();
    for (key, inner) in table {
        let key: &str = key.get_ref().as_ref();
        let path = join(value.path, key);
        let inner = Value { path: &path, value: inner, ..value };
        match key {
            "cpu" => limits.cpu = duration(inner, Duration::from_millis(1)..=Duration::from_hours(1), "a duration from 1ms to 1h")?,
            "time" => limits.time = duration(inner, Duration::from_millis(1)..=Duration::from_hours(24), "a duration from 1ms to 24h")?,
            "memory" => limits.memory = bytes(inner, (64 << 10)..=(1 << 30), "a size from 64KiB to 1GiB")?,
            "emissions" => limits.emissions = count(inner, 0..=oyez_model::bounds::EMISSIONS_MAX, "a number from 0 to 900")?,
            "emission_bytes" => limits.emission_bytes = bytes(inner, 0..=(16 << 20), "a size up to 16MiB")?,
            _ => return Err(inner.not_yet("state")),
        }
    }
    Ok(limits)
}

fn duration(value: Value<'_>, bounds: RangeInclusive<Duration>, expected: &str) -> Result<Duration, Wrong> {
    let unit = |error: UnitError| value.refused("invalid-setting", &format!("does not hold: {error}"));
    let duration = parse_duration(&value.scalar()?).map_err(unit)?;
    if bounds.contains(&duration) { Ok(duration) } else { Err(value.wrong(expected)) }
}

fn bytes(value: Value<'_>, bounds: RangeInclusive<usize>, expected: &str) -> Result<usize, Wrong> {
    let unit = |error: UnitError| value.refused("invalid-setting", &format!("does not hold: {error}"));
    let bytes = parse_bytes(&value.scalar()?).map_err(unit)?;
    if bounds.contains(&bytes) { Ok(bytes) } else { Err(value.wrong(expected)) }
}

fn count(value: Value<'_>, bounds: RangeInclusive<usize>, expected: &str) -> Result<usize, Wrong> {
    value.scalar()?.parse().ok().filter(|count| bounds.contains(count)).ok_or_else(|| value.wrong(expected))
}

/// No grant is built yet: none may be asked for, and an empty one asks for nothing.
fn grants(value: Value<'_>) -> Result<(), Wrong> {
    let table = value.table()?;
    only_known(value.text, value.path, table, GRANT_KEYS)?;
    for (key, inner) in table {
        let path = join(value.path, key.get_ref().as_ref());
        let empty = match inner.get_ref() {
            DeValue::Array(list) => list.is_empty() && path != "grants.http",
            DeValue::Boolean(granted) => !granted,
            _ => false,
        };
        if !empty {
            return Err(Value { path: &path, value: inner, ..value }.not_yet("this grant"));
        }
    }
    Ok(())
}

fn config(value: Value<'_>) -> Result<Vec<(String, String)>, Wrong> {
    let pair = |(key, inner): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let key: &str = key.get_ref().as_ref();
        let path = join(value.path, key);
        // The value lives as long as the text does not matter here: it is copied.
        let text = Value { text: value.text, path: &path, value: inner }.scalar()?;
        Ok((key.to_owned(), text))
    };
    let mut config = value.table()?.iter().map(pair).collect::<Result<Vec<_>, Wrong>>()?;
    config.sort_unstable();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_setting_that_is_built_is_read() {
        let text = "name = \"email\"\ncomponent = \"mailer.wasm\"\npaused = true\ninstance = \"fresh\"\n\
            [[subscription]]\nname = \"on-order\"\nfilters = [{ exact = { type = \"a.b.v1\" } }, { prefix = { subject = \"x\" } }]\n\
            ordering = \"total\"\nconcurrency = 3\nstart = 2026-11-21T10:00:00Z\non_return = \"new\"\n\
            [subscription.retry]\nattempts = 2\nbackoff = \"linear\"\ndelay = \"10ms\"\ndelay_max = \"1s\"\non_dead = \"continue\"\n\
            [limits]\ncpu = \"2s\"\ntime = \"3s\"\nmemory = \"1MiB\"\nemissions = 7\nemission_bytes = \"64KiB\"\n\
            [grants]\nstate = false\nenvironment = []\n[config]\nb = 1\na = \"x\"\n[secrets]\n";
        let settings = parse(text).unwrap();
        assert_eq!((settings.name.as_deref(), settings.component.as_deref(), settings.paused), (Some("email"), Some("mailer.wasm"), true));
        let spec = settings.subscriptions[0].clone().resolve().unwrap();
        assert_eq!((spec.concurrency, spec.retry.attempts, spec.filters.len()), (3, 2, 2));
        assert_eq!((settings.plugin.limits.cpu, settings.plugin.limits.emissions), (Duration::from_secs(2), 7));
        assert_eq!(settings.plugin.config, [("a".to_owned(), "x".to_owned()), ("b".to_owned(), "1".to_owned())]);
        assert_eq!(parse("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_a_way_out() {
        for (text, code, says) in [
            ("\nfilter = 1", "unknown-key", "line 2: `filter` is no key"),
            ("pausd = true", "unknown-key", "did you mean `paused`?"),
            ("[limits]\ncpuu = \"1s\"", "unknown-key", "`limits.cpuu`"),
            ("[[subscription]]\nname = \"a\"\n[subscription.retry]\natempts = 1", "unknown-key", "did you mean `attempts`?"),
            ("paused = \"yes\"", "invalid-setting", "line 1: `paused` is \"yes\", but takes true or false"),
            ("x = = 1", "invalid-toml", "line 1"),
            ("instance = \"reuse\"", "not-yet", "`instance`"),
            ("[grants]\nstate = true", "not-yet", "line 2: `grants.state`"),
            ("[grants]\nhttp = []", "not-yet", "grants.http"),
            ("[secrets]\na = { file = \"a\" }", "not-yet", "secrets"),
            ("[limits]\nstate_bytes = \"1MiB\"", "not-yet", "state"),
            ("[limits]\nmemory = \"2GiB\"", "invalid-setting", "64KiB to 1GiB"),
            ("[limits]\ncpu = \"fast\"", "invalid-setting", "`fast`"),
            ("component = \"../x.wasm\"", "invalid-setting", "component"),
            ("[[subscription]]\nfilters = []", "invalid-setting", "name"),
            ("[[subscription]]\nname = \"a\"\nwas = \"b\"", "not-yet", "was"),
            ("[[subscription]]\nname = \"a\"\n[subscription.retry]\non_dead = \"park\"", "not-yet", "park"),
            ("[[subscription]]\nname = \"a\"\nfilters = [{ sql = \"x\" }]", "not-yet", "sql"),
            ("[[subscription]]\nname = \"a\"\nfilters = [{ data = { path = \"$.a\", gt = 1, in = [1] } }]", "not-yet", "data"),
            ("[[subscription]]\nname = \"a\"\nfilters = [{ exakt = { type = \"x\" } }]", "invalid-filter", "exakt"),
            ("[[subscription]]\nname = \"a\"\n[[subscription]]\nname = \"a\"", "invalid-setting", "twice"),
            ("[config]\na = [1]", "invalid-setting", "`config.a`"),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(wrong.code == code && wrong.message.contains(says), "{text:?}: {wrong:?}");
        }
    }
}
