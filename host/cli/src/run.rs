//! `oyez run`: a host in this process, from its settings to its end.

use crate::args::RunArgs;
use crate::environment;
use crate::error::{Failure, Result};
use crate::logging;
use crate::network;
use crate::output::Out;
use crate::reload::Reload;
use crate::settings::Settings;
use oyez::{Host, Sandbox, Storage};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Does it, until a signal ends it.
pub(crate) fn run(args: &RunArgs, out: &mut Out) -> Result<()> {
    let settings = Settings::of(args)?;
    logging::start()?;
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed("no-thread", format!("the machine gives no threads: {error}")))?;
    let done = runtime.block_on(serve(args, settings, out));
    // Whatever still runs was given its time.
    runtime.shutdown_timeout(Duration::ZERO);
    done
}

async fn serve(args: &RunArgs, settings: Settings, out: &mut Out) -> Result<()> {
    let (mut stop, hangup) = Stop::new()?;
    let mut options = network::options(&settings).map_err(network::first)?;
    options.limits.connections = network::connections(options.limits.connections)?;
    options.limits.connections_per_address = options.limits.connections_per_address.min(options.limits.connections / 2);
    // First of all, so that nothing is touched where another host listens.
    let (listener, address) = listen(settings.listen).await?;
    network::warn(&settings);
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    let (reload, options) = Reload::new(args.clone(), settings.clone(), options);
    let host = tokio::select! {
        started = start(settings) => started?,
        () = stop.asked() => return Ok(()),
    };
    ready(&format!("{scheme}://{address}"), out);
    let reload = tokio::spawn(reload.run(hangup));
    oyez_http::serve(host.clone(), listener, options, async move {
        stop.asked().await;
        tracing::info!("stopping; a second signal ends it at once");
        tokio::spawn(stop.insisted());
    })
    .await;
    reload.abort();
    host.shutdown().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        io::Result::Ok((listener, address))
    };
    bound.await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            let message = format!("{address} is taken by another process: stop that one, or give another address by --listen");
            Failure::failed("port-in-use", message)
        }
        _ => Failure::failed("listen-failed", format!("{address} cannot be listened on: {error}; give another address by --listen")),
    })
}

async fn start(settings: Settings) -> Result<Host> {
    let Settings { data_dir, in_memory, dedup_window, dedup_events, plugins, budget, memory, concurrency, retention, policies, .. } = settings;
    let Settings { secrets_dir, require_toml, signers, .. } = settings;
    make(&plugins)?;
    // This very program, though its file may have been replaced since.
    let sandbox = Sandbox::builder().compile_in_child("/proc/self/exe").memory(memory).slots(concurrency);
    let sandbox = if in_memory { sandbox } else { sandbox.cache(data_dir.join("compiled")) };
    let sandbox = sandbox.build().map_err(|error| Failure::failed(error.code(), error.to_string()))?;
    let storage = if in_memory { Storage::memory() } else { Storage::data_dir(data_dir) };
    let host = Host::builder().storage(storage).dedup_window(dedup_window).budget(budget).retention(retention).plugins(plugins).sandbox(sandbox);
    let host = host.policies(policies).environment(environment::grantable()).require_toml(require_toml).require_signature(signers);
    let host = if let Some(dir) = secrets_dir { host.secrets_dir(dir) } else { host };
    let host = if let Some(events) = dedup_events { host.dedup_events(events) } else { host };
    host.start().await.map_err(|error| Failure::failed(error.code(), error.to_string()))
}

/// Makes the plugin folder, so that a slip in its name is told at once.
fn make(plugins: &Path) -> Result<()> {
    let failed =
        |code, what: String| Err(Failure::failed(code, format!("the plugin folder `{}` {what}; name another by --plugins", plugins.display())));
    match std::fs::create_dir_all(plugins) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) => {
            failed("folder-is-a-file", "is a file, or lies below one".to_owned())
        }
        Err(error) => failed("folder-not-created", format!("cannot be made: {error}")),
    }
}

/// Says that events are taken. Nobody need listen: a host goes on without its standard output.
fn ready(url: &str, out: &mut Out) {
    let line = if out.json { serde_json::json!({ "listening": url }).to_string() } else { format!("listening on {url}") };
    if let Err(failure) = out.line(&line) {
        tracing::debug!(%failure, "nobody reads standard output");
    }
}

/// The signals that end a host.
#[derive(Debug)]
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Listens for them, and for the one that has settings read again, which ends nothing.
    fn new() -> Result<(Self, Signal)> {
        let listen = |kind| signal(kind).map_err(|error| Failure::failed("no-thread", format!("the machine gives no signals: {error}")));
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        Ok((Self { terminate, interrupt }, listen(SignalKind::hangup())?))
    }

    /// Somebody asks it to end.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Somebody asks again: it ends as by a crash, which loses nothing that was accepted.
    async fn insisted(mut self) {
        self.asked().await;
        tracing::warn!("ended at once; what was running runs again in the next process");
        std::process::exit(1);
    }
}
