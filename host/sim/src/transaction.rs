//! What handlers do to their state: a small program that follows from the event, so that the model can run it again, alone.

use oyez_model::port::{Snapshot, SnapshotError, Versioned};
use oyez_model::{Recorded, Sequence, StateChanges, StateKey, StateReads, StateWrite};
use std::collections::BTreeMap;

const COUNTS: &str = "counts";
const SEEN: &str = "seen";

/// One thing that a handler does to its state.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Adds one to a counter.
    Add(StateKey),
    /// Writes a mark that is absent, takes away one that is there.
    Toggle(StateKey),
    /// Takes a seat if the other one is free: two that do so at once are the classic write skew.
    Sit { mine: StateKey, other: StateKey },
    /// Counts the marks, and notes how many there are.
    Count,
}

/// What the handler of an event does.
pub(crate) fn program(recorded: &Recorded) -> Vec<Op> {
    let key = recorded.event.partition_key();
    let number = recorded.sequence.0;
    let seat = |i: u64| StateKey::new(SEEN, format!("seat{}", i % 2));
    let all = [
        Op::Toggle(StateKey::new(SEEN, key)),
        Op::Add(StateKey::new(COUNTS, "all")),
        Op::Sit { mine: seat(number), other: seat(number + 1) },
        Op::Count,
        Op::Add(StateKey::new(COUNTS, key)),
    ];
    let skip = usize::try_from(number % 4).expect("less than four");
    all.into_iter().skip(skip).step_by(1 + usize::from(number.is_multiple_of(3))).collect()
}

/// A run's look at its plugin's state, and what it wants written.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    reads: StateReads,
    writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// All that it saw, in order: numbers, or nothing where a key was absent.
    pub(crate) seen: Vec<Option<u64>>,
}

fn number(value: &[u8]) -> u64 {
    value.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

impl Transaction {
    pub(crate) fn at(at: Sequence) -> Self {
        Self { reads: StateReads { at, ..StateReads::default() }, ..Self::default() }
    }

    pub(crate) fn step(&mut self, state: &dyn Snapshot, op: &Op) -> Result<(), SnapshotError> {
        match op {
            Op::Add(key) => {
                let before = self.get(state, key)?.unwrap_or(0);
                self.put(key, Some(before + 1));
            }
            Op::Toggle(key) => {
                let was = self.get(state, key)?;
                self.put(key, was.is_none().then_some(1));
            }
            Op::Sit { mine, other } => {
                let free = self.get(state, other)?.is_none();
                self.put(mine, free.then_some(1));
            }
            Op::Count => {
                let marks = self.marks(state)?;
                self.put(&StateKey::new(COUNTS, "marks"), Some(marks));
            }
        }
        Ok(())
    }

    fn get(&mut self, state: &dyn Snapshot, key: &StateKey) -> Result<Option<u64>, SnapshotError> {
        let value = if let Some(own) = self.writes.get(key) {
            own.clone()
        } else {
            let (version, value) = state.get(key)?.unzip();
            self.reads.keys.insert(key.clone(), version);
            value
        };
        let value = value.as_deref().map(number);
        self.seen.push(value);
        Ok(value)
    }

    fn marks(&mut self, state: &dyn Snapshot) -> Result<u64, SnapshotError> {
        let mut keys = state.keys(SEEN, None, usize::MAX)?;
        self.reads.listed.insert(SEEN.to_owned());
        for (key, value) in self.writes.iter().filter(|(key, _)| key.bucket == SEEN) {
            keys.retain(|there| *there != key.key);
            keys.extend(value.is_some().then(|| key.key.clone()));
        }
        let marks = keys.len() as u64;
        self.seen.push(Some(marks));
        Ok(marks)
    }

    fn put(&mut self, key: &StateKey, value: Option<u64>) {
        self.writes.insert(key.clone(), value.map(|value| value.to_be_bytes().to_vec()));
    }

    pub(crate) fn into_changes(self) -> StateChanges {
        let writes = self.writes.into_iter().map(|(key, value)| StateWrite { key, value }).collect();
        StateChanges { reads: self.reads, writes }
    }
}

/// A plugin's state as the model has it: what the log says, frame by frame.
#[derive(Debug, Default)]
pub(crate) struct Kept(pub(crate) BTreeMap<StateKey, Versioned>);

impl Kept {
    pub(crate) fn write(&mut self, at: Sequence, writes: Vec<StateWrite>) {
        for StateWrite { key, value } in writes {
            match value {
                Some(value) => drop(self.0.insert(key, (at, value))),
                None => drop(self.0.remove(&key)),
            }
        }
    }
}

impl Snapshot for Kept {
    fn at(&self) -> Sequence {
        Sequence(u64::MAX)
    }

    fn get(&self, key: &StateKey) -> Result<Option<Versioned>, SnapshotError> {
        Ok(self.0.get(key).cloned())
    }

    fn keys(&self, bucket: &str, _: Option<&str>, _: usize) -> Result<Vec<String>, SnapshotError> {
        Ok(self.0.keys().filter(|key| key.bucket == bucket).map(|key| key.key.clone()).collect())
    }
}
