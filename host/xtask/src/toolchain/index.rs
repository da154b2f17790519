//! Debian's index of packages: signed by Debian's keys, and searched where a pinned package is gone from the mirror.

use super::package::{Package, check, download};
use crate::{Error, Result, house, process};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The suites that are searched, the nearest to what was tried first.
const SUITES: [&str; 4] = ["trixie-backports", "trixie", "forky", "sid"];
/// The architecture whose index is read; what we look for is the same for all.
const PACKAGES: &str = "main/binary-amd64/Packages.xz";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The last listed package of that name whose version begins so, in the first suite that has one.
///
/// # Errors
/// An index cannot be had, or its signature does not hold.
pub(super) fn look_up(mirror: &str, folder: &Path, name: &str, version: &str) -> Result<Option<Package>> {
    for suite in SUITES {
        if let Some(package) = find(&packages(mirror, folder, suite)?, name, version) {
            return Ok(Some(package));
        }
    }
    Ok(None)
}

/// The index of one suite, its signature and checksum verified.
fn packages(mirror: &str, folder: &Path, suite: &str) -> Result<String> {
    let signed = folder.join(format!("{suite}.InRelease"));
    house::write_whole(&signed, &download(&format!("{mirror}/dists/{suite}/InRelease"), &signed)?)?;
    let release = verified(suite, &signed)?;
    let expected = checksum(&release).ok_or_else(|| Error::Signature { suite: suite.to_owned(), why: format!("it does not list {PACKAGES}") })?;
    let packed = folder.join(format!("{suite}.Packages.xz"));
    let bytes = download(&format!("{mirror}/dists/{suite}/{PACKAGES}"), &packed)?;
    check(&format!("the index of {suite}"), &bytes, &expected)?;
    house::write_whole(&packed, &bytes)?;
    process::capture(Command::new("xz").args(["--decompress", "--stdout"]).arg(&packed))
}

/// What stands under the signature: never what stands around it.
fn verified(suite: &str, signed: &Path) -> Result<String> {
    let bad = |why: String| Error::Signature { suite: suite.to_owned(), why };
    let release = signed.with_extension("Release");
    let mut gpgv = Command::new("gpgv");
    gpgv.args(["--status-fd", "1", "--keyring", KEYRING, "--output"]).arg(&release).arg(signed);
    if release.exists() {
        fs::remove_file(&release).map_err(Error::io(&release))?;
    }
    // Its exit status says whether it knows every key; one good signature is enough, and Debian signs by several.
    let output = gpgv.output().map_err(|e| bad(format!("gpgv: {e}")))?;
    let status = String::from_utf8_lossy(&output.stdout);
    if !status.lines().any(|line| line.starts_with("[GNUPG:] VALIDSIG ")) || status.contains("[GNUPG:] BADSIG ") {
        return Err(bad(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ")));
    }
    fs::read_to_string(&release).map_err(Error::io(&release))
}

/// The SHA-256 of [`PACKAGES`] in a release file.
fn checksum(release: &str) -> Option<String> {
    let mut lines = release.lines().skip_while(|line| *line != "SHA256:").skip(1).take_while(|line| line.starts_with(' '));
    lines.find_map(|line| {
        let mut words = line.split_whitespace();
        let (sum, path) = (words.next()?, words.nth(1)?);
        (path == PACKAGES).then(|| sum.to_owned())
    })
}

fn find(packages: &str, name: &str, version: &str) -> Option<Package> {
    let wanted = |paragraph: &&str| {
        let is = |key, expect: fn(&str, &str) -> bool, text: &str| field(paragraph, key).is_some_and(|value| expect(value, text));
        is("Package", |value, name| value == name, name) && is("Version", |value, begin| value.starts_with(begin), version)
    };
    let paragraph = packages.split("\n\n").filter(wanted).last()?;
    Some(Package { path: field(paragraph, "Filename")?.to_owned(), sha256: field(paragraph, "SHA256")?.to_owned() })
}

fn field<'a>(paragraph: &'a str, key: &str) -> Option<&'a str> {
    paragraph.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_listed_version_that_begins_so_is_found() {
        let packages = "\
Package: rust-src\nVersion: 1.94.0+dfsg1-1\nFilename: pool/a.deb\nSHA256: aa\n\n\
Package: rust-src\nVersion: 1.95.0+dfsg1-2\nDescription: sources\n of Rust\nFilename: pool/b.deb\nSHA256: bb\n\n\
Package: rust-src-extra\nVersion: 1.95.0+dfsg1-2\nFilename: pool/c.deb\nSHA256: cc\n";
        let found = find(packages, "rust-src", "1.95.0+").unwrap();
        assert_eq!((found.path.as_str(), found.sha256.as_str()), ("pool/b.deb", "bb"));
        assert_eq!(find(packages, "rust-src", "1.96.0+"), None);
    }

    #[test]
    fn the_checksum_is_the_one_under_sha256() {
        let line = |sum: &str| format!(" {sum} 123 {PACKAGES}\n");
        let release = format!("Suite: sid\nMD5Sum:\n{}SHA256:\n 00 1 main/other\n{}Acquire-By-Hash: yes\n", line("md5"), line("good"));
        assert_eq!(checksum(&release).as_deref(), Some("good"));
        assert_eq!(checksum("SHA256:\n 00 1 main/other\n"), None);
    }
}
