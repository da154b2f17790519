//! What there is to know of the Rust compiler.

use super::TARGET;
use crate::{Error, Result, house, process};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler that cargo uses.
#[derive(Debug)]
pub(super) struct Compiler {
    /// Such as `1.95.0`.
    pub(super) release: String,
    /// The commit that it was built from; `unknown` in some distributions.
    pub(super) commit: String,
    /// The platform that it runs on.
    pub(super) host: String,
    /// Where it keeps its libraries and tools.
    pub(super) sysroot: PathBuf,
}

impl Compiler {
    /// Asks it.
    ///
    /// # Errors
    /// It does not run, or its answer lacks something.
    pub(super) fn ask() -> Result<Self> {
        let about = process::capture(Command::new(house::rustc()).arg("-vV"))?;
        let field = |name: &str| {
            let value = about.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.map(str::to_owned).ok_or_else(|| Error::Unreadable { command: "rustc -vV".to_owned(), what: format!("no `{name}`") })
        };
        let sysroot = process::capture(Command::new(house::rustc()).args(["--print", "sysroot"]))?;
        Ok(Self { release: field("release")?, commit: field("commit-hash")?, host: field("host")?, sysroot: sysroot.trim().into() })
    }

    /// Whether its own sysroot has a standard library for [`TARGET`].
    pub(super) fn has_std(&self) -> bool {
        has_std(&self.sysroot)
    }

    /// What tells it from any other: a standard library fits only the compiler that built it.
    pub(super) fn id(&self) -> String {
        format!("{}-{}", self.release, self.commit.get(..9).unwrap_or(&self.commit))
    }
}

/// Where a sysroot keeps the libraries for [`TARGET`].
pub(super) fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// Whether a sysroot has a standard library for [`TARGET`].
pub(super) fn has_std(sysroot: &Path) -> bool {
    let Ok(files) = fs::read_dir(libraries(sysroot)) else {
        return false;
    };
    files.flatten().any(|file| file.file_name().to_str().is_some_and(|name| name.starts_with("libstd-") && name.ends_with(".rlib")))
}
