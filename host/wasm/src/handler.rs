//! A plugin's handler: one attempt after another, each on an instance of its own.

use crate::artefact::Artefact;
use crate::bindings::{Plugin, types};
use crate::convert;
use crate::executor::{Account, Ended};
use crate::host::Host;
use crate::instance::{Guest, Output, Pairs, Terms};
use crate::run::{Call, NotRun, run};
use crate::voice::{BYTES_PER_SECOND, LINES_PER_SECOND};
use oyez_model::port::{BoxFuture, Handler, PluginSettings};
use oyez_model::{Cost, Delivery, Emission, Grants, Limits, Listener, Outcome, PluginName, Said, Shortage, Verdict, bounds};
use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;
use tracing::Level;
use wasmtime::Store;

/// What runs for a plugin. A clone is another handle to it.
#[derive(Clone)]
pub(crate) struct WasmHandler {
    host: Arc<Host>,
    artefact: Arc<Artefact>,
    account: Arc<Account>,
    name: PluginName,
    limits: Limits,
    grants: Arc<Grants>,
    config: Pairs,
    environment: Pairs,
    listener: Option<Listener>,
}

impl WasmHandler {
    /// A handler of a linked component.
    pub(crate) fn new(host: Arc<Host>, artefact: Arc<Artefact>, name: PluginName, settings: PluginSettings, listener: Option<Listener>) -> Self {
        let account = host.account(&name);
        let PluginSettings { limits, config, grants, environment, secrets } = settings;
        let secrets = secrets.into_iter().map(|(name, value)| (name, value.reveal().to_owned()));
        let config = config.into_iter().chain(secrets).collect();
        Self { host, artefact, account, name, limits, grants: Arc::new(grants), config, environment: environment.into(), listener }
    }

    async fn run(self, delivery: Delivery) -> Outcome {
        let terms = Terms {
            limits: self.limits,
            grants: self.grants.clone(),
            config: self.config.clone(),
            environment: self.environment.clone(),
            replay: delivery.replay,
            begins: delivery.recorded.accepted,
            seed: delivery.seed,
            state: delivery.state.clone(),
        };
        let ran = match run(&self.host, &self.account, self.artefact.linked(), terms, Handle(&delivery)).await {
            Ok(ran) => ran,
            Err(NotRun::Shortage(shortage)) => return Outcome::NotRun(shortage),
            Err(NotRun::Overtaken { outside }) => return Outcome::Overtaken { outside },
        };
        let log = self.tell(&delivery, ran.output);
        let verdict = ran.answer.map_or_else(Verdict::from, |answer| convert::verdict(answer, &self.limits));
        let emitted: usize = if let Verdict::Completed(emissions) = &verdict { emissions.iter().map(Emission::size).sum() } else { 0 };
        let given = delivery.recorded.event.size() as u64;
        let cost = Cost { bytes_in: ran.cost.bytes_in + given, bytes_out: ran.cost.bytes_out + emitted as u64, ..ran.cost };
        Outcome::Settled { verdict, cost, state: ran.state, log }
    }

    /// What tells the listener of a line about this delivery.
    fn hear<'a>(&'a self, delivery: &'a Delivery) -> impl Fn(Level, fmt::Arguments<'_>) + 'a {
        let event: OnceCell<Arc<str>> = OnceCell::new();
        move |how, line| {
            let Some(listener) = &self.listener else { return };
            listener.hear(Said {
                plugin: self.name.clone(),
                subscription: delivery.subscription.clone(),
                sequence: delivery.recorded.sequence,
                event: event.get_or_init(|| delivery.recorded.event.id().into()).clone(),
                attempt: delivery.attempt,
                level: level(how),
                text: line.to_string(),
            });
        }
    }

    /// Tells what the guest said; gives back the end of that.
    fn tell(&self, delivery: &Delivery, output: Output) -> String {
        let hear = self.hear(delivery);
        let (plugin, sequence, attempt) = (&self.name, delivery.recorded.sequence.0, delivery.attempt);
        let (lines, lost) = output.into_lines();
        macro_rules! say {
            ($level:expr, $($line:tt)*) => {{
                tracing::event!(target: "oyez::plugin", $level, %plugin, sequence, attempt, $($line)*);
                hear($level, format_args!($($line)*));
            }};
        }
        let log = lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
        for (level, line) in lines {
            // What is kept with a dead letter is kept all the same.
            let Some(silenced) = self.account.voice.lock().may_say(line.len(), Instant::now()) else { continue };
            if silenced > 0 {
                say!(Level::WARN, "{silenced} lines before this were not told: {LINES_PER_SECOND} lines or {BYTES_PER_SECOND} bytes a second are");
            }
            match level {
                Level::ERROR => say!(Level::ERROR, "{line}"),
                Level::WARN => say!(Level::WARN, "{line}"),
                Level::INFO => say!(Level::INFO, "{line}"),
                Level::DEBUG => say!(Level::DEBUG, "{line}"),
                Level::TRACE => say!(Level::TRACE, "{line}"),
            }
        }
        if lost > 0 {
            say!(Level::WARN, "{lost} more bytes of output were not kept");
        }
        log[log.ceil_char_boundary(log.len().saturating_sub(bounds::LOG_BYTES_MAX))..].to_owned()
    }
}

/// A level as listeners know it.
fn level(level: Level) -> oyez_model::Level {
    match level {
        Level::ERROR => oyez_model::Level::Error,
        Level::WARN => oyez_model::Level::Warn,
        Level::INFO => oyez_model::Level::Info,
        Level::DEBUG => oyez_model::Level::Debug,
        Level::TRACE => oyez_model::Level::Trace,
    }
}

impl Handler for WasmHandler {
    fn attempt(&self, delivery: Delivery) -> BoxFuture<Outcome> {
        let handler = self.clone();
        Box::pin(async move {
            let host = handler.host.clone();
            let account = handler.account.clone();
            host.spawn(&account, handler.run(delivery)).await.unwrap_or_else(|end| match end {
                Ended::Panicked => {
                    let verdict = Verdict::Trapped("made the host's side of the call panic: report it, with the plugin".to_owned());
                    Outcome::stateless(verdict, Cost::default())
                }
                Ended::Stopped => Outcome::NotRun(Shortage("the sandbox has stopped".to_owned())),
            })
        })
    }
}

impl fmt::Debug for WasmHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmHandler").field("name", &self.name).field("limits", &self.limits).finish_non_exhaustive()
    }
}

struct Handle<'a>(&'a Delivery);

type Answer = Result<Vec<types::Emission>, types::Failure>;

impl Call for Handle<'_> {
    type Answer = Answer;

    async fn call(self, plugin: &Plugin, store: &mut Store<Guest>) -> wasmtime::Result<Answer> {
        let (event, delivery) = (convert::event(&self.0.recorded.event), convert::delivery(self.0));
        plugin.oyez_plugin_handler().call_handle(store, &event, &delivery).await
    }
}
