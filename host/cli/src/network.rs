//! What the settings say of the network, made ready: tokens and certificates are read from their files.

use crate::error::{Failure, Result};
use crate::settings::Settings;
use oyez_http::{HttpLimits, ServerOptions, Tls, Tokens};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

/// Others than the owner's group may read.
const READABLE: u32 = 0o004;

/// Whom the server answers, by these settings; or all that is wrong with the files that they name.
pub(crate) fn options(settings: &Settings) -> std::result::Result<ServerOptions, Vec<Failure>> {
    let mut faults = Vec::new();
    let tokens = settings.token_file.as_deref().map(Tokens::read).transpose();
    let tokens = tokens.unwrap_or_else(|error| {
        faults.push(Failure::failed(error.code(), error.to_string()));
        None
    });
    let tls = settings.certificate.as_deref().zip(settings.key.as_deref()).map(|(certificate, key)| Tls::read(certificate, key)).transpose();
    let tls = tls.unwrap_or_else(|error| {
        faults.push(Failure::failed(error.code(), error.to_string()));
        None
    });
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut hosts = settings.hosts.clone();
    if !settings.listen.ip().is_unspecified() {
        // Who calls the address that it listens on means it.
        hosts.push(settings.listen.ip().to_string());
    }
    Ok(ServerOptions { hosts, origins: settings.origins.clone(), tokens: tokens.map(Arc::new), tls, limits: HttpLimits::default() })
}

/// The first of the faults, for who stops at it.
pub(crate) fn first(faults: Vec<Failure>) -> Failure {
    faults.into_iter().next().expect("without a fault there are options")
}

/// Says what is allowed and yet unwise.
pub(crate) fn warn(settings: &Settings) {
    let reached = !ServerOptions::is_loopback(settings.listen.ip());
    if reached && settings.token_file.is_none() {
        tracing::warn!(listen = %settings.listen, "no token is asked of who calls: whoever reaches this address may do all");
    } else if reached && settings.certificate.is_none() {
        tracing::warn!(listen = %settings.listen, "tokens and events cross the network in the clear: set `tls` under `[server]`, or end TLS before it");
    }
    if let Some(key) = settings.key.as_deref().filter(|key| is_readable(key)) {
        tracing::warn!(key = %key.display(), "everybody on this machine may read the private key: `chmod o-r` it");
    }
}

fn is_readable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & READABLE != 0)
}

/// Raises the limit on open files as far as this process may. Gives back how many of them connections may be: half, for the log, the
/// plugins and all else need some too.
pub(crate) fn connections(wanted: usize) -> Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { raised } else { limit };
    let files = limit.current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    match (files / 2).min(wanted) {
        0..16 => Err(Failure::failed(
            "too-few-files",
            format!("the machine gives {files} open files, which is too few: raise `ulimit -n` to 1024 at least"),
        )),
        connections => Ok(connections),
    }
}
