//! The standard library for the sandbox, built from its sources into a sysroot of its own. The toolchain is not touched, and guests build on it with plain stable Rust.

use super::compiler::{Compiler, libraries};
use super::{TARGET, debian};
use crate::{Error, House, Result, house, process};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What makes cargo build `std`: the smallest crate that there is.
const MANIFEST: &str = "\
[package]
name = \"stdbuild\"
version = \"0.0.0\"
edition = \"2024\"
[workspace]
[profile.release]
debug = false
panic = \"abort\"
";

/// What wasi-libc brings, and where the linker looks for it.
const LIBC: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// Builds it into `sysroot`, whole or not at all. `folder` is for what comes on the way.
///
/// # Errors
/// The sources cannot be had, or do not compile.
pub(super) fn build(house: &House, compiler: &Compiler, folder: &Path, sysroot: &Path) -> Result<()> {
    let begun = Instant::now();
    let work = folder.join("work");
    clear(&work)?;
    let libc = debian::wasi_libc(house, folder, &work)?;
    let sources = sources(house, compiler, folder, &work)?;
    eprintln!("building the Rust standard library for {TARGET}: about a minute, once for this compiler");
    let made = compile(house, compiler, &sources, &work)?;
    let whole = work.join("sysroot");
    gather(&made, &libc, &libraries(&whole))?;
    link(&compiler.sysroot.join("lib/rustlib").join(&compiler.host), &whole.join("lib/rustlib").join(&compiler.host))?;
    clear(sysroot)?;
    fs::rename(&whole, sysroot).map_err(Error::io(sysroot))?;
    clear(&work)?;
    eprintln!("it stands in {} ({:.0} s)", sysroot.display(), begun.elapsed().as_secs_f32());
    Ok(())
}

/// The folder `library` of Rust's sources: the toolchain's own if it has them, else Debian's.
fn sources(house: &House, compiler: &Compiler, folder: &Path, work: &Path) -> Result<PathBuf> {
    let own = compiler.sysroot.join("lib/rustlib/src/rust/library");
    if own.join("Cargo.lock").exists() { Ok(own) } else { debian::rust_sources(house, compiler, folder, work) }
}

/// Compiles it, and says in which folder the libraries lie.
fn compile(house: &House, compiler: &Compiler, sources: &Path, work: &Path) -> Result<PathBuf> {
    let package = work.join("stdbuild");
    let source = package.join("src");
    fs::create_dir_all(&source).map_err(Error::io(&source))?;
    house::write_whole(&package.join("Cargo.toml"), MANIFEST.as_bytes())?;
    house::write_whole(&source.join("lib.rs"), b"#![no_std]\n")?;
    let target = work.join("target");
    // As in the official builds: paths say the commit, not this machine; and bitcode, so that guests may be optimised as a whole.
    let flags = [
        "-Cembed-bitcode=yes".to_owned(),
        format!("--remap-path-prefix={}=/rustc/{}/library", sources.display(), compiler.commit),
        format!("--remap-path-prefix={}=/cargo", house.cargo_home.display()),
    ];
    let mut cargo = Command::new(house::cargo());
    cargo
        .args(["build", "--release", "-Zbuild-std=std,panic_abort", "--target", TARGET, "--target-dir"])
        .arg(&target)
        .current_dir(&package)
        // `-Z` on a stable compiler: this standard library is the one that belongs to it.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", sources)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env_remove("CARGO_BUILD_TARGET");
    process::run(&mut cargo)?;
    Ok(target.join(TARGET).join("release/deps"))
}

/// Brings the libraries and libc to where the compiler looks for them.
fn gather(made: &Path, libc: &Path, libraries: &Path) -> Result<()> {
    let linked = libraries.join("self-contained");
    fs::create_dir_all(&linked).map_err(Error::io(&linked))?;
    for file in fs::read_dir(made).map_err(Error::io(made))?.flatten() {
        let name = file.file_name();
        if name.to_str().is_some_and(|name| name.ends_with(".rlib") && !name.starts_with("libstdbuild-")) {
            copy(&file.path(), &libraries.join(name))?;
        }
    }
    LIBC.iter().try_for_each(|name| copy(&libc.join(name), &linked.join(name)))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).map_err(Error::io(from))
}

/// The host's own libraries and linkers, as a link, so that this is a whole sysroot.
fn link(from: &Path, to: &Path) -> Result<()> {
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(from, to);
    #[cfg(not(unix))]
    let linked = {
        let _ = from;
        Err(std::io::ErrorKind::Unsupported.into())
    };
    linked.map_err(Error::io(to))
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(folder)(e)),
        _ => Ok(()),
    }
}
