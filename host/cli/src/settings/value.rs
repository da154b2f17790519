//! A value with where it comes from, and what may be made of it.

use oyez::{Ceiling, PublicKey};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How much of a wrong value is shown, in characters.
const SHOWN_MAX: usize = 60;

/// What a key was given.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
    /// Ceilings for plugins.
    Policies(Vec<Ceiling>),
    /// None of them, as it was written.
    Other(String),
}

/// Where it stands.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

impl Origin {
    /// As people point at a place: `oyez.toml:4`.
    pub(super) fn place(&self) -> String {
        if let Self::File { path, line } = self { format!("{}:{line}", path.display()) } else { self.to_string() }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Text(text) | Self::Other(text) => text,
            Self::List(items) => &format!("{items:?}"),
            Self::Policies(policies) => &format!("{} policies", policies.len()),
        };
        f.write_str(&crate::output::cut(text, SHOWN_MAX))
    }
}

impl Value {
    pub(super) fn policies(&self) -> Option<Vec<Ceiling>> {
        if let Self::Policies(policies) = self { Some(policies.clone()) } else { None }
    }

    /// Public keys, at least one.
    pub(super) fn keys(&self, origin: &Origin) -> Option<Vec<PublicKey>> {
        self.list(origin)?.iter().map(|key| key.parse().ok()).collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())
    }

    pub(super) fn truth(&self) -> Option<bool> {
        let (Self::Text(text) | Self::Other(text)) = self else { return None };
        text.trim().parse().ok()
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A list; from the environment, texts with commas between them.
    pub(super) fn list(&self, origin: &Origin) -> Option<Vec<String>> {
        match (self, origin) {
            (Self::List(items), _) => Some(items.clone()),
            (Self::Text(text), Origin::Variable(_)) => {
                Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
            }
            _ => None,
        }
    }

    /// A path. One that a file gives is relative to the folder of that file.
    pub(super) fn path(&self, origin: &Origin) -> Option<PathBuf> {
        let text = self.text().filter(|text| !text.is_empty())?;
        let base = if let Origin::File { path, .. } = origin { path.parent() } else { None };
        Some(base.unwrap_or(Path::new("")).join(text))
    }

    /// An address with its port; `localhost` is the IPv4 loopback.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let text = self.text()?;
        let local = text.strip_prefix("localhost:").and_then(|port| Some((Ipv4Addr::LOCALHOST, port.parse().ok()?).into()));
        local.or_else(|| text.parse().ok())
    }

    /// A whole number, at least 1.
    pub(super) fn number<T: TryFrom<u64>>(&self) -> Option<T> {
        let (Self::Text(text) | Self::Other(text)) = self else { return None };
        T::try_from(text.trim().replace('_', "").parse().ok().filter(|number| *number > 0)?).ok()
    }

    /// A size.
    pub(super) fn bytes(&self) -> Option<u64> {
        oyez::parse_bytes(self.text()?.trim()).ok()?.try_into().ok()
    }

    /// A whole number and its unit.
    pub(super) fn duration(&self) -> Option<Duration> {
        let text = self.text()?.trim();
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let seconds = |of: u64| number.parse::<u64>().ok()?.checked_mul(of).map(Duration::from_secs);
        match unit.trim() {
            "ms" => number.parse().ok().map(Duration::from_millis),
            "s" => seconds(1),
            "m" => seconds(60),
            "h" => seconds(3_600),
            "d" => seconds(86_400),
            _ => None,
        }
    }
}

/// A duration as a setting takes it, in the largest unit that it is whole in.
pub(super) fn duration(of: Duration) -> String {
    let milliseconds = of.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = units.into_iter().find(|(unit, _)| milliseconds > 0 && milliseconds.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{milliseconds}ms"), |(unit, name)| format!("{}{name}", milliseconds / unit))
}

/// A size as a setting takes it.
pub(super) fn bytes(of: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let whole = units.into_iter().find(|(bits, _)| of > 0 && of.trailing_zeros() >= *bits);
    whole.map_or_else(|| format!("{of}B"), |(bits, name)| format!("{}{name}", of >> bits))
}
