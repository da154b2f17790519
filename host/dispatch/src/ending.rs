//! The end of a run: decided, written, and what follows from it.

use crate::attempt::{Action, Token};
use crate::decide::Ended;
use crate::dispatcher::{Dispatcher, Timer};
use crate::emission::Origin;
use crate::flight::Flight;
use crate::quarantine::Turn;
use crate::turns::OVERTAKEN_COUNTS;
use oyez_engine::{SettleError, StateTerms};
use oyez_model::{End, OnDead, Outcome, Settle, StateReads, StateWrite, Timestamp, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a run waits that found no room in the host.
const SHORTAGE_WAIT: Duration = Duration::from_millis(10);

impl Dispatcher {
    /// A handler's run is over.
    pub fn ended(&mut self, token: Token, outcome: Outcome, now: Timestamp) {
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let (number, sequence) = (flight.number, flight.recorded.sequence);
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        self.touched.insert(number);
        let (verdict, writes) = match outcome {
            Outcome::Settled { verdict, cost, state, log } => {
                (flight.cost, flight.reads, flight.log) = (cost, state.reads, log);
                (verdict, state.writes)
            }
            Outcome::Overtaken { outside } => {
                subscriber.settling(sequence);
                if outside {
                    flight.reads = StateReads::default();
                    let reason = "what it read of the state was overtaken, and it had called somebody outside".to_owned();
                    return self.settle(token, Verdict::Retry { reason, after: Some(Duration::ZERO) }, Vec::new(), now);
                }
                return self.overtaken(token, now);
            }
            Outcome::NotRun(shortage) => {
                tracing::debug!(subscription = %subscriber.id, %shortage, "an attempt waits for room");
                let due = now.after(SHORTAGE_WAIT);
                subscriber.not_run(sequence, due);
                self.timers.push(Reverse((due, Timer::Delivery(number, sequence))));
                self.end_flight(token);
                return self.forget_if_still(number);
            }
        };
        subscriber.settling(sequence);
        self.settle(token, verdict, writes, now);
    }

    /// Decides what becomes of a run, and has it written.
    fn settle(&mut self, token: Token, verdict: Verdict, writes: Vec<StateWrite>, now: Timestamp) {
        let jitter = self.random.f64();
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let sequence = flight.recorded.sequence;
        let Some(subscriber) = self.subscribers.get(&flight.number) else { return };
        let Some(open) = subscriber.open(sequence) else { return };
        let (round, attempt) = (open.round, open.attempts + 1);
        let run = 0;
        let none = BTreeSet::new();
        let sources = subscriber.runner.as_ref().map_or(&none, |runner| &*runner.sources);
        let origin = Origin { subscription: &subscriber.id, parent: &flight.recorded, run, limits: &subscriber.limits, sources };
        let decision = Ended { origin, retry: &subscriber.spec.retry, attempt, now, jitter }.decide(verdict);
        flight.end = decision.end;
        flight.failure = decision.failure();
        flight.parks = open.lane.clone().filter(|_| decision.end == End::Dead && subscriber.spec.on_dead == OnDead::Park);
        let settle = Settle {
            subscription: flight.number,
            sequence,
            run,
            round,
            attempt,
            token: token.0,
            version: flight.version,
            settlement: decision.settlement,
            end: decision.end,
            reason: decision.reason,
            cost: flight.cost,
            root: flight.recorded.root(),
            depth: flight.recorded.depth_below(),
            // Those of a rebuild were there already, unless somebody wants them again.
            emissions: if subscriber.rebuild.is_none_or(|rebuild| rebuild.emit) { decision.emissions } else { Vec::new() },
            parks: flight.parks.clone(),
            nth: 0,
            log: if decision.end == End::Settled { String::new() } else { std::mem::take(&mut flight.log) },
            // Only what completed is written; what it says of itself is in the verdict, and what became of that in the end.
            writes: if decision.end == End::Settled { writes } else { Vec::new() },
        };
        let state = StateTerms { reads: flight.reads.clone(), bytes_max: subscriber.limits.state_bytes };
        self.actions.push(Action::Settle { token, settle: Box::new(settle), state, recorded: Arc::clone(&flight.recorded) });
    }

    /// What a run read was overtaken: it is void, whatever it came to, and runs again at once.
    fn overtaken(&mut self, token: Token, now: Timestamp) {
        self.overtaken += 1;
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let (number, sequence) = (flight.number, flight.recorded.sequence);
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        if subscriber.open(sequence).is_some_and(|open| open.overtaken + 1 >= OVERTAKEN_COUNTS) {
            flight.reads = StateReads::default();
            let reason = format!("what it read of the state was overtaken {OVERTAKEN_COUNTS} times");
            return self.settle(token, Verdict::Retry { reason, after: None }, Vec::new(), now);
        }
        // One that is gone runs no more, and one that keeps no state any more takes no turn: all others would wait for it.
        if subscriber.overtaken(sequence) && subscriber.runner.as_ref().is_some_and(|runner| runner.state) {
            self.turns.want(&subscriber.id.plugin, (number, sequence));
        }
        self.end_flight(token);
        self.touched.insert(number);
        self.forget_if_still(number);
    }

    /// A run is over for good: whoever waits for its end may begin.
    fn end_flight(&mut self, token: Token) -> Option<Flight> {
        let flight = self.flights.remove(&token)?;
        if let Some(subscriber) = self.subscribers.get(&flight.number) {
            let (plugin, who) = (&subscriber.id.plugin, (flight.number, flight.recorded.sequence));
            self.breakers.void(plugin, who);
            if flight.turns {
                self.touched.extend(self.turns.end(plugin, who));
            }
        }
        Some(flight)
    }

    /// A run counts: its plugin may be held back for it, or go on.
    fn judge(&mut self, token: Token, now: Timestamp) {
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let Some(plugin) = self.subscribers.get(&flight.number).map(|subscriber| subscriber.id.plugin.clone()) else { return };
        match self.breakers.ended(&plugin, (flight.number, flight.recorded.sequence), flight.failure.take(), now) {
            Turn::Same => {}
            Turn::Held(until) => {
                tracing::warn!(%plugin, until = until.to_rfc3339(), "it failed again and again: it is held back, and tried with one delivery then");
                self.timers.push(Reverse((until, Timer::Probe(plugin))));
            }
            Turn::Freed => {
                tracing::info!(%plugin, "a delivery completed: it is held back no longer");
                self.touch(&plugin);
            }
        }
    }

    /// A settlement is durable, or was refused.
    pub fn settled(&mut self, token: Token, result: Result<(), SettleError>, now: Timestamp) {
        let Some((number, sequence, end)) = self.flights.get(&token).map(|flight| (flight.number, flight.recorded.sequence, flight.end)) else {
            return;
        };
        match &result {
            Err(SettleError::Overtaken) => return self.overtaken(token, now),
            Err(SettleError::State(limit)) => return self.settle(token, Verdict::OverLimit(limit.to_string()), Vec::new(), now),
            Ok(()) => self.judge(token, now),
            Err(_) => {}
        }
        let parks = self.end_flight(token).and_then(|flight| flight.parks);
        let room = self.room();
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        self.touched.insert(number);
        match (result, end) {
            (Ok(()), End::Waiting { due }) => {
                subscriber.wait(sequence, due);
                self.timers.push(Reverse((due, Timer::Delivery(number, sequence))));
            }
            (Ok(()), End::Settled | End::Dead) => match parks {
                Some(lane) => subscriber.park_behind(sequence, &lane),
                // A dead letter too that holds nothing back any more.
                None => {
                    subscriber.parking.gone(sequence);
                    subscriber.leave(sequence);
                }
            },
            (Err(SettleError::AlreadySettled), _) => {
                tracing::warn!(subscription = %subscriber.id, %sequence, "somebody else settled this delivery first; the result is dropped");
                subscriber.leave(sequence);
            }
            // Whether it is in the log is known after a restart, which takes up what is not.
            (Err(error), _) => {
                tracing::error!(%error, "a settlement could not be written; nothing more is delivered");
                subscriber.leave_unsettled();
                self.halted = true;
            }
        }
        // It came to an end, and the host did not.
        subscriber.suspects.remove(&sequence);
        self.read_wanted |= subscriber.wants_back(room);
        self.forget_if_still(number);
    }
}
