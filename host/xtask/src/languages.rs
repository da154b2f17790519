//! Guests in other languages: JavaScript by npm, Python by pip, each toolchain fetched once and kept in the cache.

use crate::house::write_whole;
use crate::{Error, House, Result, process};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask languages

Builds the tests' guests in JavaScript (by npm: componentize-qjs) and Python (by pip, in an environment of its own: componentize-py)
into plugins/dist/guests. The toolchains are fetched once and kept in the cache.

Example: cargo xtask languages";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    match args.first() {
        Some(argument) => Err(Error::UnknownArgument { task: "languages", argument: argument.clone() }),
        None => build(house),
    }
}

/// Makes a component of JavaScript, by QuickJS.
const JAVASCRIPT: &str = "componentize-qjs@0.4.5";
/// Makes a component of Python, with the whole of CPython in it.
const PYTHON: &str = "componentize-py==0.25.1";
/// The world that they are built for: their components import all that it offers.
const WORLD: &str = "stateless-plugin";

/// Builds both, into `plugins/dist/guests/answers_js.wasm` and `answers_py.wasm`, unless they are newer than what they are made of.
///
/// # Errors
/// npm or python3 is not there, or cannot fetch or build.
pub(crate) fn build(house: &House) -> Result<()> {
    let sources = house.root.join("tests/guests/languages");
    javascript(house, &sources.join("answers.js"), &house.root.join("plugins/dist/guests/answers_js.wasm"))?;
    python(house, &sources, &house.root.join("plugins/dist/guests/answers_py.wasm"))
}

fn javascript(house: &House, source: &Path, to: &Path) -> Result<()> {
    let Some(made) = outdated(house, "javascript", source, to)? else { return Ok(()) };
    let tool = made.join("node_modules/.bin/componentize-qjs");
    if !tool.is_file() {
        process::run(Command::new("npm").args(["install", "--silent", "--no-fund", "--no-audit", JAVASCRIPT]).current_dir(&made))?;
    }
    let component = made.join("answers.wasm");
    let wit = house.root.join("wit");
    let mut build = Command::new(tool);
    build.args(["--wit".as_ref(), wit.as_os_str(), "--js".as_ref(), source.as_os_str(), "--output".as_ref(), component.as_os_str()]);
    process::capture(build.args(["--world", WORLD, "--sync"]))?;
    keep(&component, to)
}

fn python(house: &House, sources: &Path, to: &Path) -> Result<()> {
    let Some(made) = outdated(house, "python", &sources.join("answers.py"), to)? else { return Ok(()) };
    let tool = made.join("venv/bin/componentize-py");
    if !tool.is_file() {
        process::run(Command::new("python3").args(["-m", "venv", "venv"]).current_dir(&made))?;
        process::run(Command::new(made.join("venv/bin/pip")).args(["install", "--quiet", "--disable-pip-version-check", PYTHON]).current_dir(&made))?;
    }
    let component = made.join("answers.wasm");
    let wit = house.root.join("wit");
    let mut build = Command::new(tool);
    build.args(["--quiet".as_ref(), "--wit-path".as_ref(), wit.as_os_str(), "--world".as_ref(), WORLD.as_ref(), "componentize".as_ref()]);
    build.args(["answers".as_ref(), "--python-path".as_ref(), sources.as_os_str(), "--output".as_ref(), component.as_os_str()]);
    process::capture(build.current_dir(&made))?;
    keep(&component, to)
}

/// The folder of a toolchain, if there is something to build.
fn outdated(house: &House, language: &str, source: &Path, to: &Path) -> Result<Option<PathBuf>> {
    let modified = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    let contract = house.root.join("wit/world.wit");
    let is_new = modified(to).is_ok_and(|made| [source, &contract].into_iter().all(|of| modified(of).is_ok_and(|of| of < made)));
    Ok(if is_new { None } else { Some(house.cached(&format!("languages/{language}"))?) })
}

fn keep(component: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(component).map_err(Error::io(component))?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
    }
    write_whole(to, &bytes)?;
    eprintln!("{} ({} KiB)", to.display(), bytes.len().div_ceil(1024));
    Ok(())
}
