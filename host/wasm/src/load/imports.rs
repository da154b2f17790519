//! What a component offers and asks for, by the names of its exports and imports.

use super::error;
use super::inspect::{Need, Shape};
use crate::bindings::CONTRACT;
use oyez_model::Grants;
use oyez_model::port::LoadError;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Exports that a later host runs without bindings.
const NOT_YET: [(&str, &str); 4] = [
    ("wasi:cli/run", "a WASI command"),
    ("wasi:http/incoming-handler", "an HTTP handler"),
    ("wasi:messaging/incoming-handler", "a messaging handler"),
    ("wasmcloud:messaging/handler", "a messaging handler"),
];

/// Imports that the operator grants: the package, the line to add, what it gives.
const STATE: (&str, &str, &str) = ("wasi:keyvalue/", "state = true", "state");
const HTTP: (&str, &str, &str) = ("wasi:http/", "http = [\"HOST:PORT\"]", "outgoing HTTP");

/// Packages that are always linked.
const BASELINE: [&str; 9] =
    ["oyez:plugin/", "wasi:io/", "wasi:cli/", "wasi:clocks/", "wasi:random/", "wasi:filesystem/", "wasi:sockets/", "wasi:config/", "wasi:logging"];
/// What of them a grant fills.
const OPENS: [(&str, &str); 4] = [
    ("wasi:cli/environment", "environment = [\"NAME\"]"),
    ("wasi:clocks/", "clock = \"real\""),
    ("wasi:random/", "random = \"real\""),
    ("wasi:config/", "secrets = [\"NAME\"]"),
];

fn names<'a>(all: impl Iterator<Item = &'a str>) -> Vec<String> {
    all.map(str::to_owned).collect()
}

/// What it exports, by name.
pub(super) fn exports(engine: &Engine, component: &Component) -> Vec<String> {
    names(component.component_type().exports(engine).map(|(name, _)| name))
}

/// What it imports, by name.
pub(super) fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    names(component.component_type().imports(engine).map(|(name, _)| name))
}

/// A name's version: `0.2.0` of `wasi:io/poll@0.2.0`.
fn version(name: &str) -> Option<&str> {
    name.split_once('@').map(|(_, version)| version)
}

fn is(name: &str, interface: &str) -> bool {
    name.split('@').next() == Some(interface)
}

/// Checks that it exports what a plugin exports.
///
/// # Errors
/// It does not: another shape, another version, or nothing of the kind.
pub(super) fn offers_a_handler(engine: &Engine, component: &Component) -> Result<(), LoadError> {
    let exports = exports(engine, component);
    let found = |interface| exports.iter().find(|name| is(name, interface));
    if let (Some(handler), Some(info)) = (found("oyez:plugin/handler"), found("oyez:plugin/plugin-info")) {
        return [handler, info].into_iter().find_map(|name| other_contract(name)).map_or(Ok(()), |why| Err(error("no-handler", why)));
    }
    if let Some((interface, what)) = NOT_YET.iter().find(|(interface, _)| found(interface).is_some()) {
        let message = format!(
            "the component is {what} (it exports `{interface}`), which this host does not run yet: export `oyez:plugin/handler` and `oyez:plugin/plugin-info`"
        );
        return Err(error("not-yet", message));
    }
    let have = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
    Err(error(
        "no-handler",
        format!("the component exports {have}, but a plugin exports `oyez:plugin/handler@{CONTRACT}` and `oyez:plugin/plugin-info@{CONTRACT}`"),
    ))
}

/// Its shape, by what it exports.
pub(super) fn shape(exports: &[String]) -> Shape {
    let has = |interface: &str| exports.iter().any(|name| is(name, interface));
    if has("oyez:plugin/handler") && has("oyez:plugin/plugin-info") {
        return Shape::Handler;
    }
    NOT_YET.iter().find(|(interface, _)| has(interface)).map_or(Shape::Other, |(interface, what)| Shape::NotYet { interface, what })
}

/// What an import takes, by its name.
pub(super) fn need(name: &str) -> Need {
    let granted = [STATE, HTTP].into_iter().find(|(package, ..)| name.starts_with(package));
    if let Some((_, line, what)) = granted {
        return Need::Grant { line, what };
    }
    if !BASELINE.iter().any(|package| name.starts_with(package)) {
        return Need::Unknown;
    }
    Need::Inert { opens: OPENS.iter().find(|(interface, _)| name.starts_with(interface)).map(|(_, line)| *line) }
}

/// What is wrong with the version of an `oyez:plugin` name, if it is another than ours.
fn other_contract(name: &str) -> Option<String> {
    let theirs = version(name).unwrap_or("none");
    let same = theirs.rsplit_once('.').map(|(minor, _)| minor) == CONTRACT.rsplit_once('.').map(|(minor, _)| minor);
    (!same).then(|| format!("`{name}` is built for oyez:plugin@{theirs}, this host offers {CONTRACT}: build it again against the host's own `wit/`"))
}

/// What it imports that takes a grant, by name.
pub(super) fn asks(engine: &Engine, component: &Component) -> Vec<String> {
    let takes_a_grant = |name: &String| [STATE, HTTP].iter().any(|(package, ..)| name.starts_with(package));
    imports(engine, component).into_iter().filter(takes_a_grant).collect()
}

/// Checks that all that a component asks for is granted.
///
/// # Errors
/// It is not; which line would grant it.
pub(super) fn are_granted(asks: &[String], grants: &Grants) -> Result<(), LoadError> {
    let missing = |(package, line, what): (&str, &str, &str), hint: &str| {
        let name = asks.iter().find(|name| name.starts_with(package))?;
        let message = format!("the component imports `{name}` ({what}), which is not granted: add `{line}` under [grants] in its .toml{hint}");
        Some(error("missing-grant", message))
    };
    let problem = if grants.state { None } else { missing(STATE, "") };
    let http = || if grants.http.is_some() { None } else { missing(HTTP, ", or `http = []` where it is imported and never used") };
    problem.or_else(http).map_or(Ok(()), Err)
}

/// Which import it is that nobody links, and why that may be.
pub(super) fn unknown(engine: &Engine, component: &Component, e: &wasmtime::Error) -> LoadError {
    let text = format!("{e:#}");
    let culprit = imports(engine, component).into_iter().find(|name| text.contains(&format!("`{name}`")));
    let message = match culprit {
        Some(name) => format!("the component imports `{name}`, which this host does not have: {} ({text})", likely(&name)),
        None => format!("the component imports what this host does not have: {text}"),
    };
    error("unknown-import", message)
}

fn likely(name: &str) -> String {
    if name.starts_with("oyez:plugin/") {
        return other_contract(name).unwrap_or_else(|| format!("it is newer than oyez:plugin@{CONTRACT}: take it out, or update the host"));
    }
    match version(name) {
        Some(v) if name.starts_with("wasi:") && v.starts_with("0.3") => {
            "it is built for WASI 0.3, this host has 0.2: build it for wasm32-wasip2".to_owned()
        }
        _ if name.starts_with("wasi:") => {
            "of WASI this host has io, cli, clocks, random, filesystem and sockets in 0.2, config, logging and keyvalue: check its version, or take it out"
                .to_owned()
        }
        _ => "take it out, or compose the component with one that exports it".to_owned(),
    }
}
