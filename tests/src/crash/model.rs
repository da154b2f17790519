//! What the log must be: each event of it is held against all that came before, as it is read.

use super::folder::{COUNTS, PICKY, PLUGINS};
use super::load::Receipt;
use super::operator::Facts;
use crate::Result;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// A promise that was broken.
#[derive(Debug)]
pub enum Fault {
    /// Something that was accepted, or emitted, is not there.
    Lost(String),
    /// Something is there twice, or took effect twice.
    Doubled(String),
    /// A counter does not say what it should.
    Miscounted(String),
    /// Emissions of a key stand in another order than their causes.
    Disordered(String),
    /// A delivery is dead that should live.
    Dead(String),
    /// An answer contradicts another one.
    Lied(String),
    /// The host says so itself.
    Broken(String),
}

impl std::error::Error for Fault {}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, what) = match self {
            Self::Lost(what) => ("lost", what),
            Self::Doubled(what) => ("doubled", what),
            Self::Miscounted(what) => ("miscounted", what),
            Self::Disordered(what) => ("out of order", what),
            Self::Dead(what) => ("dead", what),
            Self::Lied(what) => ("a wrong answer", what),
            Self::Broken(what) => ("the host is broken", what),
        };
        write!(f, "{kind}: {what}")
    }
}

/// An event that is in the log.
#[derive(Debug)]
struct Known {
    sequence: u64,
    /// The plugin that takes it.
    taker: Option<usize>,
    key: String,
}

/// What was read of the log so far.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// The last sequence that was read.
    last: u64,
    events: HashMap<String, Known>,
    /// What was emitted, by plugin and cause.
    emitted: HashSet<(usize, String)>,
    /// The last cause in each plugin's keys.
    order: HashMap<(usize, String), u64>,
    counters: HashMap<String, u64>,
    /// How many events each plugin takes, and how many of them it has emitted for.
    totals: [(u64, u64); PLUGINS.len()],
}

impl Model {
    /// Where to read on.
    pub(super) fn next(&self) -> u64 {
        self.last + 1
    }

    /// What handlers emitted.
    pub(super) fn emissions(&self) -> u64 {
        self.totals.iter().map(|(_, emitted)| emitted).sum()
    }

    /// Takes the next event of the log.
    ///
    /// # Errors
    /// It should not be there.
    pub(super) fn take(&mut self, item: &Value, facts: &Facts) -> Result<(), Fault> {
        let (sequence, event) = (item["sequence"].as_u64().unwrap_or_default(), &item["event"]);
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        if sequence <= self.last {
            return Err(Fault::Doubled(format!("sequence {sequence} comes after {}", self.last)));
        }
        self.last = sequence;
        if let Some(plugin) = text("source").strip_prefix("/plugins/") {
            let plugin = PLUGINS.iter().position(|p| p.name == plugin).ok_or_else(|| Fault::Doubled(format!("an emission of `{plugin}`")))?;
            self.emission(plugin, &text("causationid"), &event["data"], facts)?;
        }
        let taker = PLUGINS.iter().position(|plugin| plugin.takes(event));
        if let Some(taker) = taker {
            self.totals[taker].0 += 1;
        }
        let known = Known { sequence, taker, key: text("subject") };
        match self.events.insert(text("id"), known) {
            Some(before) => Err(Fault::Doubled(format!("`{}` is in the log at {} and at {sequence}", text("id"), before.sequence))),
            None => Ok(()),
        }
    }

    fn emission(&mut self, plugin: usize, cause: &str, data: &Value, facts: &Facts) -> Result<(), Fault> {
        let name = PLUGINS[plugin].name;
        let Some(known) = self.events.get(cause) else {
            return Err(Fault::Lost(format!("`{cause}`, which an emission of {name} goes back to")));
        };
        if known.taker != Some(plugin) {
            return Err(Fault::Doubled(format!("{name} emitted for `{cause}`, which is not for it")));
        }
        if !self.emitted.insert((plugin, cause.to_owned())) {
            return Err(Fault::Doubled(format!("{name} emitted twice for `{cause}`")));
        }
        self.totals[plugin].1 += 1;
        if !facts.passed.contains(&known.sequence) {
            let before = self.order.insert((plugin, known.key.clone()), known.sequence);
            if let Some(before) = before.filter(|before| *before > known.sequence) {
                let (key, sequence) = (&known.key, known.sequence);
                return Err(Fault::Disordered(format!("in the key `{key}` of {name}, what {sequence} led to comes after what {before} led to")));
            }
        }
        if plugin == COUNTS {
            let said = data["counter"].as_str().unwrap_or_default();
            let count = self.counters.entry(said.to_owned()).or_default();
            *count += 1;
            if data["count"] != *count {
                return Err(Fault::Miscounted(format!("for `{cause}` the counter `{said}` says {}, and should say {count}", data["count"])));
            }
        }
        Ok(())
    }

    /// Whether what a producer was told is so.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn holds(&self, (id, sequence): &Receipt) -> Result<(), Fault> {
        match self.events.get(id) {
            None => Err(Fault::Lost(format!("`{id}` was accepted as {sequence}, and is not in the log"))),
            Some(known) if known.sequence != *sequence => {
                Err(Fault::Lied(format!("`{id}` was accepted as {sequence}, and stands at {}", known.sequence)))
            }
            Some(_) => Ok(()),
        }
    }

    /// Whether a host at rest has done what it should: each delivery settled once, dead or parked, and none of them given up that should
    /// not be.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn is_done(&self, subscriptions: &HashMap<String, Value>) -> Result<(), Fault> {
        for (plugin, (taken, emitted)) in PLUGINS.iter().zip(self.totals) {
            let Some(subscription) = subscriptions.get(plugin.subscription) else {
                return Err(Fault::Lost(format!("the subscription {}", plugin.subscription)));
            };
            if subscription["attached"] == false {
                continue;
            }
            let count = |state: &str| subscription["counts"][state].as_u64().unwrap_or_default();
            let (settled, held) = (count("settled"), count("dead") + count("parked"));
            let told = format!("{} has settled {settled} and holds {held} of {taken} events, and emitted for {emitted}", plugin.subscription);
            if settled + held > taken || emitted > settled {
                return Err(Fault::Doubled(told));
            }
            if settled + held < taken {
                return Err(Fault::Lost(told));
            }
            if plugin.name != PLUGINS[PICKY].name {
                let attempts = subscription["attempts"].as_u64().unwrap_or_default();
                if held > 0 || emitted < settled {
                    return Err(Fault::Lost(told));
                }
                // More are those that a kill interrupted: they count.
                if attempts < settled * plugin.attempts {
                    return Err(Fault::Doubled(format!("{told}, by {attempts} attempts in place of {} each", plugin.attempts)));
                }
            }
        }
        Ok(())
    }

    /// Whether the dead letters are such as may be: of the picky one, and one in a key that was not let go past it.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn may_be_dead(letters: &[Value], facts: &Facts) -> Result<(), Fault> {
        let mut keys = HashSet::new();
        for letter in letters {
            let (id, event) = (letter["event"]["id"].to_string(), &letter["event"]);
            if letter["subscription"] != PLUGINS[PICKY].subscription || event["data"]["bad"] != true {
                return Err(Fault::Dead(format!("{id} of {}: {}", letter["subscription"], letter["reason"])));
            }
            let passed = letter["sequence"].as_u64().is_some_and(|sequence| facts.passed.contains(&sequence));
            if !passed && !keys.insert(event["subject"].to_string()) {
                return Err(Fault::Disordered(format!("{id} died behind another dead letter of its key, which should have parked it")));
            }
        }
        Ok(())
    }

    /// Whether the picky one, mended, with nothing dead or parked any more, has emitted for all but what was dropped.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn is_picked(&self, facts: &Facts) -> Result<(), Fault> {
        for id in self.events.iter().filter(|(_, known)| known.taker == Some(PICKY)).map(|(id, _)| id) {
            let emitted = self.emitted.contains(&(PICKY, id.clone()));
            if !emitted && !facts.asked_to_drop.contains(id) {
                return Err(Fault::Lost(format!("picky never emitted for `{id}`, and nobody dropped it")));
            }
            if emitted && facts.dropped.contains(id) {
                return Err(Fault::Doubled(format!("picky emitted for `{id}`, which was dropped")));
            }
        }
        Ok(())
    }

    /// Some events of producers, by their sequences, as a sample.
    pub(super) fn sample(&self, n: usize, random: &mut fastrand::Rng) -> Vec<u64> {
        let mut roots: Vec<u64> = self.events.values().filter(|known| known.taker.is_some()).map(|known| known.sequence).collect();
        roots.sort_unstable();
        (0..n.min(roots.len())).map(|_| roots[random.usize(..roots.len())]).collect()
    }

    /// Whether a trace shows each delivery settled by one attempt that completed, and its attempts counted without a gap.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn is_settled_once(&self, trace: &Value, facts: &Facts) -> Result<(), Fault> {
        for delivery in trace["deliveries"].as_array().into_iter().flatten() {
            let attempts = delivery["attempts"].as_array().map(Vec::as_slice).unwrap_or_default();
            let completed = attempts.iter().filter(|attempt| attempt["settlement"] == "completed").count();
            let numbers: Vec<_> = attempts.iter().map(|attempt| (attempt["round"].as_u64(), attempt["attempt"].as_u64())).collect();
            let dropped = trace["event"]["id"].as_str().is_some_and(|id| facts.asked_to_drop.contains(id));
            let in_order = numbers.windows(2).all(|pair| pair[0] < pair[1]);
            if delivery["state"] != "settled" || !in_order || !(completed == 1 || completed == 0 && dropped) {
                let told = format!("the delivery of {} to {} is {}, by {numbers:?}", trace["sequence"], delivery["subscription"], delivery["state"]);
                return Err(Fault::Doubled(format!("{told}, {completed} of which completed")));
            }
            delivery["emissions"].as_array().into_iter().flatten().try_for_each(|emission| self.is_settled_once(emission, facts))?;
        }
        Ok(())
    }

    /// Whether another reading of the same log, from its beginning, saw the same.
    ///
    /// # Errors
    /// It did not.
    pub(super) fn agrees(&self, other: &Self) -> Result<(), Fault> {
        if let Some(id) = self.events.keys().find(|id| !other.events.contains_key(*id)) {
            return Err(Fault::Lost(format!("`{id}` was read from the log once, and is not in it any more")));
        }
        let same = (self.last, self.totals) == (other.last, other.totals);
        if same { Ok(()) } else { Err(Fault::Lied(format!("the log is read as {:?} and as {:?}", self.totals, other.totals))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(sequence: u64, id: &str, source: &str, ty: &str, cause: &str, data: &Value) -> Value {
        json!({ "sequence": sequence, "event": { "id": id, "source": source, "type": ty, "subject": "s", "causationid": cause, "data": data } })
    }

    /// A model that has read two events for the counters, and what they led to.
    fn counted() -> Model {
        let mut model = Model::default();
        for item in [
            item(1, "a", "/tests", "crash.count.v1", "", &json!({})),
            item(2, "b", "/tests", "crash.count.v1", "", &json!({})),
            item(4, "x", "/plugins/counts", "test.echoed.v1", "a", &json!({ "counter": "c", "count": 1 })),
        ] {
            model.take(&item, &Facts::default()).unwrap();
        }
        model
    }

    #[test]
    fn what_is_doubled_lost_miscounted_or_out_of_order_is_told() {
        let counts = |cause: &str, count: u64| item(6, "y", "/plugins/counts", "test.echoed.v1", cause, &json!({ "counter": "c", "count": count }));
        let take = |item: &Value| counted().take(item, &Facts::default());
        assert!(take(&counts("b", 2)).is_ok());
        assert!(matches!(take(&counts("b", 1)), Err(Fault::Miscounted(_))));
        assert!(matches!(take(&counts("a", 2)), Err(Fault::Doubled(_))));
        assert!(matches!(take(&counts("c", 2)), Err(Fault::Lost(_))));
        assert!(matches!(take(&item(6, "a", "/tests", "crash.count.v1", "", &json!({}))), Err(Fault::Doubled(_))));
        assert!(matches!(counted().holds(&("c".to_owned(), 3)), Err(Fault::Lost(_))));
        assert!(matches!(counted().holds(&("b".to_owned(), 3)), Err(Fault::Lied(_))));
        assert!(counted().holds(&("b".to_owned(), 2)).is_ok());

        let mut later_first = Model::default();
        let events = ["a", "b"].into_iter().zip(1..).map(|(id, sequence)| item(sequence, id, "/tests", "crash.pick.v1", "", &json!({})));
        events.for_each(|event| later_first.take(&event, &Facts::default()).unwrap());
        let picked = |sequence: u64, cause: &str| item(sequence, &format!("of-{cause}"), "/plugins/picky", "test.echoed.v1", cause, &json!({}));
        later_first.take(&picked(4, "b"), &Facts::default()).unwrap();
        assert!(matches!(later_first.take(&picked(6, "a"), &Facts::default()), Err(Fault::Disordered(_))));
    }
}
