//! The command line.

use clap::{ArgGroup, Args as Arguments, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

const NOT_YET: &str = "Documented and not built yet: explain, parked, logs, inspect, new, build, dev, test, replay, config, doctor, backup, restore, \
    verify, sign, graph, contract, completions.\n\nStart a host:  oyez run\nExplain an error:  oyez help data-dir-in-use";

/// React to events with sandboxed code.
#[derive(Debug, Parser)]
#[command(name = "oyez", version, disable_help_subcommand = true, after_help = NOT_YET)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// For machines: one JSON value, or one a line for streams
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which host the commands speak to.
#[derive(Debug, Arguments)]
pub(crate) struct Connection {
    /// The running host
    #[arg(long, global = true, env = "OYEZ_URL", default_value = "http://127.0.0.1:6939", value_name = "URL")]
    pub(crate) url: String,
    /// The host's token
    #[arg(long, global = true, env = "OYEZ_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a host: keeps its data in ./oyez-data, watches ./plugins
    #[command(after_help = "Example: oyez run --listen 127.0.0.1:0 --plugins ~/plugins\n\nSettings also come from ./oyez.toml and the environment \
        (OYEZ_SERVER__LISTEN); a flag comes first. They are read once: restart it to change them.")]
    Run(RunOptions),
    /// Publish an event, or a file of them
    #[command(
        after_help = "Example: oyez emit shop.order.placed.v1 --subject o-1 -d '{\"orderId\":\"o-1\"}'\n         oyez emit --file events.jsonl"
    )]
    Emit(EmitOptions),
    /// Show the last events, and those that come
    #[command(after_help = "Example: oyez tail -f --type shop.order.placed.v1")]
    Tail(TailOptions),
    /// Draw what an event led to: who took it, how each attempt ended, what that emitted
    #[command(after_help = "Example: oyez trace 6\n         oyez trace 0b5a61f2 --source /web")]
    Trace(TraceOptions),
    /// Look at plugins
    #[command(
        after_help = "Example: oyez plugins list\n         oyez plugins show shop-email\n\nNot built yet: pause, resume, approve, rollback, rebuild, forget."
    )]
    Plugins {
        #[command(subcommand)]
        command: Option<PluginsCommand>,
    },
    /// Look at dead letters, deliver them again, or drop them
    #[command(
        after_help = "Example: oyez dead list\n         oyez dead redrive --subscription email/on-order\n\nNot built yet: export, --rate, --dry-run."
    )]
    Dead {
        #[command(subcommand)]
        command: Option<DeadCommand>,
    },
    /// Explain an error by its code, or a command
    #[command(after_help = "Example: oyez help data-dir-in-use\n         oyez help codes")]
    Help {
        /// A code, a command, or `codes` for all of them
        topic: Option<String>,
    },
    #[command(external_subcommand)]
    Other(Vec<String>),
}

#[derive(Debug, Arguments)]
pub(crate) struct RunOptions {
    /// The plugin folder [default: ./plugins]
    #[arg(long, value_name = "DIR")]
    pub(crate) plugins: Option<PathBuf>,
    /// Where the log lies [default: ./oyez-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:6939]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// The settings [default: ./oyez.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep the log in memory: gone with the process
    #[arg(long)]
    pub(crate) ephemeral: bool,
}

#[derive(Debug, Arguments)]
#[command(group = ArgGroup::new("what").required(true).args(["ty", "file"]))]
pub(crate) struct EmitOptions {
    /// The event's type, such as `shop.order.placed.v1`
    #[arg(value_name = "TYPE")]
    pub(crate) ty: Option<String>,
    /// The data: JSON, @FILE, or - for standard input
    #[arg(short, long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// The media type of the data
    #[arg(long, value_name = "TYPE", default_value = "application/json")]
    pub(crate) content_type: String,
    /// Where it happened
    #[arg(long, default_value = "/cli")]
    pub(crate) source: String,
    /// What it is about
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Its id [default: a random one]
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// An extension attribute
    #[arg(long = "ext", value_name = "K=V")]
    pub(crate) extensions: Vec<String>,
    /// Many events: one CloudEvents JSON a line; - for standard input
    #[arg(long, value_name = "EVENTS.jsonl", conflicts_with_all = ["data", "subject", "id", "extensions"])]
    pub(crate) file: Option<String>,
}

#[derive(Debug, Arguments)]
pub(crate) struct TailOptions {
    /// Of this type
    #[arg(long = "type", value_name = "T")]
    pub(crate) ty: Option<String>,
    /// Of this source
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// With this subject
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Of the causation tree whose root has this id
    #[arg(long, value_name = "ID")]
    pub(crate) correlation: Option<String>,
    /// Begin with a sequence, at an RFC 3339 time, or at the `beginning`
    #[arg(long, value_name = "SEQ|TIME|beginning", conflicts_with = "number")]
    pub(crate) from: Option<String>,
    /// Begin with the last so many of the log
    #[arg(short = 'n', default_value_t = 10, value_name = "N")]
    pub(crate) number: usize,
    /// Go on with those that come
    #[arg(short, long)]
    pub(crate) follow: bool,
}

#[derive(Debug, Arguments)]
pub(crate) struct TraceOptions {
    /// A sequence, or an event's id
    #[arg(value_name = "SEQUENCE|ID")]
    pub(crate) event: String,
    /// The source of the event with that id
    #[arg(long)]
    pub(crate) source: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginsCommand {
    /// All of them
    List,
    /// One, with its subscriptions
    Show {
        /// Its name
        name: String,
    },
    #[command(external_subcommand)]
    Other(Vec<String>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadCommand {
    /// Those that are there
    List {
        #[command(flatten)]
        filter: DeadFilter,
        /// So many at most
        #[arg(short = 'n', default_value_t = 100, value_name = "N")]
        number: usize,
    },
    /// One, with its event
    Show {
        /// Its id
        id: String,
    },
    /// Deliver again: a new round of attempts
    Redrive(DeadSelection),
    /// Give up for good
    Drop(DeadSelection),
    #[command(external_subcommand)]
    Other(Vec<String>),
}

#[derive(Debug, Arguments)]
pub(crate) struct DeadFilter {
    /// Of a plugin or a subscription: `email`, `email/on-order`
    #[arg(long, value_name = "NAME")]
    pub(crate) subscription: Option<String>,
    /// Of events of this type
    #[arg(long = "type", value_name = "T")]
    pub(crate) ty: Option<String>,
}

#[derive(Debug, Arguments)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["ids", "subscription", "ty", "all"]))]
pub(crate) struct DeadSelection {
    /// Their ids
    #[arg(value_name = "ID", conflicts_with_all = ["subscription", "ty", "all"])]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: DeadFilter,
    /// All of them
    #[arg(long, conflicts_with_all = ["subscription", "ty"])]
    pub(crate) all: bool,
}
