//! `cargo xtask build`: a plugin of one's own, compiled with the same set-up as those that ship.

use crate::{Error, House, Result, plugins};
use std::path::Path;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask build FOLDER

Compiles the plugin crate in FOLDER for wasm32-wasip2 and puts the component beside its Cargo.toml, as
NAME.wasm. Sets the target up as `cargo xtask plugins` does.

Example: cargo xtask build ~/greeter && cp ~/greeter/greeter.wasm ~/shop/plugins/";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    let [folder] = args else {
        return Err(Error::UnknownArgument { task: "build", argument: args.join(" ") });
    };
    let folder = Path::new(folder);
    let folder = folder.canonicalize().map_err(Error::io(folder))?;
    plugins::build_one(house, &folder)
}
