//! `oyez run`: the host as a process.

use crate::args::RunOptions;
use crate::failure::{Failure, Result};
use crate::settings::Settings;
use oyez::{Host, Sandbox, Storage};
use oyez_http::ServerOptions;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

pub(crate) fn run(options: RunOptions) -> Result<()> {
    let settings = Settings::load(options, std::env::vars_os())?;
    log();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("no-thread", format!("the machine gives no thread: {error}")))?;
    runtime.block_on(serve(settings))
}

fn log() {
    let filter = EnvFilter::try_from_env("OYEZ_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(terminal).init();
}

async fn serve(settings: Settings) -> Result<()> {
    // First of all, so that a host that cannot listen touches nothing.
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr().map_err(|error| Failure::new("port-in-use", error.to_string()))?;
    let sandbox = Sandbox::builder().compile_in_process().build().map_err(|error| Failure::new(error.code(), error.to_string()))?;
    if let Some(why) = sandbox.unpooled() {
        tracing::warn!(why, "instances do not come from a pool: each attempt costs more");
    }
    std::fs::create_dir_all(&settings.plugins).map_err(|error| {
        let message = format!("the plugin folder {} cannot be made: {error}; give another by --plugins", settings.plugins.display());
        Failure::new(if settings.plugins.exists() { "folder-is-a-file" } else { "folder-not-created" }, message)
    })?;
    let storage = if settings.ephemeral { Storage::memory() } else { Storage::data_dir(&settings.data_dir) };
    let builder = Host::builder().storage(storage).dedup_window(settings.dedup_window).plugins(&settings.plugins).sandbox(sandbox);
    let host = builder.start().await.map_err(|error| Failure::new(error.code(), error.to_string()))?;
    let (mut terminate, mut interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let mut reload = on(SignalKind::hangup())?;

    writeln!(io::stdout().lock(), "listening on http://{address}").and_then(|()| io::stdout().flush())?;
    tokio::spawn(async move {
        while reload.recv().await.is_some() {
            tracing::warn!("settings are read once: restart the host to change them");
        }
    });
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping; once more ends it at once");
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
    };
    let options = ServerOptions { hosts: settings.hosts, origins: settings.origins };
    let served = oyez_http::serve(host.clone(), listener, options, stop).await;
    host.shutdown().await;
    served.map_err(|error| Failure::new("port-in-use", format!("listening on {address} failed: {error}")))
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("{address} cannot be listened on ({error}): stop what does, or give another address by --listen");
        Failure::new("port-in-use", message)
    })
}

fn on(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|error| Failure::new("no-thread", format!("the machine takes no signal handler: {error}")))
}
