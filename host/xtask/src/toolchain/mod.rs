//! A Rust standard library for the sandbox: what is installed, else by rustup, else built once from Debian's sources.

mod compiler;
mod debian;
mod index;
mod package;
mod standard_library;

use crate::{House, Result, process};
use compiler::Compiler;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// What guests are compiled for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// How long rustup may take. It downloads some 25 MB; where its server is out of reach it would wait for minutes.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// Makes sure that there is a standard library for [`TARGET`], and says in which sysroot; none is the compiler's own.
///
/// # Errors
/// None of the ways leads to one.
pub(crate) fn sysroot(house: &House) -> Result<Option<PathBuf>> {
    let compiler = Compiler::ask()?;
    if compiler.has_std() {
        return Ok(None);
    }
    let folder = house.cached("rust-std")?;
    // One at a time: another clone may be at it.
    let lock = folder.join("lock");
    let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(crate::Error::io(&lock))?;
    let sysroot = folder.join(compiler.id());
    if !compiler::has_std(&sysroot) && !by_rustup(house, &compiler) {
        standard_library::build(house, &compiler, &folder, &sysroot)?;
    }
    drop(lock);
    Ok(compiler::has_std(&sysroot).then_some(sysroot))
}

/// Whether rustup could install it.
fn by_rustup(house: &House, compiler: &Compiler) -> bool {
    if house.no_rustup {
        return false;
    }
    eprintln!("asking rustup for {TARGET} (OYEZ_NO_RUSTUP=1 skips this)");
    let added = process::within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_LIMIT);
    if let Err(e) = &added {
        eprintln!("rustup could not: {e}");
    }
    added.is_ok() && compiler.has_std()
}
