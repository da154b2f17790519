//! Producers: they send what is new, send again what they have no receipt for, repeat themselves, and lie.

use crate::broken::{Broken, Check, ensure};
use crate::ledger::Ledger;
use fastrand::Rng;
use oyez_engine::{PublishError, Receipt};
use oyez_model::event::{Data, Event};
use std::collections::BTreeMap;

/// What was sent at once.
#[derive(Clone, Debug)]
struct Batch {
    events: Vec<Event>,
    /// Another fact under an id that was used: all of it is to be refused.
    forged: bool,
}

/// All producers.
#[derive(Debug, Default)]
pub(crate) struct Producer {
    /// At most so many new events at once.
    batch_max: usize,
    events: u32,
    batches: u64,
    under_way: BTreeMap<u64, Batch>,
    /// Sent, and nobody knows what became of it.
    unknown: Vec<Batch>,
    /// What there is a receipt for.
    taken: Vec<Event>,
}

impl Producer {
    pub(crate) fn new(batch_max: usize) -> Self {
        Self { batch_max, ..Self::default() }
    }

    fn fresh(&mut self, random: &mut Rng) -> Event {
        self.events += 1;
        let event = Event::new(self.events.to_string(), "/sim", format!("t{}", random.u8(..3))).expect("an event");
        let event = match random.u8(..4) {
            0 => event,
            key => event.with_extension("partitionkey", format!("k{key}")).expect("a key"),
        };
        // Now and then longer than a sector, so that a write can be torn.
        let length = if random.u8(..4) == 0 { random.usize(..900) } else { random.usize(..20) };
        event.with_data(Data::Binary(vec![7; length])).expect("data")
    }

    /// A batch to be sent, and its number. `forges`: an id is never free again in this world.
    pub(crate) fn send(&mut self, random: &mut Rng, forges: bool) -> (u64, Vec<Event>) {
        let mut batch = Batch { events: Vec::new(), forged: false };
        match random.u8(..10) {
            0..=2 if !self.unknown.is_empty() => batch = self.unknown.swap_remove(random.usize(..self.unknown.len())),
            3 if forges && !self.taken.is_empty() => {
                let used = &self.taken[random.usize(..self.taken.len())];
                let event = Event::new(used.id(), used.source(), "t9").expect("an event");
                batch.forged = true;
                batch.events.extend([self.fresh(random), event]);
            }
            kind => {
                batch.events.extend((0..random.usize(1..=self.batch_max)).map(|_| self.fresh(random)));
                if kind > 7 && !self.taken.is_empty() {
                    batch.events.push(self.taken[random.usize(..self.taken.len())].clone());
                    batch.events.push(batch.events[0].clone());
                }
            }
        }
        self.under_way(batch)
    }

    /// Sends again what nobody knows of; nothing if there is none.
    pub(crate) fn send_again(&mut self) -> Option<(u64, Vec<Event>)> {
        let batch = self.unknown.pop()?;
        Some(self.under_way(batch))
    }

    fn under_way(&mut self, batch: Batch) -> (u64, Vec<Event>) {
        self.batches += 1;
        let events = batch.events.clone();
        self.under_way.insert(self.batches, batch);
        (self.batches, events)
    }

    /// The host's answer to a batch.
    pub(crate) fn answered(&mut self, number: u64, answer: Result<Vec<Receipt>, PublishError>, ledger: &Ledger) -> Check {
        let Some(batch) = self.under_way.remove(&number) else { return Ok(()) };
        match answer {
            Ok(receipts) => {
                ensure!(!batch.forged, "another fact under the id {} is taken", batch.events[1].id());
                ensure!(receipts.len() == batch.events.len(), "{} receipts for {} events", receipts.len(), batch.events.len());
                for (event, receipt) in batch.events.into_iter().zip(receipts) {
                    let place = ledger.place_of(&event).filter(|recorded| recorded.event.same_fact(&event)).map(|recorded| recorded.sequence);
                    ensure!(place == Some(receipt.sequence), "the receipt of {} says {}, and it is at {place:?}", event.id(), receipt.sequence);
                    self.taken.push(event);
                }
            }
            Err(PublishError::Unavailable(_)) => self.unknown.push(batch),
            Err(error) => {
                ensure!(batch.forged, "an honest event is refused: {error}");
                let there = ledger.place_of(&batch.events[0]);
                ensure!(there.is_none(), "a batch is refused, and one of its events is in the log");
            }
        }
        Ok(())
    }

    /// The process is gone, and with it its answers.
    pub(crate) fn lost(&mut self) {
        self.unknown.extend(std::mem::take(&mut self.under_way).into_values());
    }

    /// Every receipt holds, and nobody waits for one.
    pub(crate) fn is_over(&self, ledger: &Ledger) -> Check {
        for event in &self.taken {
            ledger.place_of(event).ok_or_else(|| Broken(format!("{} has a receipt, and is not in the log", event.id())))?;
        }
        ensure!(self.under_way.is_empty() && self.unknown.is_empty(), "a producer has no answer");
        Ok(())
    }
}
