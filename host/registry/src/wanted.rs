//! Who is who: names, shared components, collisions. Pure: what lies in the folder in, the wanted set of plugins out.

use crate::door::Stamp;
use crate::escape::shown;
use crate::listing::{PassedOver, with_suffix};
use crate::report::Refused;
use crate::settings::{Problem, Settings};
use crate::settle::Text;
use oyez_model::{PluginName, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is known of a `.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Toml {
    /// Its name and component as far as they can be made out.
    pub(crate) outline: (Option<String>, Option<PathBuf>),
    /// The last settings that were good: these are in force.
    pub(crate) good: Option<Arc<Settings>>,
    /// SHA-256 of the text that they were read from.
    pub(crate) sum: Option<Version>,
    /// It was put beside a component that ran without one, and is not good yet: the component goes on as it was.
    pub(crate) bare: bool,
    /// What is wrong with it now.
    pub(crate) problem: Option<Problem>,
}

/// What is known of the files that share a stem.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stem {
    pub(crate) wasm: Option<Stamp>,
    pub(crate) toml: Option<Toml>,
    pub(crate) signature: Option<Text>,
    /// Nothing changed here within the settle time: what is above is what is there.
    pub(crate) settled: bool,
    /// A component is there which nobody has seen whole yet.
    pub(crate) coming: bool,
}

/// A plugin that should run.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) name: PluginName,
    /// The stem that makes it: its `.toml`'s, else its component's.
    pub(crate) stem: PathBuf,
    /// Below the plugin folder.
    pub(crate) component: PathBuf,
    pub(crate) settings: Arc<Settings>,
    /// The component's, once all that makes the plugin has settled. Until then what runs is left alone.
    pub(crate) ready: Option<Stamp>,
    has_toml: bool,
    /// Where signatures are asked for.
    pub(crate) seal: Option<Seal>,
}

/// What a signature must be over, besides the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    /// SHA-256 of the `.toml` whose settings are in force.
    pub(crate) settings: Option<Version>,
    /// What its `.sig` says, if it has one.
    pub(crate) signature: Option<Text>,
}

/// What is asked of every plugin in the folder.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) toml: bool,
    pub(crate) signature: bool,
}

impl Claim {
    /// Whether it asks for the same as one that was served.
    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        self.component == other.component && self.ready == other.ready && self.settings == other.settings && self.seal == other.seal
    }

    pub(crate) fn sig(&self) -> PathBuf {
        with_suffix(&self.stem, ".sig")
    }

    fn file(&self) -> PathBuf {
        with_suffix(&self.stem, if self.has_toml { ".toml" } else { ".wasm" })
    }
}

/// What should be.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) claims: BTreeMap<PluginName, Claim>,
    /// What is wrong whatever a loader says, by name.
    pub(crate) complaints: BTreeMap<String, Vec<Refused>>,
}

/// What lies in the folder, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folder<'f> {
    pub(crate) dir: &'f Path,
    pub(crate) stems: &'f BTreeMap<PathBuf, Stem>,
    pub(crate) rules: Rules,
}

/// The wanted set. `holders` says which stem each name is held by: it keeps it; of newcomers, the first by path gets it.
pub(crate) fn wanted(folder: &Folder<'_>, holders: &BTreeMap<PluginName, PathBuf>, passed_over: Vec<PassedOver>) -> Wanted {
    let Folder { dir, stems, .. } = *folder;
    let mut wanted = Wanted::default();
    for PassedOver { path, code, message } in passed_over {
        let stem = if path.extension().is_some_and(|suffix| suffix == "wasm" || suffix == "toml") { path.with_extension("") } else { path.clone() };
        let own = stems.get(&stem).and_then(|stem| stem.toml.as_ref()?.outline.0.as_deref());
        wanted.complain(&name_of(&stem, own), dir.join(path), code, &message);
    }
    let shared = shared(stems);
    // Names that differ in case only are one to people, and to file systems that know no case.
    let mut claims: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for (path, stem) in stems {
        if let Some(claim) = wanted.claim(folder, &shared, path, stem) {
            claims.entry(claim.name.as_str().to_ascii_lowercase()).or_default().push(claim);
        }
    }
    for mut rivals in claims.into_values() {
        let held = rivals.iter().position(|claim| holders.get(&claim.name) == Some(&claim.stem));
        let winner = rivals.remove(held.unwrap_or(0));
        rivals.iter().for_each(|rival| wanted.turn_away(dir, &winner, rival));
        wanted.claims.insert(winner.name.clone(), winner);
    }
    wanted
}

/// The stems of components that some `.toml` names.
fn shared(stems: &BTreeMap<PathBuf, Stem>) -> BTreeSet<PathBuf> {
    let named = stems.iter().filter_map(|(path, stem)| {
        let toml = stem.toml.as_ref()?;
        let good = toml.good.as_ref().and_then(|settings| settings.component.as_ref());
        Some([good, toml.outline.1.as_ref()].into_iter().flatten().map(|component| beside(path, component).with_extension("")))
    });
    named.flatten().collect()
}

/// A path that is relative to the folder of a stem.
fn beside(stem: &Path, file: &Path) -> PathBuf {
    stem.parent().unwrap_or(Path::new("")).join(file)
}

/// What the plugin of a stem is called: its subfolder, then its own name, else the stem.
pub(crate) fn name_of(stem: &Path, own: Option<&str>) -> String {
    let named = own.map(|own| beside(stem, Path::new(own)));
    let path = named.as_deref().unwrap_or(stem);
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

impl Wanted {
    fn complain(&mut self, name: &str, file: PathBuf, code: &'static str, message: &str) {
        let refused = Refused::new(name, file, code, message, None);
        self.complaints.entry(refused.name.clone()).or_default().push(refused);
    }

    /// Who came later to a name.
    fn turn_away(&mut self, dir: &Path, winner: &Claim, rival: &Claim) {
        let (kept, lost) = (winner.file(), rival.file());
        let what =
            if winner.name == rival.name { format!("the plugin `{}`", winner.name) } else { "plugins whose names differ in case only".to_owned() };
        let message = format!(
            "`{}` and `{}` both make {what}, and the first keeps the name: give the other another `name` in its .toml, or take it away",
            shown(&kept),
            shown(&lost)
        );
        self.complain(rival.name.as_str(), dir.join(lost), "name-collision", &message);
    }

    /// What one stem asks for, if it asks for a plugin.
    fn claim(&mut self, folder: &Folder<'_>, shared: &BTreeSet<PathBuf>, path: &Path, stem: &Stem) -> Option<Claim> {
        let Folder { dir, stems, rules } = *folder;
        let settings = match &stem.toml {
            Some(Toml { good: Some(settings), .. }) => Some(Arc::clone(settings)),
            Some(toml) if !toml.bare => None,
            _ if shared.contains(path) || stem.wasm.is_none() => None,
            _ if rules.toml => {
                if stem.toml.is_none() {
                    let message = format!("it has no .toml, and plugins.require_toml is set: put `{}` beside it", shown(&with_suffix(path, ".toml")));
                    self.complain(&name_of(path, None), dir.join(with_suffix(path, ".wasm")), "toml-required", &message);
                }
                None
            }
            _ => Some(Arc::default()),
        };
        if let Some((toml, problem)) = stem.toml.as_ref().and_then(|toml| Some((toml, toml.problem.clone()?))) {
            // Under the name that it has, if it has one: the one that it would have may be half of what is wrong.
            let own = settings.as_ref().map_or(&toml.outline.0, |settings| &settings.name);
            self.complain(&name_of(path, own.as_deref()), dir.join(with_suffix(path, ".toml")), problem.code, &problem.message);
        }
        let settings = settings?;
        let has_toml = stem.toml.is_some();
        let component = settings.component.as_ref().map_or_else(|| with_suffix(path, ".wasm"), |component| beside(path, component));
        let file = dir.join(if has_toml { with_suffix(path, ".toml") } else { component.clone() });
        let name = name_of(path, settings.name.as_deref());
        let name = match PluginName::new(&name) {
            Ok(name) => name,
            Err(error) => {
                self.complain(&name, file, "invalid-name", &format!("{error}; rename the file or its folder"));
                return None;
            }
        };
        let made_of = stems.get(&component.with_extension(""));
        let stamp = made_of.and_then(|made_of| made_of.wasm);
        if stamp.is_none() && !made_of.is_some_and(|made_of| made_of.coming) {
            let message =
                format!("the component `{}` is not there: put it there, name another by `component`, or take the .toml away", shown(&component));
            self.complain(name.as_str(), file, "missing-component", &message);
            return None;
        }
        let settled = stem.settled && made_of.is_some_and(|made_of| made_of.settled);
        let sum = stem.toml.as_ref().and_then(|toml| toml.sum);
        let seal = rules.signature.then(|| Seal { settings: sum, signature: stem.signature.clone() });
        Some(Claim { seal, name, stem: path.to_owned(), component, settings, ready: stamp.filter(|_| settled), has_toml })
    }
}
