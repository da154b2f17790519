//! The arguments of what needs no running host: settings, tokens, signatures, a component that nobody runs.

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
pub(crate) struct InspectArgs {
    /// The component; the `.toml` beside it counts, if there is one
    #[arg(value_name = "FILE.wasm")]
    pub(crate) file: PathBuf,
    /// The host's settings, for policies and budgets [default: ./oyez.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
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

#[derive(Debug, clap::Args)]
pub(crate) struct SignArgs {
    /// The plugin's component, or its .toml: the signature is over both, and goes into a .sig beside them
    #[arg(value_name = "FILE.wasm", required_unless_present = "new_key", requires = "key", conflicts_with = "new_key")]
    pub(crate) file: Option<PathBuf>,
    /// The signing key
    #[arg(long, value_name = "FILE", conflicts_with = "new_key")]
    pub(crate) key: Option<PathBuf>,
    /// The name that it will have, such as billing/email [default: as it lies in the plugin folder, else its own]
    #[arg(long, conflicts_with = "new_key")]
    pub(crate) name: Option<String>,
    /// The plugin folder
    #[arg(long, value_name = "DIR", default_value = "plugins")]
    pub(crate) plugins: PathBuf,
    /// Make a signing key in this file, which must not be there, and print the public key
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key: Option<PathBuf>,
}

pub(super) const CONFIG: &str = "\
`show` takes the flags of `oyez run`, and shows what it would run by. `validate` ends with 1 if anything is wrong.

Example: oyez config show --config oyez.toml
         oyez config validate oyez.toml";
pub(super) const INSPECT: &str = "\
It is compiled in a child, as `oyez run` does it, instantiated and asked to describe itself; it is given no event and no grant. Ends
with 1 if a host would refuse it, by the reason that the host would give.

Example: oyez inspect plugins/email.wasm";
pub(super) const TOKEN: &str = "\
Callers send it as `Authorization: Bearer TOKEN`; the other commands take it from OYEZ_TOKEN. A running host reads its token file
again when it changes. To take a token back, take its lines out.

Example: oyez token new shop --role publish --file tokens.toml";
pub(super) const SIGN: &str = "\
A host with `require_signature = [\"ed25519:…\"]` under `[plugins]` loads what one of these keys signed, and nothing else. A signature is
over the plugin's name, its component and its .toml: sign again after any of them changes. An older signed build stays good.

Example: oyez sign --new-key release.key
         oyez sign plugins/billing/email.wasm --key release.key";
