//! `oyez sign`: signatures of plugins, and the keys that make them.

use crate::args::office::SignArgs;
use crate::error::{Failure, Result};
use crate::output::{Out, short, shown};
use oyez::SigningKey;
use serde_json::json;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// A signing key is its owner's.
const MODE: u32 = 0o600;
/// Permissions of others: a key that has any is refused.
const OTHERS: u32 = 0o077;
/// A file of a key is shorter, in bytes.
const KEY_BYTES_MAX: u64 = 4 << 10;

/// Does it.
pub(crate) fn sign(args: &SignArgs, out: &mut Out) -> Result<()> {
    if let Some(file) = &args.new_key {
        return new_key(file, out);
    }
    let (Some(file), Some(key)) = (&args.file, &args.key) else {
        return Err(Failure::usage("wrong-usage", "name a plugin's component and a key: oyez sign FILE.wasm --key FILE"));
    };
    let key = read(key)?;
    let signed = oyez::sign(file, &args.plugins, args.name.as_deref(), &key).map_err(|error| Failure::failed(error.code(), error.to_string()))?;
    let (name, version, public) = (signed.name.to_string(), signed.component.to_string(), key.public().to_string());
    if out.json {
        let line = json!({ "name": name, "version": version, "settings": signed.has_settings, "key": public, "file": signed.file });
        return out.line(&line.to_string());
    }
    let settings = if signed.has_settings { "and its .toml" } else { "without a .toml" };
    out.line(&shown(&format!("signed `{name}`, build {} {settings}, by {public}: {}", short(&version), signed.file.display())))
}

fn new_key(path: &Path, out: &mut Out) -> Result<()> {
    let key = SigningKey::new().map_err(|error| Failure::failed(error.code(), error.to_string()))?;
    let written = File::options().write(true).create_new(true).mode(MODE).open(path).and_then(|mut file| {
        file.write_all(key.to_text().as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::failed("key-exists", format!("`{}` is there, and a key is never written over: give another file", path.display()))
        }
        _ => Failure::failed("key-unwritable", format!("`{}` cannot be written: {error}", path.display())),
    })?;
    let public = key.public().to_string();
    out.line(&if out.json { json!({ "key": public, "file": path }).to_string() } else { public })
}

fn read(path: &Path) -> Result<SigningKey> {
    let unreadable = |error: io::Error| Failure::failed("key-unreadable", format!("`{}` cannot be read: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode();
    if mode & OTHERS != 0 {
        let message =
            format!("`{}` may be used by others (mode {:o}): `chmod 600` it, and make a new key if anybody did", path.display(), mode & 0o777);
        return Err(Failure::failed("key-too-open", message));
    }
    let mut text = String::new();
    file.take(KEY_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    SigningKey::from_text(&text).map_err(|error| Failure::failed(error.code(), format!("`{}`: {error}", path.display())))
}
