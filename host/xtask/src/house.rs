//! Where things are: the clone, the caches, and what the environment says. No other module reads the environment.

use crate::{Error, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The places that tasks work in.
#[derive(Debug)]
pub(crate) struct House {
    /// The clone.
    pub(crate) root: PathBuf,
    /// What is kept between runs, outside the clone: `${XDG_CACHE_HOME:-$HOME/.cache}/oyez`.
    pub(crate) cache: PathBuf,
    /// Where cargo builds what runs in the sandbox: `guests-target` beside `CARGO_TARGET_DIR`, else in the cache.
    pub(crate) guests_target: PathBuf,
    /// Cargo's own folder, whose path no plugin is to carry.
    pub(crate) cargo_home: PathBuf,
    /// Don't try rustup: `OYEZ_NO_RUSTUP=1`.
    pub(crate) no_rustup: bool,
    /// A mirror of Debian in place of apt's: `OYEZ_DEBIAN_MIRROR`.
    pub(crate) debian_mirror: Option<String>,
}

impl House {
    /// Reads the environment.
    ///
    /// # Errors
    /// It names no place for the cache.
    pub(crate) fn find() -> Result<Self> {
        let manifest = path("CARGO_MANIFEST_DIR").unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = manifest.ancestors().nth(2).unwrap_or(&manifest).to_owned();
        let home = path("HOME");
        let below_home = |name: &str| home.as_ref().map(|home| home.join(name)).ok_or(Error::NoHome { variable: "HOME" });
        let cache = path("XDG_CACHE_HOME").map_or_else(|| below_home(".cache"), Ok)?.join("oyez");
        let guests_target = match path("CARGO_TARGET_DIR") {
            Some(target) => root.join(target).with_file_name("guests-target"),
            None => cache.join("guests-target"),
        };
        Ok(Self {
            cargo_home: path("CARGO_HOME").map_or_else(|| below_home(".cargo"), Ok)?,
            no_rustup: variable("OYEZ_NO_RUSTUP").is_some_and(|it| it != "0"),
            debian_mirror: variable("OYEZ_DEBIAN_MIRROR").and_then(|it| it.into_string().ok()),
            root,
            cache,
            guests_target,
        })
    }

    /// A folder of the cache, made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn cached(&self, name: &str) -> Result<PathBuf> {
        let folder = self.cache.join(name);
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        Ok(folder)
    }
}

/// The cargo that runs us, so that what we build is built by the same.
pub(crate) fn cargo() -> OsString {
    variable("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The compiler that this cargo uses.
pub(crate) fn rustc() -> OsString {
    variable("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn path(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Puts bytes into a file whole or not at all: a crash leaves the old file or the new one.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_added_extension("part");
    std::fs::write(&part, bytes).map_err(Error::io(&part))?;
    std::fs::rename(&part, path).map_err(Error::io(path))
}
