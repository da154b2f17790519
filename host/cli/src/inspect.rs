//! `oyez inspect`: what there is to be said of a component that nobody runs.

mod report;

use crate::args::RunArgs;
use crate::args::office::InspectArgs;
use crate::error::{Failure, Result};
use crate::output::Out;
use crate::settings::{self, Given, Settings, Shown};
use oyez::{Asked, Build, Inspection, PluginName, PluginSettings, Sandbox, Terms};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::runtime::Builder;

/// What is read of a file, in bytes: more than any component may have, so that one that is too large is told from one that is not.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Which settings of the host bear on what a plugin gets.
const HOST_WIDE: &str = "budget.";
/// Under which name it is looked at where its own is none.
const NAMELESS: &str = "inspected";

/// What was found, and by what it was judged.
#[derive(Debug)]
struct Found {
    file: PathBuf,
    /// The plugin that it would be.
    plugin: String,
    /// The `.toml` beside it.
    toml: Option<PathBuf>,
    terms: Terms,
    inspection: Inspection,
    /// Settings of the host.
    budget: Vec<Shown>,
    /// Why a host would refuse it.
    refused: Option<(&'static str, String)>,
}

/// Does it.
pub(crate) fn inspect(args: &InspectArgs, out: &mut Out) -> Result<()> {
    let given = Given::of(&RunArgs { config: args.config.clone(), ..RunArgs::default() })?;
    let budget = settings::shown(&given).into_iter().filter(|shown| shown.key.starts_with(HOST_WIDE)).collect();
    let settings = given.whole()?;
    let wasm = read(&args.file)?;
    let (toml, asked) = asked(&args.file)?;
    let mut refused = asked.as_ref().err().map(|error| (error.code, error.message.clone()));
    let asked = asked.unwrap_or_default();
    let plugin = asked.name(&stem(&args.file, &settings.plugins));
    let name = PluginName::new(&plugin).or_else(|error| {
        refused.get_or_insert(("invalid-name", format!("{error}; rename the file or its folder")));
        PluginName::new(NAMELESS).map_err(|error| Failure::failed("invalid-name", error.to_string()))
    })?;
    let terms = asked.terms(&settings.policies, &name);
    let inspection = look(&settings, name, wasm, &terms)?;
    if let Some(error) = &inspection.refused {
        refused.get_or_insert((error.code, error.message.clone()));
    }
    if let Some(Err(error)) = inspection.described.as_ref().map(|said| asked.subscriptions(&said.subscriptions)) {
        refused.get_or_insert((error.code, error.message));
    }
    let found = Found { file: args.file.clone(), plugin, toml, terms, inspection, budget, refused };
    report::report(&found, out)?;
    found.refused.map_or(Ok(()), |(code, message)| Err(Failure::failed(code, format!("`{}`: {message}", args.file.display()))))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error| Failure::failed("unreadable", format!("`{}` cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::failed("too-large", format!("`{}` has more than {FILE_BYTES_MAX} bytes: make it smaller", path.display())));
    }
    Ok(bytes)
}

/// The `.toml` beside it, if there is one, and what it asks for.
fn asked(file: &Path) -> Result<(Option<PathBuf>, std::result::Result<Asked, oyez::AskedError>)> {
    let path = file.with_extension("toml");
    if !path.is_file() {
        return Ok((None, Ok(Asked::default())));
    }
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|error| Failure::failed("unreadable", format!("`{}` cannot be read: {error}", path.display())))?;
    let asked = Asked::read(&text).map_err(|mut error| {
        error.message = format!("{}: {}", path.display(), error.message);
        error
    });
    Ok((Some(path), asked))
}

/// Its path below the plugin folder, without `.wasm`: what lies elsewhere is taken for what lies right in it.
fn stem(file: &Path, plugins: &Path) -> PathBuf {
    let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let below = plugins.canonicalize().ok().and_then(|plugins| whole.strip_prefix(plugins).ok().map(Path::to_owned));
    below.or_else(|| file.file_name().map(PathBuf::from)).unwrap_or_default().with_extension("")
}

fn look(settings: &Settings, name: PluginName, wasm: Vec<u8>, terms: &Terms) -> Result<Inspection> {
    // This very program, as `run` does it; without the cache, for what it takes to compile is part of what is asked.
    let sandbox = Sandbox::builder().compile_in_child("/proc/self/exe").memory(settings.memory).slots(1).threads(1).build();
    let sandbox = sandbox.map_err(|error| Failure::failed(error.code(), error.to_string()))?;
    let runtime = Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Failure::failed("no-thread", format!("the machine gives no threads: {error}")))?;
    let wanted = PluginSettings { limits: terms.limits, grants: terms.grants.clone(), ..PluginSettings::default() };
    Ok(runtime.block_on(sandbox.inspect(name, Build::of(wasm), &wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_named_by_where_it_lies_below_the_plugin_folder() {
        let folder = tempfile::tempdir().unwrap();
        let plugins = folder.path().join("plugins");
        std::fs::create_dir_all(plugins.join("billing")).unwrap();
        let file = plugins.join("billing/email.v2.wasm");
        std::fs::write(&file, "").unwrap();
        assert_eq!(stem(&file, &plugins), Path::new("billing/email.v2"));
        assert_eq!(stem(Path::new("target/email.wasm"), &plugins), Path::new("email"));
    }
}
