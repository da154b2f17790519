//! GitHub's example webhooks, fetched by npm once and kept in the cache.

use crate::{Error, House, Result, process};
use std::path::PathBuf;
use std::process::Command;

const PACKAGE: &str = "@octokit/webhooks-examples";
const VERSION: &str = "7.6.1";

/// The file with all payloads: `api.github.com/index.json` of the package.
///
/// # Errors
/// npm is not there, or cannot fetch the package.
pub(crate) fn fetch(house: &House) -> Result<PathBuf> {
    let folder = house.cached("webhooks")?;
    let index = folder.join(format!("{VERSION}/package/api.github.com/index.json"));
    if index.is_file() {
        return Ok(index);
    }
    let fresh = folder.join(format!("{VERSION}.part"));
    std::fs::create_dir_all(&fresh).map_err(Error::io(&fresh))?;
    let package = format!("{PACKAGE}@{VERSION}");
    let packed = process::capture(Command::new("npm").args(["pack", "--silent", &package]).current_dir(&fresh))?;
    let file = packed.lines().last().unwrap_or_default().trim().to_owned();
    process::run(Command::new("tar").args(["-xzf", &file]).current_dir(&fresh))?;
    let done = folder.join(VERSION);
    std::fs::rename(&fresh, &done).map_err(Error::io(&done))?;
    Ok(index)
}
