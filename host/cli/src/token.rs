//! `oyez token`: tokens for callers of the HTTP API.

use crate::args::office::{TokenArgs, TokenVerb};
use crate::error::{Failure, Result};
use crate::output::Out;
use oyez::Namespace;
use oyez_http::{IssueError, Issued, Role, Tokens, issue};
use serde_json::json;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A token file is its owner's.
const MODE: u32 = 0o600;

/// Does it.
pub(crate) fn token(args: &TokenArgs, out: &mut Out) -> Result<()> {
    let TokenVerb::New { name, roles, namespace, file } = &args.verb;
    let roles: Vec<Role> = roles.iter().filter_map(|role| Role::named(role)).collect();
    let wrong = |error: String| Failure::usage("wrong-usage", error);
    let namespace = namespace.as_deref().map(|text| text.parse::<Namespace>().map_err(|error| wrong(format!("--namespace: {error}")))).transpose()?;
    let Issued { token, entry } = issue(name, &roles, namespace.as_ref()).map_err(|error| match error {
        IssueError::Random(_) => Failure::failed("no-thread", error.to_string()),
        error => wrong(error.to_string()),
    })?;
    if let Some(file) = file {
        add(file, name, &entry)?;
    }
    if out.json {
        return out.line(&json!({ "token": token, "entry": entry, "file": file }).to_string());
    }
    out.line(&token)?;
    if file.is_none() {
        out.line("\nIt is not shown again. Add to the token file (`token_file` under `[auth]`):\n")?;
        out.line(entry.trim_end())?;
    }
    Ok(())
}

/// Adds the lines, in one write, so that a host that reads the file meanwhile sees all of them or none.
fn add(path: &Path, name: &str, entry: &str) -> Result<()> {
    let made = match Tokens::read(path) {
        Ok(tokens) if tokens.has_name(name) => {
            let message = format!("`{}` has a token `{name}`: take its lines out first, or give another name", path.display());
            return Err(Failure::failed("token-exists", message));
        }
        Ok(_) => false,
        Err(_) if !path.exists() || path.metadata().is_ok_and(|data| data.len() == 0) => true,
        Err(error) => return Err(Failure::failed(error.code(), error.to_string())),
    };
    let text = if made { entry.to_owned() } else { format!("\n{entry}") };
    let written = File::options().create(true).append(true).mode(MODE).open(path).and_then(|mut file: File| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error: io::Error| Failure::failed("token-file-unwritable", format!("`{}` cannot be written: {error}", path.display())))
}
