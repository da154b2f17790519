//! Who is who: which plugins the settled files make.

use crate::listing::{Listing, Stamp};
use crate::settings::Settings;
use crate::table::Wrong;
use oyez_model::PluginName;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a settled `.toml` says: the last time that it said something valid, and what is wrong with it now.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) stamp: Stamp,
    pub(crate) good: Option<Settings>,
    pub(crate) wrong: Option<Wrong>,
}

/// A plugin as the folder has it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The file that makes it: its `.toml`, else its component.
    pub(crate) file: PathBuf,
    /// As far as it has one.
    pub(crate) name: String,
    pub(crate) component: PathBuf,
    pub(crate) settings: Settings,
    /// What it is made of: another input is another attempt to load.
    pub(crate) input: Input,
    /// Why it cannot be loaded, known without its bytes.
    pub(crate) wrong: Option<(PathBuf, Wrong)>,
    /// Its component is gone, and so is the plugin.
    pub(crate) gone: bool,
}

/// What a plugin is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    component: Option<Stamp>,
    settings: Option<Stamp>,
    /// Somebody else has its name.
    rival: Option<PathBuf>,
}

/// The plugins that the settled files make. `holders` are the files that hold names already: they keep them.
pub(crate) fn candidates(settled: &Listing, read: &BTreeMap<PathBuf, Read>, holders: &BTreeMap<String, PathBuf>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = settings_files(settled).map(|file| by_settings(file, settled, &read[file])).collect();
    let taken: BTreeSet<_> = all.iter().map(|candidate| candidate.component.clone()).collect();
    let alone = settled.keys().filter(|file| is_component(file) && !taken.contains(*file) && !settled.contains_key(&file.with_extension("toml")));
    all.extend(alone.map(|file| by_component(file, settled)));
    // Whoever holds the name comes first, then the order of the paths.
    all.sort_by_key(|candidate| (holders.get(&candidate.name) != Some(&candidate.file), candidate.file.clone()));
    let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
    for candidate in &mut all {
        if let Some(rival) = names.get(&candidate.name) {
            let message = format!("the name `{}` is taken by {}: give one of them another by `name = \"…\"` in its .toml", candidate.name, rival.display());
            candidate.input.rival = Some(rival.clone());
            candidate.wrong = Some((candidate.file.clone(), Wrong { code: "name-collision", message }));
        } else if !candidate.gone {
            names.insert(candidate.name.clone(), candidate.file.clone());
        }
    }
    all
}

pub(crate) fn settings_files(settled: &Listing) -> impl Iterator<Item = &PathBuf> {
    settled.keys().filter(|file| file.extension().is_some_and(|ext| ext == "toml"))
}

fn is_component(file: &Path) -> bool {
    file.extension().is_some_and(|ext| ext == "wasm")
}

fn by_settings(file: &Path, settled: &Listing, read: &Read) -> Candidate {
    // One that is wrong now stands for what it last said, so that nobody else takes its name or its component meanwhile.
    let settings = read.good.clone().unwrap_or_default();
    let component = settings.component.as_ref().map_or_else(|| file.with_extension("wasm"), |name| file.with_file_name(name));
    let stamp = settled.get(&component).copied();
    let name = name(file, settings.name.as_deref());
    let mut wrong = read.wrong.clone().map(|wrong| (file.to_owned(), wrong));
    if stamp.is_none() {
        let message = format!("its component {} is not there: put it there, or say `component = \"…\"`", component.display());
        wrong = wrong.or_else(|| Some((file.to_owned(), Wrong { code: "missing-component", message })));
    }
    let input = Input { component: stamp, settings: Some(read.stamp), rival: None };
    checked(Candidate { file: file.to_owned(), name, component, settings, input, wrong, gone: stamp.is_none() })
}

fn by_component(file: &Path, settled: &Listing) -> Candidate {
    let input = Input { component: settled.get(file).copied(), settings: None, rival: None };
    let (name, settings) = (name(file, None), Settings::default());
    checked(Candidate { file: file.to_owned(), name, component: file.to_owned(), settings, input, wrong: None, gone: false })
}

fn checked(mut candidate: Candidate) -> Candidate {
    if let Err(error) = PluginName::new(&candidate.name) {
        let message = format!("{error}; rename the file, or say `name = \"…\"` in its .toml");
        candidate.wrong.get_or_insert((candidate.file.clone(), Wrong { code: "invalid-name", message }));
    }
    candidate
}

/// Its folder, `/`, and what it is called there.
fn name(file: &Path, own: Option<&str>) -> String {
    let stem = || file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = file.parent().into_iter().flat_map(Path::iter).map(|part| part.to_string_lossy().into_owned());
    let own = own.map_or_else(stem, str::to_owned);
    folder.chain([own]).collect::<Vec<_>>().join("/")
}
