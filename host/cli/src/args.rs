//! The arguments. What is documented and not built yet is taken apart too, so that it can be told from a slip.

pub(crate) mod office;

use crate::error::{Failure, Result};
use crate::not_yet;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Where a host listens if nobody says otherwise.
const URL_DEFAULT: &str = "http://127.0.0.1:6939";

/// An event runtime: keeps CloudEvents in a durable log and delivers each to sandboxed WebAssembly handlers.
#[derive(Debug, Parser)]
#[command(name = "oyez", version, disable_help_subcommand = true, after_help = not_yet::COMMANDS_LINE)]
pub(crate) struct Args {
    /// Print JSON for machines: one value, or one a line for streams
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a host: keep the log, watch the plugin folder, serve the HTTP API
    #[command(after_help = RUN)]
    Run(RunArgs),
    /// Publish an event, or a file of them
    #[command(after_help = EMIT)]
    Emit(EmitArgs),
    /// Show events as they lie in the log, and follow it
    #[command(after_help = TAIL)]
    Tail(TailArgs),
    /// Draw what an event led to: deliveries, attempts, cost, emissions
    #[command(after_help = TRACE)]
    Trace(TraceArgs),
    /// Show what handlers said, and follow it
    #[command(after_help = LOGS)]
    Logs(LogsArgs),
    /// List plugins, or show one
    #[command(after_help = PLUGINS)]
    Plugins(PluginsArgs),
    /// List dead letters, show one, deliver them again, drop them
    #[command(after_help = DEAD)]
    Dead(DeadArgs),
    /// List parked deliveries, show one, let them go on, drop them
    #[command(after_help = PARKED)]
    Parked(ParkedArgs),
    /// Compile a component for the host that started this: standard input to standard output
    #[command(hide = true, after_help = COMPILE_WORKER)]
    CompileWorker {
        /// What the host says
        #[arg(hide = true)]
        args: Vec<String>,
    },
    /// Show the settings in force and where each comes from, or check them
    #[command(after_help = office::CONFIG)]
    Config(office::ConfigArgs),
    /// Show a component's shape, imports, what it says of itself, its cost, and the limits that would hold
    #[command(after_help = office::INSPECT)]
    Inspect(office::InspectArgs),
    /// Make a token for callers of the HTTP API
    #[command(after_help = office::TOKEN)]
    Token(office::TokenArgs),
    /// Sign a plugin for hosts that ask for it, or make a key to sign with
    #[command(after_help = office::SIGN)]
    Sign(office::SignArgs),
    /// Explain a command or an error's code
    #[command(after_help = HELP)]
    Help(HelpArgs),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RunArgs {
    /// The plugin folder, made if it is missing [default: ./plugins]
    #[arg(long, value_name = "DIR")]
    pub(crate) plugins: Option<PathBuf>,
    /// Where the log lies, made if it is missing [default: ./oyez-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where the HTTP API listens; port 0 takes a free one [default: 127.0.0.1:6939]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Settings in TOML [default: ./oyez.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep the log in memory: it is gone with the process
    #[arg(long, conflicts_with = "data_dir")]
    pub(crate) ephemeral: bool,
    /// Listen where others reach it without asking them for tokens: whoever reaches it may do all
    #[arg(long)]
    pub(crate) insecure: bool,
}

/// Which host.
#[derive(Debug, clap::Args)]
pub(crate) struct HostArgs {
    /// The running host; a token for it is read from OYEZ_TOKEN
    #[arg(long, global = true, env = "OYEZ_URL", default_value = URL_DEFAULT)]
    pub(crate) url: String,
    /// Certificates in PEM form: a host that speaks TLS must be vouched for by one of them [default: the public ones]
    #[arg(long, global = true, env = "OYEZ_CA", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EmitArgs {
    /// The event's type, in the past tense, such as shop.order.placed.v1
    #[arg(value_name = "TYPE", required_unless_present = "file")]
    pub(crate) ty: Option<String>,
    /// The data: JSON, @FILE, or - for standard input
    #[arg(short, long, value_name = "DATA", allow_negative_numbers = true)]
    pub(crate) data: Option<String>,
    /// The data's media type [default: application/json]
    #[arg(long, value_name = "TYPE", requires = "data")]
    pub(crate) content_type: Option<String>,
    /// Who says so, as a URI reference
    #[arg(long, default_value = "/cli")]
    pub(crate) source: String,
    /// What it is about; also the partition key, unless --ext partitionkey=K is given
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// The event's id; the same source and id again is a duplicate [default: random]
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// An extension attribute; may be given again
    #[arg(long = "ext", value_name = "K=V", value_parser = pair)]
    pub(crate) extensions: Vec<(String, String)>,
    /// CloudEvents as JSON, one a line; - for standard input
    #[arg(long, conflicts_with_all = ["ty", "data", "source", "subject", "id", "extensions"])]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TailArgs {
    /// Only events of this type
    #[arg(long = "type", value_name = "T")]
    pub(crate) ty: Option<String>,
    /// Only events of this source
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only events with this subject
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Only the causation tree whose root has this id
    #[arg(long, value_name = "ID")]
    pub(crate) correlation: Option<String>,
    /// Begin at a sequence, at a time (RFC 3339), or at the beginning
    #[arg(long, value_name = "SEQ|TIME|beginning")]
    pub(crate) from: Option<String>,
    /// The last N events; with --from, the first N of them [default: 10; with --from, all]
    #[arg(short, value_name = "N")]
    pub(crate) number: Option<usize>,
    /// Go on with what comes next
    #[arg(short, long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TraceArgs {
    /// The event's sequence, or its id
    #[arg(value_name = "SEQUENCE | ID")]
    pub(crate) event: String,
    /// The source of the event with that id
    #[arg(long)]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// Only of this plugin, such as billing/email
    pub(crate) plugin: Option<String>,
    /// Only about the event with this id, or at this sequence
    #[arg(long, value_name = "ID")]
    pub(crate) event: Option<String>,
    /// Only lines that matter as much, or more
    #[arg(long, value_name = "LEVEL", value_parser = ["trace", "debug", "info", "warn", "error"])]
    pub(crate) level: Option<String>,
    /// The last N lines [default: 100; at most 1000]
    #[arg(short, value_name = "N")]
    pub(crate) number: Option<usize>,
    /// Go on with what comes next
    #[arg(short, long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PluginsArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<PluginsVerb>,
    /// Not built yet
    #[arg(long, global = true, hide = true)]
    pub(crate) ghosts: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginsVerb {
    /// List them (what `oyez plugins` does)
    List,
    /// Show one, with its subscriptions
    Show {
        /// Its name, such as billing/email
        name: String,
    },
    /// Run nothing of one: what runs ends, what comes waits, over restarts too
    Pause {
        /// Its name, such as billing/email
        name: String,
    },
    /// Make one's state anew from recorded events, on scratch state that takes the old one's place in the end
    Rebuild {
        /// Its name, such as billing/email
        name: String,
        /// Where to begin: a sequence, an RFC 3339 time, or `beginning`
        #[arg(long, value_name = "SEQ|TIME")]
        from: String,
        /// Begin with no state; otherwise with what there is
        #[arg(long)]
        reset_state: bool,
        /// Let what it emits go into the log; otherwise that is thrown away
        #[arg(long)]
        emit: bool,
    },
    /// Let one go on that is paused, or quarantined because it failed again and again
    Resume {
        /// Its name, such as billing/email
        name: String,
    },
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DeadArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<DeadVerb>,
    #[command(flatten)]
    pub(crate) listed: DeadList,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadVerb {
    /// List them (what `oyez dead` does)
    List(DeadList),
    /// Show one, with its event
    Show {
        /// Its id, as `list` shows it
        id: String,
    },
    /// Deliver them again, in a new round of attempts
    Redrive(DeadSelection),
    /// Give them up for good
    Drop(DeadSelection),
    /// Print their events as CloudEvents JSON, one a line: what `oyez emit --file` takes
    Export(DeadSelection),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ParkedArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<ParkedVerb>,
    #[command(flatten)]
    pub(crate) listed: DeadList,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedVerb {
    /// List them (what `oyez parked` does)
    List(DeadList),
    /// Show one, with its event
    Show {
        /// Its id, as `list` shows it
        id: String,
    },
    /// Let them go on, each with its whole lane, past the dead letters before it
    Release(DeadSelection),
    /// Give them up for good
    Drop(DeadSelection),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// What they have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct DeadFilter {
    /// Only those of this plugin or subscription, such as email or email/on-order
    #[arg(long, value_name = "S")]
    pub(crate) subscription: Option<String>,
    /// Only those of events of this type
    #[arg(long = "type", value_name = "T")]
    pub(crate) ty: Option<String>,
    /// Only those of events with this partition key
    #[arg(long, value_name = "K")]
    pub(crate) key: Option<String>,
    /// Only those that came here at this time or later, such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only those that came here before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Only those whose last attempt failed so: a settlement such as trapped, or a part of its reason
    #[arg(long, value_name = "TEXT")]
    pub(crate) error: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct DeadList {
    #[command(flatten)]
    pub(crate) filter: DeadFilter,
    /// At most N of them [default: 100]
    #[arg(short, value_name = "N")]
    pub(crate) number: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DeadSelection {
    /// Their ids, as `list` shows them
    #[arg(value_name = "ID", conflicts_with_all = ["subscription", "ty", "key", "since", "until", "error", "all"])]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: DeadFilter,
    /// All of them
    #[arg(long, conflicts_with_all = ["subscription", "ty", "key", "since", "until", "error"])]
    pub(crate) all: bool,
    /// No more than so many a second
    #[arg(long, value_name = "N/s", value_parser = rate)]
    pub(crate) rate: Option<Duration>,
    /// Say which they are, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HelpArgs {
    /// A command, an error's code, or `codes` for the list of them
    pub(crate) topic: Vec<String>,
}

const RUN: &str = "\
Prints `listening on http://ADDR` once it takes events; logs to standard error, by OYEZ_LOG (default: info).
Settings: flag, then environment (OYEZ_SERVER__LISTEN), then file, then default; `oyez config show` lists them. Hosts, origins,
tokens and certificates are read again when their files change, and on SIGHUP. SIGTERM stops it in order.

Example: oyez run --plugins ./plugins --listen 127.0.0.1:0";
const EMIT: &str = "\
Prints `accepted SEQUENCE` once the event would outlive a power cut, or `duplicate of SEQUENCE`.

Example: oyez emit shop.order.placed.v1 --subject o-1 -d '{\"orderId\":\"o-1\",\"amount\":13}'
         oyez emit --file events.jsonl";
const TAIL: &str = "Example: oyez tail --type shop.order.placed.v1 -n 5 -f";
const TRACE: &str = "Example: oyez trace 42";
const LOGS: &str = "\
A line is told at the end of its attempt. The host keeps the last 1000 lines of each plugin and 16 MiB of all, in memory.

Example: oyez logs billing/email --level warn -f
         oyez logs --event o-1";
const PLUGINS: &str = "\
Not built yet: approve, rollback, forget, --ghosts.

Example: oyez plugins show billing/email";
const DEAD: &str = "\
`redrive`, `drop` and `export` need ids, --subscription, --type or --all.

Example: oyez dead list --subscription email
         oyez dead redrive --type shop.order.placed.v1 --error trapped --rate 10/s";
const PARKED: &str = "\
A subscription with `on_dead = \"park\"` holds the later events of a dead letter's key back, in order. They go on when it is
redriven and settled, or dropped, or when they are released. `release` and `drop` need ids, --subscription, --type or --all.

Example: oyez parked list
         oyez parked release --subscription email/on-order";
const COMPILE_WORKER: &str = "\
A host starts it for each component that it compiles, with limits on processor time and memory; an embedder gives its path to
the library, `SandboxBuilder::compile_in_child`.

Example: oyez compile-worker fingerprint";
const HELP: &str = "Example: oyez help port-in-use";

/// The least time from one to the next: `10/s` is 100 ms.
fn rate(text: &str) -> std::result::Result<Duration, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.001 && *n <= 1e6);
    number.map(|n| Duration::from_secs_f64(1.0 / n)).ok_or_else(|| "give a number a second, such as `10/s`".to_owned())
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("give it as NAME=VALUE, such as `tenant=acme`")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The arguments of this process. Nothing: help or the version was asked for, and printed.
pub(crate) fn parse() -> Result<Option<Args>> {
    parsed(std::env::args_os())
}

fn parsed(args: impl IntoIterator<Item = OsString>) -> Result<Option<Args>> {
    let error = match Args::try_parse_from(args) {
        Ok(args) => return Ok(Some(args)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let printed = write!(std::io::stdout(), "{}", error.render());
            printed.map(|()| None).map_err(|error| Failure::output(&error))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::usage("wrong-usage", format!("say what to do\n\n{}", error.render().to_string().trim_end())))
        }
        _ => {
            let text = error.render().to_string();
            Err(Failure::usage("wrong-usage", text.trim_start_matches("error: ").trim_end()))
        }
    }
}

/// The whole, for `help`.
pub(crate) fn command() -> clap::Command {
    Args::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(line: &str) -> Option<u8> {
        let words = std::iter::once("oyez").chain(line.split_whitespace()).map(OsString::from);
        parsed(words).err().map(|failure| failure.exit())
    }

    #[test]
    fn the_arguments_fit_together() {
        command().debug_assert();
    }

    #[test]
    fn wrong_usage_ends_with_2() {
        for wrong in [
            "",
            "emit",
            "emit a --file b",
            "emit a --ext k",
            "tail -n x",
            "trace",
            "run --ephemeral --data-dir d",
            "dead redrive 1 --all",
            "dead redrive --all --rate fast",
            "--x",
        ] {
            assert_eq!(exit(wrong), Some(2), "{wrong}");
        }
        for right in [
            "run",
            "emit a",
            "emit --file -",
            "emit a -d -5",
            "emit a -d -",
            "tail -fn3",
            "plugins",
            "inspect a.wasm",
            "dead --type t",
            "dead redrive --all --json",
            "dead redrive --all --rate 2.5/s",
            "parked release 1-2",
        ] {
            assert_eq!(exit(right), None, "{right}");
        }
    }

    #[test]
    fn every_command_has_an_example() {
        for command in command().get_subcommands() {
            let example = command.get_after_help().is_some_and(|text| text.to_string().contains("Example: oyez"));
            assert!(example, "{}", command.get_name());
        }
    }
}
