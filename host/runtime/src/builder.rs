//! How a host is put together.

use crate::clock::SystemClock;
use crate::driver::{Driver, Input, Late};
use crate::error::StartError;
use crate::folder::Folder;
use crate::host::{Host, Inner, Parts};
use crate::lines::Lines;
use crate::native::Subscription;
use crate::retention;
use crate::storage::{Storage, Stores};
use oyez_dispatch::{Dispatcher, Secret};
use oyez_engine::{Engine, EngineOptions};
use oyez_model::port::{Clock, Loader};
use oyez_model::{Budget, Ceiling, Hidden, Listener, Retention};
use oyez_registry::{FolderOptions, Provisions, PublicKey};
use oyez_wasm::Sandbox;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Pieces of a log that is as long as it may be, so that letting go of one changes little.
const PIECES: u64 = 8;

/// Puts a host together; see [`Host::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct HostBuilder {
    storage: Storage,
    plugins: Option<PathBuf>,
    sandbox: Option<Sandbox>,
    subscriptions: Vec<Subscription>,
    engine: EngineOptions,
    budget: Budget,
    retention: Retention,
    grace: Duration,
    settle: Option<Duration>,
    provisions: Provisions,
}

impl Host {
    /// A builder with every default.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }
}

impl Default for HostBuilder {
    fn default() -> Self {
        Self {
            storage: Storage::data_dir("oyez-data"),
            plugins: None,
            sandbox: None,
            subscriptions: Vec::new(),
            engine: EngineOptions::default(),
            budget: Budget::default(),
            retention: Retention::default(),
            grace: Duration::from_secs(30),
            settle: None,
            provisions: Provisions::default(),
        }
    }
}

impl HostBuilder {
    /// Where the log lies. Default = `./oyez-data`.
    pub fn storage(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// The plugin folder: what is dropped there subscribes. Needs a [`Self::sandbox`]. Default = none.
    pub fn plugins(mut self, folder: impl Into<PathBuf>) -> Self {
        self.plugins = Some(folder.into());
        self
    }

    /// What runs the plugins. It says where they are compiled: `Sandbox::builder().compile_in_process().build()?`.
    pub fn sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = Some(sandbox);
        self
    }

    /// A native subscriber, there from the start. More can come later by [`Host::subscribe`].
    pub fn subscribe(mut self, subscription: Subscription) -> Self {
        self.subscriptions.push(subscription);
        self
    }

    /// How long an id is remembered against its being used again. Default = 24 h.
    pub fn dedup_window(mut self, window: Duration) -> Self {
        self.engine.dedup_window = window;
        self
    }

    /// Over how many sequences it is, at most. Default = without limit.
    pub fn dedup_events(mut self, events: u64) -> Self {
        self.engine.dedup_events = Some(events);
        self
    }

    /// What one causation tree may come to: deliveries of what is emitted past it are parked. Default = 64 deep, 10,000 emissions.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// How long the log keeps what it has. Default = for ever.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// How long [`Host::shutdown`] waits for what runs. What has not ended by then runs again in the next process. Default = 30 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How long a file must stay as it is before it is read. Default = 250 ms. Raise it for folders on slow networks.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = Some(settle);
        self
    }

    /// The most that plugins can get, whatever their `.toml`s ask for. Default = what they ask for.
    pub fn policies(mut self, policies: Vec<Ceiling>) -> Self {
        self.provisions.ceilings = policies;
        self
    }

    /// The variables that plugins can be granted, with their values. Default = none: the process's own are nobody's.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.provisions.environment = variables.into_iter().map(|(name, value)| (name, Hidden::new(&value))).collect();
        self
    }

    /// The folder below which secrets lie that plugins can be granted. Default = none.
    pub fn secrets_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.provisions.secrets_dir = Some(dir.into());
        self
    }

    /// Whether a component without a `.toml` is refused. Default = no.
    pub fn require_toml(mut self, required: bool) -> Self {
        self.provisions.require_toml = required;
        self
    }

    /// Whose signatures count: plugins load that one of these keys signed, by [`sign`](crate::sign) or `oyez sign`, and no others. Without
    /// any key nobody's is asked for, which is the default.
    pub fn require_signature(mut self, keys: Vec<PublicKey>) -> Self {
        self.provisions.signers = keys;
        self
    }

    /// Opens the log, takes up where the last process ended, and watches the folder. Returns once events are taken; see
    /// [`Host::readiness`] for whether the folder's first scan is done.
    ///
    /// # Errors
    /// The data directory is in use, of a newer version, or cannot be read; a native subscriber is refused.
    pub async fn start(self) -> Result<Host, StartError> {
        if self.plugins.is_some() && self.sandbox.is_none() {
            return Err(StartError::NoSandbox);
        }
        let (storage, options) = (self.storage, self.engine);
        // A log that is to be short is cut into pieces that are.
        let segment_bytes = self.retention.keep_bytes.map(|keep| keep / PIECES);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let of_the_engine = Arc::clone(&clock);
        let open = move || -> Result<_, StartError> {
            let Stores { log, views, secret, opened, owned, starts } = storage.open(segment_bytes)?;
            let engine = Engine::open(log, views, of_the_engine, options)?;
            Ok((engine, secret, opened, owned, starts))
        };
        let opening = tokio::task::spawn_blocking(open).await;
        let (engine, secret, opened, owned, starts) = opening.map_err(|error| StartError::Thread(std::io::Error::other(error)))??;
        report(&opened);

        let (inputs, taken) = mpsc::unbounded_channel();
        let mut dispatcher = Dispatcher::new(Secret(secret), fastrand::u64(..), engine.synced());
        if !opened.damage.is_empty() {
            dispatcher.halt();
        }
        dispatcher.set_budget(self.budget);
        dispatcher.gather();
        let register = Arc::clone(&starts.register);
        let driver = Driver {
            dispatcher,
            engine: engine.clone(),
            clock: Arc::clone(&clock),
            inputs: inputs.clone(),
            register,
            waiting: Vec::new(),
            used: HashMap::new(),
            late: Late::default(),
        };
        let driver = tokio::spawn(driver.run(taken));
        let lines = Arc::new(Lines::new(Arc::clone(&clock)));
        let parts = Parts { lines: Arc::clone(&lines), engine, inputs, owned, opened, grace: self.grace, starts, clock, budget: self.budget };
        let host = Host(Arc::new(Inner::new(parts, driver)));
        if let Some(task) = retention::start(&host.0, self.retention, options.dedup_window).filter(|_| host.0.opened.damage.is_empty()) {
            host.0.watch(task);
        }
        for subscription in self.subscriptions {
            host.subscribe(subscription).await?;
        }
        let _ = host.0.inputs.send(Input::Gathered);
        if let (Some(dir), Some(sandbox)) = (self.plugins, self.sandbox) {
            let mut options = FolderOptions::new(dir);
            options.settle = self.settle.unwrap_or(options.settle);
            options.provisions = self.provisions;
            let loader: Arc<dyn Loader> = Arc::new(sandbox.heard_by(Listener::new(move |said| lines.take(said))));
            host.0.watch(Folder::start(&host, options, loader));
        } else {
            host.0.scanned();
        }
        Ok(host)
    }
}

fn report(opened: &oyez_model::port::Opened) {
    if let Some(torn) = &opened.torn {
        tracing::warn!(place = torn.place, bytes = torn.bytes, "the log ended in a write that was never acknowledged; it was cut off");
    }
    for damage in &opened.damage {
        let until = damage.until.map_or_else(|| "its end".to_owned(), |until| until.to_string());
        tracing::error!(place = damage.place, after = %damage.after, until, what = damage.what, "the log is damaged; it is read-only");
    }
}
