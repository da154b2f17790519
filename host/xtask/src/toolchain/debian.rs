//! Debian's packages of Rust's sources and of wasi-libc: pinned by their SHA-256; where a pin is gone, looked up in a signed index.
//!
//! The mirror is the one that this machine's apt is set up with, so that it works behind whatever door the machine has.

use super::compiler::Compiler;
use super::package::{Package, check, download, sha256};
use super::{TARGET, index};
use crate::{Error, House, Result, house, process};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources of one release, as they were tried.
const RUST_SOURCES: [(&str, &str, &str); 1] =
    [("1.95.0", "pool/main/r/rustc/rust-src_1.95.0+dfsg1-2~bpo13+1_all.deb", "7b76db5b880a77f9e52975d2baa6209d2f76d2c9c2789515c3088cb960e2c83b")];
/// wasi-libc, as it was tried.
const WASI_LIBC: (&str, &str) =
    ("pool/main/w/wasi-libc/wasi-libc_0.0~git20260129.ec0effd-3~bpo13+1_all.deb", "45eb80a2d4dcf7fe54c8e5c5d6a3cd165a3682fccc124c46f7abc6255c9b1bce");

/// Unpacks the sources that belong to the compiler, and gives back their folder `library`.
///
/// # Errors
/// No mirror is known, or none has them.
pub(super) fn rust_sources(house: &House, compiler: &Compiler, folder: &Path, work: &Path) -> Result<PathBuf> {
    let release = &compiler.release;
    let pin = RUST_SOURCES.iter().find(|(pinned, ..)| pinned == release).map(|(_, path, sha256)| pinned(path, sha256));
    let deb = package(house, folder, pin, "rust-src", &format!("{release}+"))?;
    let inside = format!("usr/src/rustc-{release}/library");
    unpack(&deb, work, &inside)?;
    Ok(work.join(inside))
}

/// Unpacks wasi-libc, and gives back the folder with its objects.
///
/// # Errors
/// No mirror is known, or none has it.
pub(super) fn wasi_libc(house: &House, folder: &Path, work: &Path) -> Result<PathBuf> {
    let (path, sha256) = WASI_LIBC;
    let deb = package(house, folder, Some(pinned(path, sha256)), "wasi-libc", "0.0~git2026")?;
    let inside = format!("usr/lib/{TARGET}");
    unpack(&deb, work, &inside)?;
    Ok(work.join(inside))
}

fn pinned(path: &str, sha256: &str) -> Package {
    Package { path: path.to_owned(), sha256: sha256.to_owned() }
}

/// Downloads the pinned package, or else the newest of that name whose version begins so.
fn package(house: &House, folder: &Path, pin: Option<Package>, name: &str, version: &str) -> Result<PathBuf> {
    let mirror = mirror(house)?;
    if let Some(pin) = pin {
        match fetch(&mirror, &pin, folder) {
            Err(e @ Error::Failed { .. }) => {
                eprintln!("{name}: what was tried is gone ({e}); looking for another");
            }
            done => return done,
        }
    }
    let found = index::look_up(&mirror, folder, name, version)?
        .ok_or_else(|| Error::NoStd { target: TARGET, why: format!("no suite of the Debian mirror {mirror} has {name} {version}") })?;
    fetch(&mirror, &found, folder)
}

fn fetch(mirror: &str, package: &Package, folder: &Path) -> Result<PathBuf> {
    let name = package.path.rsplit('/').next().unwrap_or(&package.path);
    let file = folder.join(name);
    if fs::read(&file).is_ok_and(|bytes| sha256(&bytes) == package.sha256) {
        return Ok(file);
    }
    let bytes = download(&format!("{mirror}/{}", package.path), &file)?;
    check(name, &bytes, &package.sha256)?;
    house::write_whole(&file, &bytes)?;
    Ok(file)
}

/// Unpacks one folder of a package. `ar` stands in where there is no `dpkg-deb`.
fn unpack(deb: &Path, into: &Path, inside: &str) -> Result<()> {
    fs::create_dir_all(into).map_err(Error::io(into))?;
    let tar = |decompress: &[&str]| {
        let mut tar = Command::new("tar");
        tar.arg("-x").args(decompress).arg("-C").arg(into).arg(format!("./{inside}"));
        tar
    };
    match process::pipe(Command::new("dpkg-deb").arg("--fsys-tarfile").arg(deb), &mut tar(&[])) {
        Err(Error::NoProgram { program, .. }) if program == "dpkg-deb" => {
            process::pipe(Command::new("ar").arg("p").arg(deb).arg("data.tar.xz"), &mut tar(&["--xz"]))
        }
        done => done,
    }
}

/// The mirror to use, without a slash at its end.
fn mirror(house: &House) -> Result<String> {
    let apt =
        || ["/etc/apt/sources.list", "/etc/apt/sources.list.d"].iter().flat_map(|path| files(Path::new(path))).find_map(|text| mirror_in(&text));
    let mirror = house.debian_mirror.clone().or_else(apt);
    let mirror = mirror.ok_or_else(|| Error::NoStd { target: TARGET, why: "apt is set up with no mirror of Debian on this machine".to_owned() })?;
    Ok(mirror.trim_end_matches('/').to_owned())
}

/// The text of a file, or of all files in a folder, by name.
fn files(path: &Path) -> Vec<String> {
    let Ok(folder) = fs::read_dir(path) else {
        return fs::read_to_string(path).into_iter().collect();
    };
    let mut paths: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort_unstable();
    paths.iter().flat_map(fs::read_to_string).collect()
}

/// The first mirror of Debian's main archive in one of apt's files, in the old form or the new.
fn mirror_in(sources: &str) -> Option<String> {
    let lines = sources.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut words = lines.flat_map(str::split_whitespace);
    let is_debian = |word: &&str| word.starts_with("http") && word.trim_end_matches('/').ends_with("/debian");
    words.find(is_debian).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_read_from_both_forms_of_apts_files() {
        let deb822 = "Types: deb\n# http://old.example/debian\nURIs: http://mirror.example/debian\nSuites: trixie\n";
        assert_eq!(mirror_in(deb822).as_deref(), Some("http://mirror.example/debian"));
        let one_line = "deb [arch=amd64] https://mirror.example/debian/ trixie main\n";
        assert_eq!(mirror_in(one_line).as_deref(), Some("https://mirror.example/debian/"));
        for other in ["deb https://mirror.example/debian-security trixie main", "deb https://mirror.example/ubuntu noble main", ""] {
            assert_eq!(mirror_in(other), None, "{other}");
        }
    }
}
