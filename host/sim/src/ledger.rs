//! The model: reads every frame as it comes into the log, and knows what may stand there.

use crate::broken::{Broken, Check, ensure};
use crate::order::Flights;
use crate::stand::{Standing, Subscription};
use crate::transaction::{Kept, Op, Transaction};
use oyez_model::event::Event;
use oyez_model::port::RawFrame;
use oyez_model::{Control, End, Epoch, Frame, FrameBody, PluginName, Recorded, Sequence, Settle, StateKey, SubscriptionNumber, Timestamp, Version};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// A settlement that was asked for: what the log may say of its run.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) settle: Settle,
    /// What the run did to its plugin's state, and saw of it; nothing where that does not count.
    pub(crate) state: Option<(Vec<Op>, Vec<Option<u64>>)>,
}

/// An event by its source and id.
type Named = (String, String);

/// All that the log says, and may say.
#[derive(Debug)]
pub(crate) struct Ledger {
    window: Duration,
    /// Every frame that was acknowledged.
    frames: Vec<RawFrame>,
    pub(crate) end: Sequence,
    accepted: Timestamp,
    pub(crate) events: BTreeMap<Sequence, Arc<Recorded>>,
    /// The last of each name.
    names: HashMap<Named, (Sequence, Timestamp)>,
    pub(crate) submitted: HashMap<u64, Submitted>,
    tokens: HashSet<u64>,
    /// Emissions whose settlement is in the log.
    owed: BTreeMap<Sequence, Event>,
    pub(crate) subscriptions: BTreeMap<SubscriptionNumber, Subscription>,
    pub(crate) states: BTreeMap<PluginName, Kept>,
    /// How often each counter was added to by what completed.
    added: BTreeMap<(PluginName, StateKey), u64>,
    pub(crate) versions: BTreeMap<PluginName, Version>,
    pub(crate) flights: Flights,
}

impl Ledger {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            window,
            frames: Vec::new(),
            end: Sequence(0),
            accepted: Timestamp::default(),
            events: BTreeMap::new(),
            names: HashMap::new(),
            submitted: HashMap::new(),
            tokens: HashSet::new(),
            owed: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            states: BTreeMap::new(),
            added: BTreeMap::new(),
            versions: BTreeMap::new(),
            flights: Flights::default(),
        }
    }

    /// Frames that were synced just now.
    pub(crate) fn take(&mut self, frames: Vec<RawFrame>) -> Check {
        for raw in frames {
            let frame = Frame::decode(&raw.bytes).map_err(|error| Broken(format!("the frame at {} cannot be read: {error}", raw.first)))?;
            ensure!(frame.first > self.end && frame.last() == raw.last, "the frame at {} comes after {}", raw.first, self.end);
            ensure!(frame.accepted >= self.accepted, "accept time goes back at {}, by {:?}", raw.first, self.accepted.since(frame.accepted));
            (self.end, self.accepted) = (frame.last(), frame.accepted);
            self.frames.push(raw);
            self.apply(frame)?;
        }
        for (sequence, event) in std::mem::take(&mut self.owed) {
            let there = self.events.get(&sequence).is_some_and(|recorded| recorded.event == event);
            ensure!(there, "the emission {} is not at {sequence}, behind its settlement", event.id());
        }
        Ok(())
    }

    /// The whole log as the next process finds it: what was acknowledged, and perhaps some of what was not.
    pub(crate) fn reopened(&mut self, mut found: Vec<RawFrame>) -> Check {
        let lost = self.frames.iter().zip(&found).position(|(was, is)| was != is).unwrap_or(found.len().min(self.frames.len()));
        ensure!(lost == self.frames.len(), "of {} frames that were acknowledged, the one at {} is lost", self.frames.len(), self.frames[lost].first);
        self.take(found.split_off(lost))
    }

    fn apply(&mut self, frame: Frame) -> Check {
        let (first, accepted) = (frame.first, frame.accepted);
        if let FrameBody::Settle(settle) = &frame.body {
            self.settle(first, settle)?;
        }
        if let FrameBody::Control(control) = frame.body {
            return self.control(first, control);
        }
        frame.into_events().into_iter().try_for_each(|recorded| self.record(recorded, accepted))
    }

    fn record(&mut self, recorded: Recorded, accepted: Timestamp) -> Check {
        let Recorded { sequence, event, .. } = &recorded;
        let name = (event.source().to_owned(), event.id().to_owned());
        if let Some((earlier, at)) = self.names.insert(name, (*sequence, accepted)) {
            let emitted = event.source().starts_with("/plugins/");
            let doubled = emitted || accepted.since(at) < self.window;
            ensure!(!doubled, "the event {} of {} is in the log at {earlier} and at {sequence}", event.id(), event.source());
        }
        self.subscriptions.values_mut().for_each(|subscription| subscription.offer(&recorded));
        self.events.insert(*sequence, Arc::new(recorded));
        Ok(())
    }

    fn settle(&mut self, first: Sequence, settle: &Settle) -> Check {
        let (number, token) = (settle.subscription, settle.token);
        let subscription = self.subscriptions.get_mut(&number);
        ensure!(subscription.is_some(), "the settlement at {first} is of a subscription that nobody knows");
        let subscription = subscription.expect("just looked at");
        ensure!(self.tokens.insert(token), "the run {token:x} of {}:{} is settled twice", subscription.id, settle.sequence);
        subscription.settle(settle)?;
        let submitted = self.submitted.get(&token);
        ensure!(submitted.is_some(), "nobody asked for the settlement at {first}");
        let Submitted { settle: asked, state } = submitted.expect("just looked at");
        self.owed.extend((1..).map(|i| first.plus(i)).zip(asked.emissions.iter().cloned()));
        // A count that was lost goes on from the parent's, and never runs ahead.
        let emitted = self.events.values().filter(|event| event.lineage.is_some() && event.root() == settle.root).count() as u64;
        let parent = self.events.get(&settle.sequence).and_then(|parent| parent.lineage).map_or(0, |lineage| lineage.nth);
        let counted = settle.emissions.is_empty() || (parent..=emitted).contains(&settle.nth);
        ensure!(counted, "the settlement at {first} says {} emissions before it; its tree has {emitted}, its parent is the {parent}th", settle.nth);
        let bare = |settle: &Settle| Settle { emissions: Vec::new(), nth: 0, ..settle.clone() };
        let same = bare(asked) == bare(settle);
        ensure!(same, "the settlement at {first} is another one than was asked for");

        let plugin = &subscription.id.plugin;
        let kept = self.states.entry(plugin.clone()).or_default();
        if let Some((ops, seen)) = state {
            let mut alone = Transaction::default();
            ops.iter().try_for_each(|op| alone.step(kept, op)).map_err(|error| Broken(error.to_string()))?;
            ensure!(alone.seen == *seen, "the run that ended at {first} saw {seen:?}, and alone it would have seen {:?}", alone.seen);
            if settle.end == End::Settled {
                let writes = alone.into_changes().writes;
                ensure!(
                    writes == settle.writes,
                    "the run that ended at {first} wrote {:?}, and alone it would have written {writes:?}",
                    settle.writes
                );
                let counters = ops.iter().filter_map(|op| if let Op::Add(key) = op { Some((plugin.clone(), key.clone())) } else { None });
                counters.for_each(|counter| *self.added.entry(counter).or_default() += 1);
            }
        }
        kept.write(first, settle.writes.clone());
        Ok(())
    }

    fn control(&mut self, at: Sequence, control: Control) -> Check {
        match control {
            Control::EpochBegun { number, id, filters, ordering, place } => {
                if let Some(known) = self.subscriptions.get_mut(&number) {
                    ensure!(known.id == id, "the number of {} is given to {id} at {at}", known.id);
                    known.epochs.push(Epoch { begins: at, filters, ordering });
                } else {
                    let mut new = Subscription::new(id, Epoch { begins: place.unwrap_or(at), filters, ordering });
                    self.events.values().for_each(|recorded| new.offer(recorded));
                    self.subscriptions.insert(number, new);
                }
            }
            Control::PassedOver { number, place } => self.subscription(number)?.pass_over(place),
            Control::Switched { plugin, version } => drop(self.versions.insert(plugin, version)),
            Control::Redriven { number, sequence, round } => self.subscription(number)?.reopen(sequence, round)?,
            Control::Dropped { number, sequence } => self.subscription(number)?.give_up(sequence)?,
            Control::Parked { number, lane, sequences } => self.subscription(number)?.park(&lane, &sequences)?,
            Control::Released { number, lane } => self.subscription(number)?.release(&lane),
            _ => return Err(Broken(format!("the model does not know the change at {at}"))),
        }
        Ok(())
    }

    fn subscription(&mut self, number: SubscriptionNumber) -> Check<&mut Subscription> {
        self.subscriptions.get_mut(&number).ok_or_else(|| Broken(format!("nobody knows the subscription {}", number.0)))
    }

    /// Where the last event of a name is, if it is in the log.
    pub(crate) fn place_of(&self, event: &Event) -> Option<&Recorded> {
        let (sequence, _) = self.names.get(&(event.source().to_owned(), event.id().to_owned()))?;
        self.events.get(sequence).map(|recorded| &**recorded)
    }

    /// How many settlements are in the log.
    pub(crate) fn settled(&self) -> u64 {
        self.tokens.len() as u64
    }

    /// Deliveries that stand so.
    pub(crate) fn standing(&self, so: impl Fn(&Standing) -> bool) -> Vec<(SubscriptionNumber, Sequence)> {
        let mut found = Vec::new();
        for (number, subscription) in &self.subscriptions {
            let there = subscription.stands.iter().filter(|(_, stand)| so(&stand.standing));
            found.extend(there.map(|(sequence, _)| (*number, *sequence)));
        }
        found
    }

    /// Nothing moves: what is parked waits behind a dead letter.
    pub(crate) fn is_held(&self) -> Check {
        for subscription in self.subscriptions.values() {
            let is_dead = |sequence: &Sequence| subscription.stands.get(sequence).is_some_and(|stand| stand.standing == Standing::Dead);
            for (lane, parked) in subscription.lanes() {
                let held = parked.count == 0 || parked.behind.iter().any(is_dead);
                ensure!(
                    held,
                    "nothing moves any more, and in the lane {lane} of {} are parked {}, behind {:?}",
                    subscription.id,
                    parked.count,
                    parked.behind
                );
            }
        }
        Ok(())
    }

    /// Nothing moves any more: all is over, and what was counted is what completed.
    pub(crate) fn is_over(&self) -> Check {
        for subscription in self.subscriptions.values() {
            let open = subscription.stands.iter().find(|(_, stand)| stand.is_due());
            ensure!(open.is_none(), "nothing moves any more, and {}:{} is {:?}", subscription.id, open.expect("there").0, open.expect("there").1);
        }
        for ((plugin, key), added) in &self.added {
            let kept = self.states.get(plugin).and_then(|kept| kept.0.get(key));
            let kept = kept.map(|(_, value)| value.as_slice());
            ensure!(kept == Some(&added.to_be_bytes()), "the counter {key} of {plugin} is {kept:?}, and {added} runs added one");
        }
        Ok(())
    }
}
