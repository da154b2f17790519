//! The laws of `Snapshot`, for values that are in memory, and for those that are in the store.

use super::house::{House, event, outcome};
use oyez_engine::{Engine, StateTerms};
use oyez_model::port::{Snapshot, SnapshotError};
use oyez_model::{End, PluginName, Sequence, Settle, StateKey, StateReads, StateWrite};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Writes<'a> = &'a [(&'a str, Option<&'a str>)];

/// An engine with a subscription that writes.
struct Desk {
    house: House,
    engine: Engine,
    published: u64,
}

fn key(key: &str) -> StateKey {
    StateKey::new("b", key)
}

fn terms() -> StateTerms {
    StateTerms { reads: StateReads::default(), bytes_max: 1 << 20 }
}

fn writing(mut settle: Settle, writes: Writes<'_>) -> Settle {
    settle.writes = writes.iter().map(|(name, value)| StateWrite { key: key(name), value: value.map(|value| value.as_bytes().to_vec()) }).collect();
    settle
}

impl Desk {
    /// A settlement that writes; its place.
    fn write(&mut self, writes: Writes<'_>) -> Sequence {
        self.published += 1;
        let number = self.house.subscribe(&self.engine, "p/on-event");
        let at = self.house.publish(&self.engine, vec![event(&self.published.to_string())]).unwrap()[0].sequence;
        self.house.settle_on(&self.engine, writing(outcome(number, at, 1, End::Settled), writes), terms()).unwrap()
    }

    fn snapshot(&self) -> Arc<dyn Snapshot> {
        self.engine.snapshot(PluginName::new("p").unwrap())
    }
}

/// With what `first` wrote in memory, and then again with it in the store.
fn each(first: Writes<'_>, law: impl Fn(&mut Desk, Sequence)) {
    for stored in [false, true] {
        let house = House::new();
        let engine = house.open();
        let mut desk = Desk { house, engine, published: 0 };
        let at = desk.write(first);
        if stored {
            desk.engine.stop();
            desk.house.files.crash(|| false);
            desk.engine = desk.house.open();
        }
        law(&mut desk, at);
    }
}

fn text(snapshot: &dyn Snapshot, name: &str) -> Option<String> {
    snapshot.get(&key(name)).unwrap().map(|(_, value)| String::from_utf8(value).unwrap())
}

#[test]
fn law_1_answers_are_of_the_moment_or_overtaken_and_never_later_values() {
    each(&[("kept", Some("1")), ("changed", Some("1")), ("gone", Some("1"))], |desk, _| {
        let before = desk.snapshot();
        desk.write(&[("changed", Some("2")), ("gone", None), ("new", Some("2"))]);
        assert_eq!((text(&*before, "kept").as_deref(), text(&*before, "never")), (Some("1"), None));
        for changed in ["changed", "gone", "new"] {
            assert!(matches!(before.get(&key(changed)), Err(SnapshotError::Overtaken)), "{changed}");
        }
        assert!(matches!(before.keys("b", None, 10), Err(SnapshotError::Overtaken)));
        assert_eq!(before.keys("other", None, 10).unwrap(), Vec::<String>::new());
    });
}

#[test]
fn law_2_every_settlement_up_to_the_moment_is_in_it_and_none_after_it() {
    each(&[("k", Some("1"))], |desk, first| {
        let early = desk.snapshot();
        assert_eq!(early.get(&key("k")).unwrap(), Some((first, b"1".to_vec())));
        let second = desk.write(&[("l", Some("2"))]);
        let late = desk.snapshot();
        assert!(early.at() < second && late.at() >= second);
        assert_eq!(late.get(&key("k")).unwrap(), Some((first, b"1".to_vec())));
        assert_eq!(late.get(&key("l")).unwrap(), Some((second, b"2".to_vec())));
        assert!(early.get(&key("l")).is_err());
    });
}

#[test]
fn law_3_it_holds_up_no_writer_and_no_writer_it() {
    each(&[("kept", Some("1"))], |desk, _| {
        let held: Vec<_> = (0..100).map(|_| desk.snapshot()).collect();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reads = 0;
                while !done.load(Ordering::SeqCst) || reads == 0 {
                    assert_eq!(text(&*held[reads % held.len()], "kept").as_deref(), Some("1"));
                    reads += 1;
                }
            });
            for i in 0..50 {
                desk.write(&[("changed", Some(&i.to_string()))]);
            }
            done.store(true, Ordering::SeqCst);
            reader.join().unwrap();
        });
    });
}

#[test]
fn law_4_keys_come_once_by_their_bytes_and_page_by_page() {
    let first = [("d", Some("1")), ("a", Some("1")), ("c", Some("1")), ("gone", Some("1"))];
    each(&first, |desk, _| {
        desk.write(&[("b", Some("2")), ("a", Some("2")), ("gone", None), ("\u{e9}", Some("2"))]);
        let snapshot = desk.snapshot();
        assert_eq!(snapshot.keys("b", None, 10).unwrap(), ["a", "b", "c", "d", "\u{e9}"]);
        let (mut all, mut last) = (Vec::new(), None);
        loop {
            let page = snapshot.keys("b", last.as_deref(), 2).unwrap();
            assert!(page.len() <= 2);
            let Some(key) = page.last() else { break };
            last = Some(key.clone());
            all.extend(page);
        }
        assert_eq!(all, ["a", "b", "c", "d", "\u{e9}"]);
        assert!(snapshot.keys("b", None, 0).unwrap().is_empty());
        // A change of a value is none of the keys.
        desk.write(&[("a", Some("3"))]);
        assert_eq!(snapshot.keys("b", None, 10).unwrap().len(), 5);
    });
}
