//! The house's order, held by a machine: which crate may know which, how long files are, what is written down.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod laws;

use oyez_tests::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::Table;

/// The arrows: a crate of `host/`, and which others of them it may depend on. A new arrow is a line here, seen in review.
const ARROWS: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("model", &["event"]),
    ("engine", &["event", "model"]),
    ("dispatch", &["event", "model", "engine"]),
    ("storage", &["model"]),
    ("wasm", &["event", "model"]),
    ("registry", &["event", "model"]),
    ("runtime", &["event", "model", "engine", "dispatch", "storage", "wasm", "registry"]),
    ("http", &["runtime"]),
    ("cli", &["runtime", "http"]),
    ("sim", &["event", "model", "engine", "dispatch", "storage"]),
    ("xtask", &[]),
];

/// Libraries with one door.
const DOORS: &[(&str, &str)] =
    &[("wasmtime", "wasm"), ("wasmtime-wasi", "wasm"), ("fjall", "storage"), ("axum", "http"), ("clap", "cli"), ("notify", "registry")];

const TOP: &[&str] = &["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "examples", "host", "plugins", "rustfmt.toml", "tests", "wit"];
const LINES_MAX: usize = 500;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(krate: &str) -> Table {
    read(&root().join("host").join(krate).join("Cargo.toml")).parse().unwrap()
}

fn crates() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("host")).unwrap().map(Result::unwrap);
    entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Files that are ours, by their ending.
fn files(ending: &str) -> Vec<PathBuf> {
    fn visit(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                if !name.starts_with('.') && !["target", "dist", "node_modules", "oyez-data"].contains(&name.as_str()) {
                    visit(&path, ending, found);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    visit(&root(), ending, &mut found);
    found
}

#[test]
fn arrows_go_one_way() {
    assert_eq!(crates(), ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect(), "a crate that is not in the table, or the other way round");
    let folder = |package: &str| if package == "oyez" { Some("runtime".to_owned()) } else { package.strip_prefix("oyez-").map(str::to_owned) };
    for (name, may) in ARROWS {
        let manifest = manifest(name);
        let has: BTreeSet<_> =
            manifest.get("dependencies").and_then(|d| d.as_table()).into_iter().flat_map(|d| d.keys()).filter_map(|d| folder(d)).collect();
        for other in has {
            assert!(may.contains(&other.as_str()), "`{name}` depends on `{other}`: that arrow is not in the table");
        }
    }
}

#[test]
fn a_library_has_one_door() {
    for krate in crates() {
        let manifest = manifest(&krate);
        for (library, door) in DOORS {
            let named = manifest.get("dependencies").and_then(|d| d.as_table()).is_some_and(|d| d.contains_key(*library));
            assert!(!named || krate == *door, "`{krate}` names `{library}`, whose door is `{door}`");
        }
    }
}

#[test]
fn nothing_is_unsafe_but_to_load_machine_code_and_to_ask_for_slices() {
    let block = ["unsafe", "{"].join(" ");
    let mut found: Vec<_> = files(".rs").into_iter().filter(|path| read(path).contains(&block)).collect();
    found.sort();
    assert_eq!(found, ["host/wasm/src/compile/mod.rs", "host/wasm/src/priority.rs"].map(|path| root().join(path)));
}

#[test]
fn versions_stand_in_the_workspace_only() {
    for path in files("Cargo.toml").iter().filter(|path| path.starts_with(root().join("host")) || path.starts_with(root().join("tests"))) {
        let manifest: Table = read(path).parse().unwrap();
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest.get(kind).and_then(|d| d.as_table()).into_iter().flatten() {
                let shared = value.as_table().is_some_and(|value| value.get("workspace").is_some_and(|w| w.as_bool() == Some(true)));
                assert!(shared, "{}: `{name}` has a version of its own", path.display());
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_has_patience() {
    for path in files(".rs").iter().chain(&files(".wit")) {
        let lines = read(path).lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines, over the limit of {LINES_MAX}", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in files(".rs").iter().filter(|path| !path.ends_with("bindings.rs")) {
        let text = read(path);
        // A crate whose page is its README says so in its first line.
        assert!(
            text.starts_with("//! ") || text.starts_with("#![doc = include_str!"),
            "{} does not begin with `//! ` and what it is for",
            path.display()
        );
    }
}

#[test]
fn the_map_names_every_crate_and_no_other() {
    let map = read(&root().join("host/ARCHITECTURE.md"));
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let named: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(named, crates());
}

#[test]
fn the_top_level_holds_what_it_holds() {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let extra: Vec<_> = entries.filter(|name| !name.starts_with('.') && name != "target" && !TOP.contains(&name.as_str())).collect();
    assert!(extra.is_empty(), "{extra:?}");
}

#[test]
fn links_lead_somewhere() {
    for path in files(".md") {
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(path.parent().unwrap().join(target).exists(), "{}: `{link}` leads nowhere", path.display());
        }
    }
}

#[test]
fn every_example_says_how_it_is_run() {
    for entry in fs::read_dir(root().join("examples")).unwrap().map(Result::unwrap) {
        let main = read(&entry.path().join("src/main.rs"));
        assert!(main.contains("//! Run with"), "{} does not say how it is run", entry.path().display());
    }
}
