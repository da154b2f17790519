//! `cargo xtask plugins`: what runs in the sandbox, built and laid out in `plugins/dist`.

use crate::{Error, House, Result, house, process, toolchain};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask plugins

Builds the plugins that ship into plugins/dist/NAME.wasm, and the tests' guests into
plugins/dist/guests/NAME.wasm. Does nothing where nothing changed. The first time, it also sets up
the Rust standard library for wasm32-wasip2: what is installed, else by rustup, else built once from
Debian's sources (about a minute, 130 MB in the cache).

Environment:
  OYEZ_NO_RUSTUP=1         do not try rustup
  OYEZ_DEBIAN_MIRROR=URL   a mirror of Debian in place of the one that apt is set up with
  XDG_CACHE_HOME           the cache is its folder `oyez` (default: ~/.cache)
  CARGO_TARGET_DIR         guests are built beside it, in `guests-target` (default: in the cache)

Example: cargo xtask plugins && cp plugins/dist/shop-email.wasm ~/shop/plugins/";

/// The first bytes of every component: the magic number, and version 0x0d of layer 1.
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    if let Some(argument) = args.first() {
        return Err(Error::UnknownArgument { task: "plugins", argument: argument.clone() });
    }
    build(house)
}

/// Builds everything that runs in the sandbox, and says what changed. For other tasks, too.
///
/// # Errors
/// There is no standard library to be had, something does not compile, or `plugins/dist` cannot be written.
pub(crate) fn build(house: &House) -> Result<()> {
    let begun = Instant::now();
    let sysroot = toolchain::sysroot(house)?;
    let dist = house.root.join("plugins/dist");
    fs::create_dir_all(dist.join("guests")).map_err(Error::io(&dist))?;
    let (mut all, mut changed) = (0, 0);
    process::each_line(&mut cargo(house, sysroot.as_deref(), &["--workspace", "--lib", "--examples"]), |line| {
        if let Some(built) = built(line) {
            all += 1;
            changed += usize::from(lay_out(&built.file, &dist.join(&built.name))?);
        }
        Ok(())
    })?;
    lay_out_settings(&house.root.join("plugins"), &dist)?;
    eprintln!("{all} components in {}, {changed} of them changed ({:.1} s)", dist.display(), begun.elapsed().as_secs_f32());
    Ok(())
}

/// Builds the plugin crate in a folder, and lays the component out beside its manifest.
///
/// # Errors
/// There is no standard library to be had, it does not compile, or it makes no component.
pub(crate) fn build_one(house: &House, folder: &Path) -> Result<()> {
    let sysroot = toolchain::sysroot(house)?;
    let mut cargo = cargo(house, sysroot.as_deref(), &["--lib"]);
    process::each_line(cargo.current_dir(folder), |line| match built(line) {
        Some(built) if built.file.parent().is_some_and(|parent| parent.ends_with("release")) => {
            let to = folder.join(&built.name);
            lay_out(&built.file, &to)?;
            println!("{}", to.display());
            Ok(())
        }
        _ => Ok(()),
    })
}

fn cargo(house: &House, sysroot: Option<&Path>, what: &[&str]) -> Command {
    // The path of this clone and of this machine's caches have no business in what ships.
    let mut flags = vec![remap(&house.root, "oyez"), remap(&house.cargo_home, "cargo")];
    flags.extend(sysroot.map(|sysroot| format!("--sysroot={}", sysroot.display())));
    let mut cargo = Command::new(house::cargo());
    cargo
        .args(["build", "--quiet", "--release", "--message-format=json-render-diagnostics"])
        .args(what)
        .args(["--target", toolchain::TARGET])
        .arg("--target-dir")
        .arg(&house.guests_target)
        .current_dir(house.root.join("plugins"))
        // Flags are the whole list: what is meant for the host's build does not reach the guests'.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env_remove("CARGO_BUILD_TARGET");
    cargo
}

fn remap(path: &Path, name: &str) -> String {
    format!("--remap-path-prefix={}=/{name}", path.display())
}

/// A component that cargo made, and where it belongs in `plugins/dist`.
struct Built {
    file: PathBuf,
    name: String,
}

/// Reads one of cargo's messages. A plugin goes by the name of its folder, a guest of the tests by that of its file.
fn built(line: &str) -> Option<Built> {
    let message: Value = serde_json::from_str(line).ok()?;
    let target = &message["target"];
    let file = message["filenames"].as_array()?.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm"))?;
    let name = if target["kind"] == serde_json::json!(["example"]) {
        format!("guests/{}.wasm", target["name"].as_str()?)
    } else {
        let folder = Path::new(message["manifest_path"].as_str()?).parent()?.file_name()?;
        format!("{}.wasm", folder.to_str()?)
    };
    Some(Built { file: file.into(), name })
}

/// Copies it if that changes anything, whole or not at all; a host may be watching.
fn lay_out(from: &Path, to: &Path) -> Result<bool> {
    let bytes = fs::read(from).map_err(Error::io(from))?;
    if !bytes.starts_with(&COMPONENT) {
        return Err(Error::NoComponent { path: from.to_owned() });
    }
    let same = fs::read(to).is_ok_and(|there| there == bytes);
    if !same {
        house::write_whole(to, &bytes)?;
        eprintln!("{} ({} KiB)", to.display(), bytes.len().div_ceil(1024));
    }
    Ok(!same)
}

/// Copies the settings of plugins that need some: `plugins/NAME/NAME.toml` goes beside `NAME.wasm`.
fn lay_out_settings(plugins: &Path, dist: &Path) -> Result<()> {
    for entry in fs::read_dir(plugins).map_err(Error::io(plugins))?.flatten() {
        let name = Path::new(&entry.file_name()).with_added_extension("toml");
        let settings = entry.path().join(&name);
        if settings.is_file() {
            let text = fs::read(&settings).map_err(Error::io(&settings))?;
            house::write_whole(&dist.join(&name), &text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_goes_by_its_folder_and_a_guest_by_its_file() {
        let message = |kind: &str, name: &str, file: &str| {
            serde_json::json!({
                "reason": "compiler-artifact", "manifest_path": "/o/plugins/shop-email/Cargo.toml",
                "target": { "kind": [kind], "name": name }, "filenames": [file],
            })
            .to_string()
        };
        let name = |line: &str| built(line).map(|built| built.name);
        assert_eq!(name(&message("cdylib", "shop_email", "/t/shop_email.wasm")).as_deref(), Some("shop-email.wasm"));
        assert_eq!(name(&message("example", "spin_forever", "/t/spin_forever.wasm")).as_deref(), Some("guests/spin_forever.wasm"));
        assert_eq!(name(&message("lib", "serde", "/t/libserde.rlib")), None);
        assert_eq!(name("no json"), None);
    }
}
