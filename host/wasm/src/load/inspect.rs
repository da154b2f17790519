//! What can be said of a file without having it run for anybody: its shape, what it asks for, what it says of itself, what it costs.

use super::{affordable, apart, compile, describe, error, imports, link, shape};
use crate::bindings::{Plugin, PluginPre};
use crate::executor::Account;
use crate::host::Host;
use crate::instance::Guest;
use crate::run::Call;
use oyez_model::port::{LoadError, PluginSettings};
use oyez_model::{Build, Limits, PluginName, SubscriptionPatch, Version};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::Store;
use wasmtime::component::Component;

/// A fresh instance is made this often at most, to see how long that takes once its memory is warm.
const INSTANCES: usize = 8;
/// And no more of them once they have taken so long together.
const INSTANCES_TIME: Duration = Duration::from_millis(200);

/// What a component is, by what it exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Nobody knows: the file is broken, or was not compiled.
    #[default]
    Unknown,
    /// A plugin, by the contract `oyez:plugin`.
    Handler,
    /// A shape that is documented and not run yet.
    NotYet {
        /// The interface that says so.
        interface: &'static str,
        /// What that is.
        what: &'static str,
    },
    /// A core module, of which a component can be made.
    Module,
    /// A component that exports nothing that a host runs.
    Other,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Handler => f.write_str("oyez:plugin"),
            Self::NotYet { interface, .. } => f.write_str(interface),
            Self::Module => f.write_str("core-module"),
            Self::Other => f.write_str("other"),
        }
    }
}

/// What an import takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// Nothing: it is always there, and leads nowhere.
    Inert {
        /// The line under `[grants]` that fills it, if one does.
        opens: Option<&'static str>,
    },
    /// A line under `[grants]`, without which the component is not loaded.
    Grant {
        /// The line.
        line: &'static str,
        /// What it gives.
        what: &'static str,
    },
    /// This host does not have it.
    Unknown,
}

/// An import of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name: `wasi:clocks/wall-clock@0.2.3`.
    pub name: String,
    /// What it takes.
    pub need: Need,
}

/// What `describe` says, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Its version; informative.
    pub version: String,
    /// Its summary.
    pub summary: String,
    /// Its subscriptions, with the options that it sets.
    pub subscriptions: Vec<SubscriptionPatch>,
    /// The event types that it says it emits.
    pub emits: Vec<String>,
}

/// What a component costs before it has done anything. What was not come to is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadCost {
    /// How long it took to compile, the compiler's own start included; next to nothing where it was found compiled.
    pub compile: Option<Duration>,
    /// What it compiles to, in bytes.
    pub code_bytes: Option<u64>,
    /// What an instance holds of memories and tables before it is called, in bytes: each attempt begins with it.
    pub memory_bytes: Option<u64>,
    /// How long a fresh instance takes, start functions included: the least of some.
    pub instance: Option<Duration>,
    /// How long `describe` takes on the first instance of all.
    pub describe: Option<Duration>,
}

/// What can be said of a file; see [`Sandbox::inspect`](crate::Sandbox::inspect).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// The build that it is.
    pub version: Version,
    /// Its length.
    pub bytes: usize,
    /// What it is.
    pub shape: Shape,
    /// What it exports, by name.
    pub exports: Vec<String>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// It asks for nothing, and is granted nothing that differs from run to run: its emissions depend on the event alone. Absent where
    /// nobody knows what it imports.
    pub pure: Option<bool>,
    /// What it says of itself.
    pub described: Option<Described>,
    /// What it costs.
    pub cost: LoadCost,
    /// Why a host would not load it with these settings: the first reason that one would meet. What could be learnt all the same is above.
    pub refused: Option<LoadError>,
}

impl Inspection {
    const fn new(version: Version, bytes: usize) -> Self {
        Self {
            version,
            bytes,
            shape: Shape::Unknown,
            exports: Vec::new(),
            imports: Vec::new(),
            pure: None,
            described: None,
            cost: LoadCost { compile: None, code_bytes: None, memory_bytes: None, instance: None, describe: None },
            refused: None,
        }
    }
}

/// Looks at it, in the order in which a load does.
pub(crate) async fn inspect(host: Arc<Host>, name: PluginName, build: Build, settings: &PluginSettings) -> Inspection {
    let mut seen = Inspection::new(build.version(), build.bytes().len());
    if let Err(refused) = look(&host, name, build, settings, &mut seen).await {
        seen.refused.get_or_insert(refused);
    }
    seen
}

async fn look(host: &Arc<Host>, name: PluginName, build: Build, settings: &PluginSettings, seen: &mut Inspection) -> Result<(), LoadError> {
    let affordable = affordable(host, &settings.limits);
    seen.refused = affordable.as_ref().err().cloned();
    shape::check(build.bytes()).inspect_err(|refused| {
        if refused.code == "core-module" {
            seen.shape = Shape::Module;
        }
    })?;
    let began = Instant::now();
    let component = compile(host, build).await?;
    seen.cost.compile = Some(began.elapsed());
    let image = component.image_range();
    seen.cost.code_bytes = Some((image.end as usize - image.start as usize) as u64);
    let Surface { exports, imports, tied } = surface(host, component).await?;
    seen.shape = imports::shape(&exports);
    seen.exports = exports;
    seen.imports = imports;
    let asks = seen.imports.iter().filter(|import| matches!(import.need, Need::Grant { .. }));
    let asks: Vec<String> = asks.map(|import| import.name.clone()).collect();
    seen.pure = Some(asks.is_empty() && settings.grants.is_pure());
    let pre = match tied {
        Ok(pre) => pre,
        Err((before_grants, refused)) => {
            // What a load would have met first is the reason.
            if !before_grants {
                imports::are_granted(&asks, &settings.grants)?;
            }
            return Err(refused);
        }
    };
    if let Err(refused) = imports::are_granted(&asks, &settings.grants) {
        seen.refused.get_or_insert(refused);
    }
    if affordable.is_err() {
        // Its instances would wait for memory that there never is.
        return Ok(());
    }
    instances(host, &host.account(&name), pre, settings.limits, seen).await
}

/// What a component is from outside.
struct Surface {
    exports: Vec<String>,
    imports: Vec<Import>,
    /// Tied to the host; or why not, and whether a load finds that before it looks at the grants.
    tied: Result<PluginPre<Guest>, (bool, LoadError)>,
}

/// Looks at it, where large types hold up nobody.
async fn surface(host: &Arc<Host>, component: Component) -> Result<Surface, LoadError> {
    let thread = host.clone();
    let look = move || {
        let mut imports: Vec<Import> =
            imports::imports(&thread.engine, &component).into_iter().map(|name| Import { need: imports::need(&name), name }).collect();
        let fits = link::fits(&component).and_then(|()| imports::offers_a_handler(&thread.engine, &component));
        let tied = match fits {
            Err(refused) => Err((true, refused)),
            Ok(()) => link::tie(&thread, &component).map_err(|refused| (false, refused)),
        };
        if let Err((_, refused)) = &tied
            && refused.code == "unknown-import"
        {
            let missing = |import: &&mut Import| refused.message.contains(&format!("imports `{}`,", import.name));
            imports.iter_mut().filter(missing).for_each(|import| import.need = Need::Unknown);
        }
        Surface { exports: imports::exports(&thread.engine, &component), imports, tied }
    };
    apart(host, look).await
}

/// Has it describe itself, and makes some instances more.
async fn instances(host: &Arc<Host>, account: &Arc<Account>, pre: PluginPre<Guest>, limits: Limits, seen: &mut Inspection) -> Result<(), LoadError> {
    let (said, cost) = describe::ask(host, account, pre.clone(), limits).await?;
    seen.cost.describe = Some(Duration::from_nanos(cost.wall_nanos));
    seen.described = Some(said);
    let mut spent = Duration::ZERO;
    for _ in 0..INSTANCES {
        let ran = describe::bare(host, account, pre.clone(), limits, Nothing).await?;
        ran.answer.map_err(|stop| error("describe-failed", format!("a second instance failed: {stop}")))?;
        let took = Duration::from_nanos(ran.cost.wall_nanos);
        seen.cost.memory_bytes = Some(ran.cost.memory_bytes);
        seen.cost.instance = Some(seen.cost.instance.map_or(took, |least| least.min(took)));
        spent += took;
        if spent > INSTANCES_TIME {
            break;
        }
    }
    Ok(())
}

/// Calls nothing: what is left is the instance.
struct Nothing;

impl Call for Nothing {
    type Answer = ();

    async fn call(self, _: &Plugin, _: &mut Store<Guest>) -> wasmtime::Result<()> {
        Ok(())
    }
}
