//! The laws of the ports: numbered in their documentation, and each held by a test of its number, in one suite a port.

use super::{files, read, root};
use std::collections::{BTreeMap, BTreeSet};

/// A port, and the numbers of its laws.
type Laws = BTreeMap<String, BTreeSet<u32>>;

fn number(line: &str) -> Option<u32> {
    line.split_once(". ")?.0.parse().ok()
}

/// The traits of a file with the laws that their documentation gives. One that stands under the laws of another gives none.
fn traits(text: &str) -> Laws {
    let mut found = Laws::new();
    let (mut doc, mut laws) = (Vec::new(), BTreeSet::new());
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("/// ") {
            let in_laws = doc.iter().any(|said: &&str| said.starts_with("Laws"));
            laws.extend(number(said).filter(|_| in_laws));
            doc.push(said);
        } else if let Some(name) = line.strip_prefix("pub trait ") {
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let under_others = doc.iter().any(|said| said.contains("the laws of [`"));
            assert!(!laws.is_empty() || under_others, "the port `{name}` has no numbered laws");
            found.extend((!laws.is_empty()).then(|| (name.to_owned(), laws.clone())));
            (doc, laws) = Default::default();
        } else if !line.starts_with("///") && !line.starts_with("#[") {
            (doc, laws) = Default::default();
        }
    }
    found
}

/// The suites by their ports, with the laws that they test. A suite says in its first line whose laws it holds.
fn suites() -> Laws {
    let mut found = Laws::new();
    for path in files(".rs") {
        let text = read(&path);
        let Some(port) = text.strip_prefix("//! The laws of `").and_then(|rest| rest.split('`').next()) else { continue };
        let name = |line: &str| line.trim_start().trim_start_matches("async ").strip_prefix("fn law_")?.split('_').next()?.parse().ok();
        let lines: Vec<_> = text.lines().collect();
        let tested = lines.windows(2).filter(|pair| pair[0].contains("test]")).filter_map(|pair| name(pair[1]));
        assert!(found.insert(port.to_owned(), tested.collect()).is_none(), "`{port}` has a second suite: {}", path.display());
    }
    found
}

#[test]
fn every_law_of_a_port_has_its_test() {
    let mut laws = Laws::new();
    for path in files(".rs").iter().filter(|path| path.starts_with(root().join("host/model/src/port"))) {
        laws.append(&mut traits(&read(path)));
    }
    assert!(laws.len() > 7 && laws["Log"].len() > 7, "{laws:?}");
    for (port, numbers) in &laws {
        assert!(numbers.iter().copied().eq(1..=numbers.len().try_into().unwrap()), "the laws of `{port}` are numbered {numbers:?}");
    }
    let suites = suites();
    for (port, numbers) in &laws {
        let none = BTreeSet::new();
        assert_eq!(suites.get(port).unwrap_or(&none), numbers, "laws of `{port}` that its suite tests, and those that it has");
    }
    assert!(suites.keys().all(|port| laws.contains_key(port)), "a suite for a port that is none: {:?}", suites.keys());
}

#[test]
fn what_counts_as_a_law_is_what_follows_that_word() {
    let text = "/// A port.\n///\n/// 9. Not one.\n///\n/// Laws:\n/// 1. One.\n/// 2. Two\n///    lines.\n#[x]\npub trait A: B {\n    /// 3. Not one.\n}\n/// Its side, under the laws of [`A`].\npub trait C {}\n";
    assert_eq!(traits(text), Laws::from([("A".to_owned(), BTreeSet::from([1, 2]))]));
}
