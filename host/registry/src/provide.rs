//! What a plugin asks for, held against what the host gives: policies, variables, secrets.

use crate::door::Root;
use crate::escape::shown;
use crate::settings::Settings;
use crate::signature::{PublicKey, SignatureError, Statement};
use crate::wanted::{Claim, Rules, Seal};
use oyez_model::port::PluginSettings;
use oyez_model::{Ceiling, Hidden, PluginName, Terms, Version};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A secret, in bytes.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// What the host has to give to plugins.
#[derive(Clone, Debug, Default)]
pub struct Provisions {
    /// The most that plugins can get. Default = without policies, what their `.toml`s ask for.
    pub ceilings: Vec<Ceiling>,
    /// The variables that can be granted, with their values.
    pub environment: BTreeMap<String, Hidden>,
    /// The folder below which secrets lie. Default = none, so that none can be granted.
    pub secrets_dir: Option<PathBuf>,
    /// Whether a component without a `.toml` is refused. Default = no.
    pub require_toml: bool,
    /// Whose signatures count; one of them must stand on every plugin. Default = none, and nobody's is asked for.
    pub signers: Vec<PublicKey>,
}

/// What was refused: its code, and what to do.
type Refusal = (&'static str, String);

impl Provisions {
    pub(crate) fn rules(&self) -> Rules {
        Rules { toml: self.require_toml, signature: !self.signers.is_empty() }
    }

    /// Whether somebody who is listed vouches for these very bytes under this claim, if that is asked.
    ///
    /// # Errors
    /// Nobody does.
    pub(crate) fn vouched(&self, claim: &Claim, component: Version) -> Result<(), Refusal> {
        let Some(Seal { settings, signature }) = &claim.seal else { return Ok(()) };
        let checked = match signature {
            Some(Ok(sig)) => Statement { name: &claim.name, component, settings: *settings }.check(&self.signers, sig),
            Some(Err(problem)) => return Err((problem.code, format!("its .sig: {}", problem.message))),
            None => Err(SignatureError::NotSigned(shown(&claim.sig()))),
        };
        checked.map_err(|error| (error.code(), error.to_string()))
    }

    /// What a plugin gets of what its `.toml` asks for. Reads its secrets; blocks.
    ///
    /// # Errors
    /// A secret cannot be read.
    pub(crate) fn provide(&self, plugin: &PluginName, asked: &Settings) -> Result<(PluginSettings, Terms), Refusal> {
        let terms = Terms::under(&self.ceilings, plugin, &asked.limits, &asked.grants);
        let mut environment = Vec::new();
        for name in &terms.grants.environment {
            match self.environment.get(name) {
                Some(value) => environment.push((name.clone(), value.reveal().to_owned())),
                None => {
                    tracing::warn!(%plugin, variable = name, "a variable that is granted is not in the host's environment: the plugin finds none");
                }
            }
        }
        let secret = |name: &String| {
            let file = asked.secrets.get(name).expect("a secret that is granted lies somewhere: checked when the `.toml` was read");
            Ok((name.clone(), self.secret(name, file)?))
        };
        let secrets = terms.grants.secrets.iter().map(secret).collect::<Result<_, Refusal>>()?;
        let settings = PluginSettings { limits: terms.limits, config: asked.config.clone(), grants: terms.grants.clone(), environment, secrets };
        Ok((settings, terms))
    }

    fn secret(&self, name: &str, file: &Path) -> Result<Hidden, Refusal> {
        let Some(dir) = &self.secrets_dir else {
            let message = format!("the secret `{name}` is granted, and the host has no folder of secrets: set plugins.secrets_dir");
            return Err(("unreadable-secret", message));
        };
        read(dir, file).map_err(|error| {
            let message = format!("the secret `{name}` cannot be read from `{}` below `{}`: {error}", file.display(), dir.display());
            ("unreadable-secret", message)
        })
    }
}

/// Reads a file that lies below a folder, wherever links lead. A last line end is not part of it.
fn read(dir: &Path, file: &Path) -> io::Result<Hidden> {
    let opened = Root::open(dir)?.open_file(file).map_err(|error| match error {
        Errno::XDEV => io::Error::other("it leads out of that folder"),
        error => error.into(),
    })?;
    if !opened.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    opened.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(io::Error::other(format!("it has more than {SECRET_BYTES_MAX} bytes")));
    }
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Hidden::new(value.strip_suffix('\r').unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_below_its_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("secrets");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("stripe"), "sk_live\n").unwrap();
        std::fs::write(folder.path().join("outside"), "x").unwrap();
        std::os::unix::fs::symlink("../outside", dir.join("link")).unwrap();
        std::os::unix::fs::symlink("stripe", dir.join("inner")).unwrap();
        std::fs::write(dir.join("large"), vec![b'x'; 70_000]).unwrap();
        let reveal = |file: &str| read(&dir, Path::new(file)).map(|hidden| hidden.reveal().to_owned());
        assert_eq!((reveal("stripe").unwrap(), reveal("inner").unwrap()), ("sk_live".to_owned(), "sk_live".to_owned()));
        for refused in ["link", "large", "missing", "../outside", "."] {
            assert!(reveal(refused).is_err(), "{refused}");
        }
    }
}
