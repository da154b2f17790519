//! `oyez sign`: a plugin's `.sig`, made where no host runs.

use crate::escape::shown;
use crate::listing::with_suffix;
use crate::settings;
use crate::signature::{SigningKey, Statement};
use oyez_model::{NameError, PluginName, Version};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a plugin was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// Neither a component nor a `.toml`.
    #[error("`{}` is neither a .wasm nor a .toml: name a plugin's component, or its .toml", shown(.0))]
    NotAPlugin(PathBuf),
    /// A file that cannot be read or written.
    #[error("`{}`: {source}", shown(.file))]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The `.toml` is wrong.
    #[error("`{}`: {message}", shown(.file))]
    Settings {
        /// The `.toml`.
        file: PathBuf,
        /// The code of what is wrong with it.
        code: &'static str,
        /// What is.
        message: String,
    },
    /// No name for a plugin.
    #[error("{0}")]
    Name(#[from] NameError),
}

impl SignError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAPlugin(_) => "not-a-plugin",
            Self::Io { .. } => "not-signable",
            Self::Settings { code, .. } => code,
            Self::Name(_) => "invalid-name",
        }
    }
}

/// A plugin that was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Where its signature stands.
    pub file: PathBuf,
    /// Under which name: no other loads it.
    pub name: PluginName,
    /// Which build.
    pub component: Version,
    /// Whether it has a `.toml`, which the signature is over too.
    pub has_settings: bool,
}

/// Signs the plugin that a component or a `.toml` makes, as it lies there now, and writes its `.sig` beside it. Its name is `name`, else what
/// it is called in the folder `plugins` if it lies there, else its own.
///
/// # Errors
/// No such file, a `.toml` that is wrong, no name, a `.sig` that cannot be written.
pub fn sign(file: &Path, plugins: &Path, name: Option<&str>, key: &SigningKey) -> Result<Signed, SignError> {
    if !file.extension().is_some_and(|suffix| suffix == "wasm" || suffix == "toml") {
        return Err(SignError::NotAPlugin(file.to_owned()));
    }
    let stem = file.with_extension("");
    let toml = with_suffix(&stem, ".toml");
    let text = match fs::read(&toml) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound && toml != file => None,
        Err(source) => return Err(SignError::Io { file: toml, source }),
    };
    let settings = match &text {
        Some(bytes) => read(&toml, bytes)?,
        None => settings::Settings::default(),
    };
    let component = match &settings.component {
        Some(component) => stem.parent().unwrap_or(Path::new("")).join(component),
        None => with_suffix(&stem, ".wasm"),
    };
    let bytes = fs::read(&component).map_err(|source| SignError::Io { file: component.clone(), source })?;
    let name = match name {
        Some(name) => PluginName::new(name)?,
        None => PluginName::new(&called(&stem, plugins, settings.name.as_deref()))?,
    };
    let statement = Statement { name: &name, component: Version::of(&bytes), settings: text.as_deref().map(Version::of) };
    let sig = with_suffix(&stem, ".sig");
    write(&sig, &key.sign(&statement)).map_err(|source| SignError::Io { file: sig.clone(), source })?;
    Ok(Signed { file: sig, component: statement.component, has_settings: text.is_some(), name })
}

fn read(toml: &Path, bytes: &[u8]) -> Result<settings::Settings, SignError> {
    let wrong = |code, message| SignError::Settings { file: toml.to_owned(), code, message };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("invalid-toml", "it is no UTF-8: save it as UTF-8".to_owned()))?;
    settings::parse(text).result.map_err(|problem| wrong(problem.code, problem.message))
}

/// What a host calls it.
fn called(stem: &Path, plugins: &Path, own: Option<&str>) -> String {
    let folder = stem.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let below = folder.canonicalize().ok().and_then(|folder| Some(folder.strip_prefix(plugins.canonicalize().ok()?).ok()?.to_owned()));
    let last = own.map_or_else(|| stem.file_name().unwrap_or_default().to_string_lossy().into_owned(), str::to_owned);
    let path = below.unwrap_or_default().join(last);
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Whole or not at all: a host that looks meanwhile finds the old one or the new one.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let draft = folder.join(format!(".{}.new", file.file_name().unwrap_or_default().to_string_lossy()));
    let mut written = fs::File::create(&draft)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(&draft, file)
}
