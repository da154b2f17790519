//! The arguments of what needs no running host: settings, tokens.

use super::RunArgs;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<ConfigVerb>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// List every key, its value, and where that comes from (what `oyez config` does)
    Show(RunArgs),
    /// Say all that is wrong with them, and with the tokens and certificates that they name
    Validate {
        /// The settings in TOML [default: ./oyez.toml, if it is there]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) verb: TokenVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerb {
    /// Make one: it is shown once, and its SHA-256 sum goes into the token file
    New {
        /// Whose it is: 1 to 63 letters, digits, `.`, `_` and `-`
        name: String,
        /// What it allows; may be given again
        #[arg(long = "role", value_name = "publish|read|operate", value_parser = ["publish", "read", "operate"], required = true)]
        roles: Vec<String>,
        /// Bind it to a subfolder of the plugin folder, such as billing: it sees and changes what is there, and publishes below /billing/
        #[arg(long, value_name = "NS")]
        namespace: Option<String>,
        /// Add its lines to this token file, made if it is missing; otherwise they are printed
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

pub(super) const CONFIG: &str = "\
`show` takes the flags of `oyez run`, and shows what it would run by. `validate` ends with 1 if anything is wrong.

Example: oyez config show --config oyez.toml
         oyez config validate oyez.toml";
pub(super) const TOKEN: &str = "\
Callers send it as `Authorization: Bearer TOKEN`; the other commands take it from OYEZ_TOKEN. A running host reads its token file
again when it changes. To take a token back, take its lines out.

Example: oyez token new shop --role publish --file tokens.toml";
