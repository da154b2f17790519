//! Every guest of the hostile corpus at once in one host, and what became of each: exactly what its file expects, while a good neighbour works on.
//! What each of them costs is measured by `cargo xtask hostile`.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod files;

use oyez_tests::hostile::{CORPUS, NEIGHBOUR, Seen, Stand};
use oyez_tests::{event, root, until};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;

/// How large bombs for the compiler are here, in bytes: enough to reach every part of it.
const BOMB_BYTES: usize = 5 << 10;
/// Events that each guest gets.
const EVENTS: u64 = 2;
/// Events that the neighbour gets meanwhile.
const NEIGHBOURS: usize = 200;

#[test]
fn every_guest_comes_to_what_its_file_expects_and_the_neighbour_notices_nothing() {
    let mut stand = Stand::start().unwrap();
    let client = stand.client();
    let mut expected: Vec<_> = Vec::new();
    for enemy in CORPUS {
        let guest = enemy.guest(BOMB_BYTES);
        stand.drop_in(enemy.name, &guest).unwrap();
        expected.push((enemy.name, guest.expect));
    }
    until("every guest to be loaded or refused", || {
        let plugins = client.get("/v1/plugins")?;
        Ok(plugins["items"].as_array().is_some_and(|all| all.len() == CORPUS.len() + 1))
    })
    .unwrap();
    stand.feed(0..EVENTS).unwrap();
    for i in 0..NEIGHBOURS {
        client.publish(&[event(&format!("n-{i}"), "test.event.v1", &format!("s-{}", i % 10), &json!({ "i": i }))]).unwrap();
    }

    let mut otherwise = Vec::new();
    until("what becomes of each guest", || {
        expected.retain(|(name, expect)| match expect.judge(&client, name).unwrap() {
            Seen::Nothing => true,
            Seen::Contained(_) => false,
            Seen::Otherwise(how) => {
                otherwise.push(format!("{name}: {how}, and not {expect:?}"));
                false
            }
        });
        Ok(expected.is_empty())
    })
    .unwrap_or_else(|error| otherwise.push(format!("{error}: {expected:?}")));
    assert!(otherwise.is_empty(), "{} guests are not contained as expected:\n{}", otherwise.len(), otherwise.join("\n"));

    let name = format!("{NEIGHBOUR}/on-echo");
    until("the neighbour", || Ok(client.count(&name, "settled")? == NEIGHBOURS as u64)).unwrap();
    assert_eq!(stand.neighbours_failures().unwrap(), 0);
    assert!(stand.is_alive().unwrap());
    // What guests say is text in the host's log, and steers no terminal.
    assert!(!stand.log().unwrap().contains('\u{1b}'), "an escape in the host's log");
    stand.stop().unwrap();
}

#[test]
fn every_file_of_the_corpus_is_in_it_and_says_what_it_tries() {
    let files = fs::read_dir(root().join("tests/hostile/guests")).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let known: BTreeSet<String> = CORPUS.iter().map(|enemy| enemy.name.to_owned()).chain(["mod".to_owned(), "http".to_owned()]).collect();
    assert_eq!(names, known);
    assert!(CORPUS.len() >= 100, "{}", CORPUS.len());
    for enemy in CORPUS {
        assert!(enemy.tries().ends_with('.') && !enemy.tries().contains("//"), "{}: {}", enemy.name, enemy.tries());
    }
}
