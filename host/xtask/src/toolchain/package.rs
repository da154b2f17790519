//! A package of Debian: where it lies, and that it is what it should be.

use crate::{Error, Result, process};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::Command;

/// A package: where it lies on every mirror, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) path: String,
    pub(super) sha256: String,
}

/// Downloads to a neighbour of `file`, which is gone afterwards, and gives back the bytes.
pub(super) fn download(url: &str, file: &Path) -> Result<Vec<u8>> {
    eprintln!("downloading {url}");
    let part = file.with_added_extension("download");
    let progress = if std::io::stderr().is_terminal() { "--progress-bar" } else { "--silent" };
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--show-error", progress, "--retry", "3", "--connect-timeout", "20", "--max-time", "900", "--output"]);
    process::run(curl.arg(&part).arg(url))?;
    let bytes = fs::read(&part).map_err(Error::io(&part))?;
    fs::remove_file(&part).map_err(Error::io(&part))?;
    Ok(bytes)
}

/// Refuses bytes that are not what they should be.
pub(super) fn check(what: &str, bytes: &[u8], expected: &str) -> Result<()> {
    let found = sha256(bytes);
    if found == expected { Ok(()) } else { Err(Error::Checksum { what: what.to_owned(), expected: expected.to_owned(), found }) }
}

/// Its checksum, as the index writes it.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_were_changed_are_refused() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(check("abc", b"abc", abc).is_ok());
        assert!(matches!(check("abc", b"abd", abc), Err(Error::Checksum { .. })));
    }
}
