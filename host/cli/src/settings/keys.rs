//! Every documented key, and what it does; without a hand, it is not built yet.

use super::value::{self, Origin, Value};
use super::{Given, Settings};
use crate::error::{Failure, Result};
use crate::not_yet::nearest;
use oyez::OnFull;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Takes a value, or says what the key takes instead.
type Hand = fn(&mut Settings, &Value, &Origin) -> Option<()>;

/// Says what is in force.
type Eye = fn(&Settings) -> Json;

/// A key, what it takes, and what sets and shows it.
type Key = (&'static str, &'static str, Option<(Hand, Eye)>);

/// A key as it is in force.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Section and key: `server.listen`.
    pub(crate) key: String,
    /// Null: none.
    pub(crate) value: Json,
    /// `default`, a file's line, a variable or a flag.
    pub(crate) origin: String,
}

/// What a running host takes up when it changes.
const LIVE: &[&str] = &["server.hosts", "server.origins", "server.tls.cert", "server.tls.key", "auth.token_file"];

const ADDRESS: &str = "an address and a port, such as `127.0.0.1:6939`";
const TEXTS: &str = "a list of texts, such as `[\"oyez.example\"]`";
const FOLDER: &str = "a folder's path";
const PATH: &str = "a file's path";
const DURATION: &str = "a whole number and ms, s, m, h or d, such as `24h`";
const NUMBER: &str = "a whole number from 1 up, such as `10000`";
const BYTES: &str = "a whole number and B, KiB, MiB or GiB, such as `10GiB`";
const ON_FULL: &str = "`gap` or `refuse`";
const POLICIES: &str = "tables in the file, each headed by `[[plugins.policy]]`";
const TRUTH: &str = "true or false";
const SIGNERS: &str = "a list of public keys as `oyez sign --new-key FILE` prints them, such as `[\"ed25519:…\"]`";
const STORE: &str = "`segments` or `memory`";
/// Values of `storage.log` that are documented and not built yet.
const STORES_LATER: &[&str] = &["nats", "jetstream", "nats-jetstream"];

/// The documented sections and their keys. Of `telemetry` no key is built or named yet, so that any is refused as not built.
const SECTIONS: &[(&str, &[Key])] = &[
    (
        "server",
        &[
            (
                "listen",
                ADDRESS,
                Some((|settings, value, _| put(&mut settings.listen, value.address()), |settings| json!(settings.listen.to_string()))),
            ),
            ("hosts", TEXTS, Some((|settings, value, origin| put(&mut settings.hosts, value.list(origin)), |settings| json!(settings.hosts)))),
            ("origins", TEXTS, Some((|settings, value, origin| put(&mut settings.origins, value.list(origin)), |settings| json!(settings.origins)))),
            (
                "tls.cert",
                PATH,
                Some((
                    |settings, value, origin| put(&mut settings.certificate, value.path(origin).map(Some)),
                    |settings| path(settings.certificate.as_deref()),
                )),
            ),
            (
                "tls.key",
                PATH,
                Some((|settings, value, origin| put(&mut settings.key, value.path(origin).map(Some)), |settings| path(settings.key.as_deref()))),
            ),
        ],
    ),
    (
        "auth",
        &[(
            "token_file",
            PATH,
            Some((
                |settings, value, origin| put(&mut settings.token_file, value.path(origin).map(Some)),
                |settings| path(settings.token_file.as_deref()),
            )),
        )],
    ),
    (
        "storage",
        &[
            (
                "dir",
                FOLDER,
                Some((|settings, value, origin| put(&mut settings.data_dir, value.path(origin)), |settings| path(Some(&settings.data_dir)))),
            ),
            (
                "log",
                STORE,
                Some((
                    |settings, value, _| put(&mut settings.in_memory, in_memory(value)),
                    |settings| json!(if settings.in_memory { "memory" } else { "segments" }),
                )),
            ),
        ],
    ),
    (
        "log",
        &[
            (
                "dedup_window",
                DURATION,
                Some((
                    |settings, value, _| put(&mut settings.dedup_window, value.duration()),
                    |settings| json!(value::duration(settings.dedup_window)),
                )),
            ),
            (
                "dedup_events",
                NUMBER,
                Some((|settings, value, _| put(&mut settings.dedup_events, value.number().map(Some)), |settings| json!(settings.dedup_events))),
            ),
            (
                "keep_age",
                DURATION,
                Some((
                    |settings, value, _| put(&mut settings.retention.keep_age, value.duration().map(Some)),
                    |settings| json!(settings.retention.keep_age.map(value::duration)),
                )),
            ),
            (
                "keep_bytes",
                BYTES,
                Some((
                    |settings, value, _| put(&mut settings.retention.keep_bytes, value.bytes().map(Some)),
                    |settings| json!(settings.retention.keep_bytes.map(value::bytes)),
                )),
            ),
            (
                "hold",
                DURATION,
                Some((
                    |settings, value, _| put(&mut settings.retention.hold, value.duration()),
                    |settings| json!(value::duration(settings.retention.hold)),
                )),
            ),
            (
                "on_full",
                ON_FULL,
                Some((
                    |settings, value, _| put(&mut settings.retention.on_full, on_full(value)),
                    |settings| json!(if settings.retention.on_full == OnFull::Gap { "gap" } else { "refuse" }),
                )),
            ),
        ],
    ),
    (
        "plugins",
        &[
            (
                "dir",
                FOLDER,
                Some((|settings, value, origin| put(&mut settings.plugins, value.path(origin)), |settings| path(Some(&settings.plugins)))),
            ),
            ("approve", "", None),
            (
                "require_toml",
                TRUTH,
                Some((|settings, value, _| put(&mut settings.require_toml, value.truth()), |settings| json!(settings.require_toml))),
            ),
            (
                "require_signature",
                SIGNERS,
                Some((
                    |settings, value, origin| put(&mut settings.signers, value.keys(origin)),
                    |settings| json!(settings.signers.iter().map(ToString::to_string).collect::<Vec<_>>()),
                )),
            ),
            (
                "secrets_dir",
                FOLDER,
                Some((
                    |settings, value, origin| put(&mut settings.secrets_dir, value.path(origin).map(Some)),
                    |settings| path(settings.secrets_dir.as_deref()),
                )),
            ),
            (
                "policy",
                POLICIES,
                Some((
                    |settings, value, _| put(&mut settings.policies, value.policies()),
                    |settings| json!(settings.policies.iter().map(|policy| &policy.pattern).collect::<Vec<_>>()),
                )),
            ),
        ],
    ),
    (
        "budget",
        &[
            ("depth", NUMBER, Some((|settings, value, _| put(&mut settings.budget.depth, value.number()), |settings| json!(settings.budget.depth)))),
            ("total", NUMBER, Some((|settings, value, _| put(&mut settings.budget.total, value.number()), |settings| json!(settings.budget.total)))),
            (
                "memory",
                BYTES,
                Some((
                    |settings, value, _| put(&mut settings.memory, value.bytes().and_then(|bytes| bytes.try_into().ok())),
                    |settings| json!(settings.memory),
                )),
            ),
            (
                "concurrency",
                NUMBER,
                Some((|settings, value, _| put(&mut settings.concurrency, value.number()), |settings| json!(settings.concurrency))),
            ),
        ],
    ),
    ("schemas", &[("dir", "", None)]),
    (TELEMETRY, &[]),
];
const TELEMETRY: &str = "telemetry";

/// Takes the new value, if it is one.
fn put<T>(setting: &mut T, value: Option<T>) -> Option<()> {
    *setting = value?;
    Some(())
}

fn path(of: Option<&Path>) -> Json {
    json!(of.map(|path| path.to_string_lossy()))
}

/// Every key that is built, in the order of the documentation.
fn built() -> impl Iterator<Item = (String, Eye)> {
    let all = SECTIONS.iter().flat_map(|(section, keys)| keys.iter().map(move |key| (section, key)));
    all.filter_map(|(section, (name, _, hands))| hands.map(|(_, eye)| (format!("{section}.{name}"), eye)))
}

/// Every key with what is in force and where that comes from.
pub(crate) fn shown(given: &Given) -> Vec<Shown> {
    let origin = |key: &str| given.origins.get(key).map_or_else(|| "default".to_owned(), Origin::place);
    built().map(|(key, eye)| Shown { value: eye(&given.settings), origin: origin(&key), key }).collect()
}

/// The keys of which two settings differ: those that a running host takes up, and those that it does not.
pub(crate) fn differing(old: &Settings, new: &Settings) -> (Vec<String>, Vec<String>) {
    built().filter(|(_, eye)| eye(old) != eye(new)).map(|(key, _)| key).partition(|key| LIVE.contains(&key.as_str()))
}

fn on_full(value: &Value) -> Option<OnFull> {
    match value.text()? {
        "gap" => Some(OnFull::Gap),
        "refuse" => Some(OnFull::Refuse),
        _ => None,
    }
}

fn in_memory(value: &Value) -> Option<bool> {
    match value.text()? {
        "segments" => Some(false),
        "memory" => Some(true),
        _ => None,
    }
}

/// Gives a setting a value, by its section and key: `server.listen`.
pub(super) fn assign(settings: &mut Settings, path: &str, value: &Value, origin: &Origin) -> Result<()> {
    let (section, name) = path.split_once('.').unwrap_or(("", path));
    let keys = SECTIONS.iter().find(|(known, _)| *known == section).map(|(_, keys)| *keys);
    let key = keys.and_then(|keys| keys.iter().find(|(known, ..)| *known == name));
    let later = section == TELEMETRY || (path == "storage.log" && value.text().is_some_and(|text| STORES_LATER.contains(&text)));
    match key {
        _ if later => Err(not_built(path, value, origin)),
        None => Err(unknown(section, name, origin)),
        Some((_, _, None)) => Err(not_built(path, value, origin)),
        Some((_, takes, Some((hand, _)))) => hand(settings, value, origin).ok_or_else(|| wrong(path, value, takes, origin)),
    }
}

/// What stands where a section should.
pub(super) fn no_section(name: &str, value: &Value, origin: &Origin) -> Failure {
    if SECTIONS.iter().any(|(section, _)| *section == name) {
        wrong(name, value, &format!("a section, `[{name}]`"), origin)
    } else {
        unknown("", name, origin)
    }
}

fn wrong(path: &str, value: &Value, takes: &str, origin: &Origin) -> Failure {
    let message = format!("{origin}: `{path}` is `{value}`, but takes {takes}");
    if matches!(origin, Origin::Flag(_)) { Failure::usage("invalid-setting", message) } else { Failure::failed("invalid-setting", message) }
}

fn not_built(path: &str, value: &Value, origin: &Origin) -> Failure {
    let what = if path == "storage.log" { format!("{path} = \"{value}\"") } else { path.to_owned() };
    Failure::not_yet(format!("{origin}: `{what}` is documented and not built yet: take it out"))
}

fn unknown(section: &str, name: &str, origin: &Origin) -> Failure {
    let names = |keys: &'static [Key]| keys.iter().map(|(known, ..)| *known);
    let sections = || SECTIONS.iter().map(|(known, _)| *known);
    let elsewhere = SECTIONS.iter().find(|(_, keys)| names(keys).any(|known| known == name));
    let here = SECTIONS.iter().find(|(known, _)| *known == section).map(|(_, keys)| *keys);
    let way_out = match (here, elsewhere) {
        (Some(keys), elsewhere) => match (nearest(name, names(keys)), elsewhere) {
            (_, Some((there, _))) => format!("it stands under `[{there}]`"),
            (Some(meant), None) => format!("did you mean `{meant}`?"),
            (None, None) => format!("use one of {}", names(keys).collect::<Vec<_>>().join(", ")),
        },
        (None, Some((there, _))) if section.is_empty() => format!("it stands under `[{there}]`"),
        (None, _) => {
            let wanted = if section.is_empty() { name } else { section };
            let meant = nearest(wanted, sections()).map(|meant| format!("did you mean the section `{meant}`?"));
            meant.unwrap_or_else(|| format!("the sections are {}", sections().collect::<Vec<_>>().join(", ")))
        }
    };
    let path = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    Failure::failed("unknown-key", format!("{origin}: there is no key `{path}`: {way_out}"))
}
