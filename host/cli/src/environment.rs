//! The environment: read here and nowhere else. (`OYEZ_URL` is read by the arguments, which show it in `--help`.)

use crate::error::{Failure, Result};
use std::ffi::OsString;

/// What settings begin with, and what stands between section and key: `OYEZ_SERVER__LISTEN`.
const PREFIX: &str = "OYEZ_";
const BETWEEN: &str = "__";

/// A variable's value. One that is empty counts as one that is not set: so compose files and units write it.
pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    std::env::var_os(name).map(|value| text(name, value)).transpose().map(|value| value.filter(|value| !value.is_empty()))
}

/// The settings that it holds, as variable and value, in the order of their names.
pub(crate) fn settings() -> Result<Vec<(String, String)>> {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = named.filter(|(name, value)| path(name).is_some() && !value.is_empty());
    let mut settings = ours.map(|(name, value)| Ok((name.clone(), text(&name, value)?))).collect::<Result<Vec<_>>>()?;
    settings.sort();
    Ok(settings)
}

/// The setting that a variable is for: `server.listen`. Nothing: it is none.
pub(crate) fn path(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX).filter(|name| name.contains(BETWEEN))?;
    Some(name.replace(BETWEEN, ".").to_ascii_lowercase())
}

/// What plugins can be granted by name: all that is UTF-8, and is not for the host itself.
pub(crate) fn grantable() -> Vec<(String, String)> {
    let told = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    told.filter(|(name, _)| !name.starts_with(PREFIX)).collect()
}

fn text(name: &str, value: OsString) -> Result<String> {
    value.into_string().map_err(|value| Failure::failed("invalid-setting", format!("`{name}` is `{}`, but takes UTF-8", value.display())))
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn only_names_with_a_section_are_settings() {
        assert_eq!(path("OYEZ_SERVER__LISTEN").as_deref(), Some("server.listen"));
        assert_eq!(path("OYEZ_SERVER__TLS__CERT").as_deref(), Some("server.tls.cert"));
        assert_eq!(path("OYEZ_LOG__DEDUP_WINDOW").as_deref(), Some("log.dedup_window"));
        for other in ["OYEZ_URL", "OYEZ_LOG", "OYEZ_TOKEN", "PATH", "SERVER__LISTEN"] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
