//! The host's settings: flag, environment, file, default.

use crate::args::RunOptions;
use crate::failure::{Failure, Result};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys that act.
const BUILT: &[&str] = &["server.listen", "server.hosts", "server.origins", "storage.dir", "storage.log", "log.dedup_window", "plugins.dir"];
/// Keys that are documented and not built yet.
const NOT_YET: &[&str] = &[
    "server.tls",
    "auth.token_file",
    "log.keep_age",
    "log.keep_bytes",
    "log.hold",
    "log.on_full",
    "plugins.approve",
    "plugins.require_toml",
    "plugins.require_signature",
    "plugins.secrets_dir",
    "plugins.policy",
    "budget.memory",
    "budget.concurrency",
    "budget.depth",
    "budget.total",
    "schemas.dir",
    "telemetry",
];
const FILE: &str = "oyez.toml";
const PREFIX: &str = "OYEZ_";

/// What `oyez run` runs by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) ephemeral: bool,
    pub(crate) dedup_window: Duration,
    pub(crate) plugins: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 6939)),
            hosts: Vec::new(),
            origins: Vec::new(),
            data_dir: PathBuf::from("oyez-data"),
            ephemeral: false,
            dedup_window: Duration::from_hours(24),
            plugins: PathBuf::from("plugins"),
        }
    }
}

impl Settings {
    /// From all layers.
    pub(crate) fn load(options: RunOptions, environment: impl Iterator<Item = (OsString, OsString)>) -> Result<Self> {
        let mut settings = Self::default();
        let path = options.config.clone().unwrap_or_else(|| PathBuf::from(FILE));
        match std::fs::read_to_string(&path) {
            Ok(text) => settings.file(&path, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && options.config.is_none() => {}
            Err(error) => return Err(Failure::new("unreadable", format!("{}: {error}", path.display()))),
        }
        for (name, value) in environment {
            settings.variable(&name.to_string_lossy(), &value.to_string_lossy())?;
        }
        settings.listen = options.listen.unwrap_or(settings.listen);
        settings.data_dir = options.data_dir.unwrap_or(settings.data_dir);
        settings.plugins = options.plugins.unwrap_or(settings.plugins);
        settings.ephemeral |= options.ephemeral;
        if settings.listen.ip().is_loopback() {
            return Ok(settings);
        }
        let message = format!("listening on {}, which is no loopback address, needs tokens, which are not built yet: use 127.0.0.1", settings.listen);
        Err(Failure::new("not-yet", message))
    }

    fn file(&mut self, path: &Path, text: &str) -> Result<()> {
        let line = |at: usize| text[..at.min(text.len())].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let syntax = |error: toml::de::Error| {
            let at = error.span().map_or(1, |span| line(span.start));
            Failure::new("invalid-toml", format!("{}, line {at}: {}", path.display(), error.message()))
        };
        let root = DeTable::parse(text).map_err(syntax)?;
        for (section, table) in root.get_ref() {
            let place = |at: usize| format!("{}, line {}", path.display(), line(at));
            let DeValue::Table(keys) = table.get_ref() else {
                self.set(&place(section.span().start), section.get_ref(), &[])?;
                continue;
            };
            for (key, value) in keys {
                self.set(&place(key.span().start), &format!("{}.{}", section.get_ref(), key.get_ref()), &texts(value))?;
            }
        }
        Ok(())
    }

    /// `OYEZ_SERVER__LISTEN` is `server.listen`; lists are divided by commas.
    fn variable(&mut self, name: &str, value: &str) -> Result<()> {
        let Some(key) = name.strip_prefix(PREFIX).filter(|key| key.contains("__")) else { return Ok(()) };
        let key = key.to_lowercase().replacen("__", ".", 1);
        let values: Vec<_> = value.split(',').map(|part| part.trim().to_owned()).collect();
        self.set(name, &key, &values)
    }

    fn set(&mut self, place: &str, key: &str, values: &[String]) -> Result<()> {
        let section = key.split('.').next().unwrap_or_default();
        if NOT_YET.contains(&key) || NOT_YET.contains(&section) {
            return Err(Failure::new("not-yet", format!("{place}: `{key}` is documented and not built yet: take it out")));
        }
        if !BUILT.contains(&key) {
            let near = BUILT.iter().chain(NOT_YET).max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
            let near = near.map_or("", |near| near.rsplit('.').next().unwrap_or(near));
            return Err(Failure::new("unknown-key", format!("{place}: `{key}` is no setting: did you mean `{near}`?")));
        }
        let wrong = |expected: &str| Failure::new("invalid-setting", format!("{place}: `{key}` is `{}`, but takes {expected}", values.join(",")));
        let one = || if let [one] = values { Ok(one.as_str()) } else { Err(wrong("one value")) };
        match key {
            "server.listen" => self.listen = one()?.parse().map_err(|_| wrong("an address with a port, such as 127.0.0.1:6939"))?,
            "server.hosts" => self.hosts = values.to_vec(),
            "server.origins" => self.origins = values.to_vec(),
            "storage.dir" => self.data_dir = one()?.into(),
            "storage.log" => match one()? {
                "segments" => self.ephemeral = false,
                "memory" => self.ephemeral = true,
                "jetstream" => return Err(Failure::new("not-yet", format!("{place}: `storage.log = \"jetstream\"` is not built yet"))),
                _ => return Err(wrong("segments or memory")),
            },
            "log.dedup_window" => self.dedup_window = oyez::parse_duration(one()?).map_err(|_| wrong("a duration, such as 24h"))?,
            _ => self.plugins = one()?.into(),
        }
        Ok(())
    }
}

/// A value, or each of a list, as text.
fn texts(value: &Spanned<DeValue<'_>>) -> Vec<String> {
    match value.get_ref() {
        DeValue::String(text) => vec![text.as_ref().to_owned()],
        DeValue::Integer(number) => vec![number.as_str().to_owned()],
        DeValue::Boolean(is) => vec![is.to_string()],
        DeValue::Array(list) => list.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], listen: Option<&str>) -> Result<Settings> {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("oyez.toml");
        std::fs::write(&config, file).expect("a file");
        let options = RunOptions {
            plugins: None,
            data_dir: None,
            listen: listen.map(|listen| listen.parse().expect("an address")),
            config: Some(config),
            ephemeral: false,
        };
        Settings::load(options, environment.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn a_flag_comes_before_the_environment_before_the_file_before_the_default() {
        let file = "[server]\nlisten = \"127.0.0.1:1\"\nhosts = [\"a\", \"b\"]\n[log]\ndedup_window = \"1h\"\n[plugins]\ndir = \"p\"\n";
        let port = |environment: &[(&str, &str)], flag| load(file, environment, flag).map(|settings| settings.listen.port()).expect("settings");
        assert_eq!(port(&[], None), 1);
        assert_eq!(port(&[("OYEZ_SERVER__LISTEN", "127.0.0.1:2"), ("OYEZ_URL", "x"), ("HOME", "y")], None), 2);
        assert_eq!(port(&[("OYEZ_SERVER__LISTEN", "127.0.0.1:2")], Some("127.0.0.1:3")), 3);
        let settings = load(file, &[], None).expect("settings");
        assert_eq!((settings.hosts.len(), settings.dedup_window, settings.plugins), (2, Duration::from_hours(1), PathBuf::from("p")));
        assert_eq!(load("", &[], None).expect("settings"), Settings::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (file, code, says) in [
            ("[server]\nlisten_on = 1\n", "unknown-key", "line 2: `server.listen_on` is no setting: did you mean `listen`?"),
            ("[log]\nkeep_age = \"1d\"\n", "not-yet", "line 2: `log.keep_age`"),
            ("[telemetry]\nx = 1\n", "not-yet", "telemetry"),
            ("[[plugins.policy]]\nmatch = \"a\"\n", "not-yet", "plugins.policy"),
            ("[server]\nlisten = \"here\"\n", "invalid-setting", "`here`"),
            ("[server]\nlisten = \"0.0.0.0:80\"\n", "not-yet", "tokens"),
            ("[storage]\nlog = \"floppy\"\n", "invalid-setting", "segments or memory"),
            ("x = = 1", "invalid-toml", "line 1"),
        ] {
            match load(file, &[], None) {
                Err(Failure::Failed { code: found, message }) => assert!(found == code && message.contains(says), "{file}: {found}: {message}"),
                other => panic!("{file}: {other:?}"),
            }
        }
    }
}
