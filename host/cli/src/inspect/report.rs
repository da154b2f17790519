//! What was found, for people and for machines.

use super::Found;
use crate::error::Result;
use crate::output::{Out, shown, size, span};
use oyez::{Bound, Filter, Import, LimitKey, LoadCost, Need, Shape, SubscriptionPatch, Terms, Unit, bounds, show_bytes};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Prints it.
pub(super) fn report(found: &Found, out: &mut Out) -> Result<()> {
    if out.json {
        return out.line(&machines(found).to_string());
    }
    for (fact, value) in facts(found).iter().filter(|(_, value)| !value.is_empty()) {
        out.line(&format!("{fact:<9}{}", shown(value)))?;
    }
    for subscription in found.inspection.described.iter().flat_map(|said| &said.subscriptions) {
        out.line(&shown(&format!("subscription {}", said(subscription))))?;
    }
    out.line("")?;
    if !found.inspection.imports.is_empty() {
        let rows: Vec<_> = found.inspection.imports.iter().map(|import| [shown(&import.name), takes(import, &found.terms)]).collect();
        out.table(["IMPORT", "TAKES"], &rows)?;
        out.line("")?;
    }
    out.table(["COST", ""], &costs(&found.inspection.cost))?;
    out.line("")?;
    out.table(["LIMIT", "VALUE", "FROM"], &limits(found))
}

fn facts(found: &Found) -> Vec<(&'static str, String)> {
    let seen = &found.inspection;
    let said = seen.described.as_ref();
    let own = |text: Option<&String>| text.cloned().unwrap_or_default();
    let settings = found.toml.as_ref().map_or_else(|| "no .toml beside it".to_owned(), |path| path.display().to_string());
    vec![
        ("file", found.file.display().to_string()),
        ("version", seen.version.to_string()),
        ("size", format!("{} bytes", seen.bytes)),
        ("shape", shape(seen.shape, &seen.exports)),
        ("plugin", found.plugin.clone()),
        ("settings", settings),
        ("pure", pure(seen.pure).to_owned()),
        ("granted", found.terms.grants.lines().join(", ")),
        ("refused", cut(&found.terms).join(", ")),
        ("says", own(said.map(|said| &said.version))),
        ("summary", own(said.map(|said| &said.summary))),
        ("emits", said.map_or_else(String::new, |said| said.emits.join(", "))),
    ]
}

fn shape(shape: Shape, exports: &[String]) -> String {
    match shape {
        Shape::Handler => "a handler, by oyez:plugin".to_owned(),
        Shape::NotYet { interface, what } => format!("{what} ({interface}), which this host does not run yet"),
        Shape::Module => "a core module, not a component".to_owned(),
        Shape::Other if exports.is_empty() => "a component that exports nothing".to_owned(),
        Shape::Other => format!("a component that exports {}, and no handler", exports.join(", ")),
        _ => "unknown: it was not compiled".to_owned(),
    }
}

const fn pure(pure: Option<bool>) -> &'static str {
    match pure {
        Some(true) => "yes: its emissions depend on the event alone",
        Some(false) => "no: its emissions may depend on more than the event",
        None => "",
    }
}

/// What a policy took away of what the `.toml` asks for.
fn cut(terms: &Terms) -> Vec<String> {
    terms.cut.iter().map(|(line, policy)| format!("{line} (policy {policy})")).collect()
}

fn said(subscription: &SubscriptionPatch) -> String {
    let filters = match &subscription.filters {
        Some(filters) => format!("filters {}", Value::from_iter(filters.iter().map(filter))),
        None => "no filters: its .toml has to give some".to_owned(),
    };
    let options: String = subscription.options().iter().map(|(key, value)| format!(", {key} = {value}")).collect();
    format!("{}: {filters}{options}", subscription.name.as_str())
}

/// As in the `.toml`: `{"exact":{"type":"…"}}`.
fn filter(filter: &Filter) -> Value {
    let (dialect, clauses) = filter.parts();
    let tests: Map<_, _> = clauses.iter().map(|clause| (clause.attribute.clone(), Value::from(clause.value.clone()))).collect();
    json!({ dialect: tests })
}

/// Whether the grant that an import takes is given.
fn is_granted(line: &str, terms: &Terms) -> bool {
    if line.starts_with("state") { terms.grants.state } else { terms.grants.http.is_some() }
}

fn takes(import: &Import, terms: &Terms) -> String {
    match import.need {
        Need::Inert { opens: None } => "nothing: always there, and inert".to_owned(),
        Need::Inert { opens: Some(line) } => format!("nothing: always there, and inert without `{line}` under [grants]"),
        Need::Grant { line, what } if is_granted(line, terms) => format!("`{line}` under [grants] ({what}): granted"),
        Need::Grant { line, what } => format!("`{line}` under [grants] ({what}): NOT granted"),
        _ => "what this host does not have".to_owned(),
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn costs(cost: &LoadCost) -> Vec<[String; 2]> {
    let time = |time: Option<Duration>| time.map(|time| span(nanos(time)));
    let bytes = |bytes: Option<u64>| bytes.map(size);
    let all = [
        ("compile", time(cost.compile)),
        ("machine code", bytes(cost.code_bytes)),
        ("memory of a fresh instance", bytes(cost.memory_bytes)),
        ("a fresh instance", time(cost.instance)),
        ("`describe`, on the first instance", time(cost.describe)),
    ];
    all.into_iter().map(|(what, value)| [what.to_owned(), value.unwrap_or_else(|| "-".to_owned())]).collect()
}

/// Its own limits, those of the host, and those that nobody moves.
fn limits(found: &Found) -> Vec<[String; 3]> {
    let Found { terms, budget, .. } = found;
    let own = LimitKey::ALL.into_iter().map(|key| {
        let from = terms.decided.get(&key).map(ToString::to_string).unwrap_or_default();
        [key.to_string(), key.show(terms.limits.get(key)), shown(&from)]
    });
    let host = budget.iter().map(|key| {
        let bytes = key.value.as_u64().filter(|_| key.key.ends_with("memory"));
        let value = bytes.map_or_else(|| key.value.to_string(), show_bytes);
        [key.key.clone(), value, shown(&key.origin)]
    });
    let fixed = bounds().into_iter().map(|bound| [bound.name.to_owned(), bound.shown(), format!("fixed, of {}", bound.of)]);
    own.chain(host).chain(fixed).collect()
}

fn machines(found: &Found) -> Value {
    let Found { file, plugin, toml, terms, inspection: seen, budget, refused } = found;
    let import = |import: &Import| match import.need {
        Need::Inert { opens } => json!({ "name": import.name, "takes": "nothing", "line": opens }),
        Need::Grant { line, .. } => json!({ "name": import.name, "takes": "grant", "line": line, "granted": is_granted(line, terms) }),
        _ => json!({ "name": import.name, "takes": "unknown" }),
    };
    let subscription = |patch: &SubscriptionPatch| {
        let options: Map<_, _> = patch.options().into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
        let filters = patch.filters.as_ref().map(|filters| filters.iter().map(filter).collect::<Vec<_>>());
        json!({ "name": patch.name.as_str(), "filters": filters, "options": options })
    };
    let describe = seen.described.as_ref().map(|said| {
        let subscriptions: Vec<_> = said.subscriptions.iter().map(subscription).collect();
        json!({ "version": said.version, "summary": said.summary, "subscriptions": subscriptions, "emits": said.emits })
    });
    let limits = LimitKey::ALL.into_iter().map(|key| {
        let from = terms.decided.get(&key).map(ToString::to_string);
        (key.to_string(), json!({ "value": key.show(terms.limits.get(key)), "from": from }))
    });
    let cost = seen.cost;
    json!({
        "file": file.display().to_string(),
        "version": seen.version.to_string(),
        "bytes": seen.bytes,
        "shape": seen.shape.to_string(),
        "exports": seen.exports,
        "imports": seen.imports.iter().map(import).collect::<Vec<_>>(),
        "pure": seen.pure,
        "plugin": plugin,
        "settings": toml.as_ref().map(|path| path.display().to_string()),
        "describe": describe,
        "cost": {
            "compileNanos": cost.compile.map(nanos), "codeBytes": cost.code_bytes, "memoryBytes": cost.memory_bytes,
            "instanceNanos": cost.instance.map(nanos), "describeNanos": cost.describe.map(nanos),
        },
        "limits": limits.collect::<Map<_, _>>(),
        "grants": terms.grants.lines(),
        "refusedGrants": cut(terms),
        "budget": budget.iter().map(|key| (key.key.clone(), json!({ "value": key.value, "from": key.origin }))).collect::<Map<_, _>>(),
        "bounds": bounds().iter().map(bound).collect::<Vec<_>>(),
        "refused": refused.as_ref().map(|(code, message)| json!({ "code": code, "message": message })),
    })
}

fn bound(bound: &Bound) -> Value {
    let unit = match bound.unit {
        Unit::Time => "milliseconds",
        Unit::Bytes => "bytes",
        Unit::Count => "count",
    };
    json!({ "name": bound.name, "of": bound.of, "most": bound.most, "unit": unit })
}
