//! The driver, as the runtime's: tells the dispatcher what happened, and does what it says.

use crate::broken::{Broken, Check};
use crate::handler::{Run, Weather};
use crate::ledger::Submitted;
use crate::life::{Answer, Input, Task};
use crate::mutant::Mutant;
use crate::order::Begins;
use crate::world::World;
use oyez_dispatch::{Action, Token};
use oyez_engine::{Request, SettleError, StateTerms};
use oyez_model::{Delivery, Outcome, PluginName, Recorded, Sequence, Settle};
use std::sync::Arc;

impl World {
    /// Tells the dispatcher of some of what happened.
    pub(crate) fn hear(&mut self) -> Check {
        let heard = self.random.usize(1..4).min(self.life.inputs.len());
        for _ in 0..heard {
            let Some(input) = self.life.inputs.pop_front() else { break };
            self.take(input);
        }
        self.act()
    }

    fn take(&mut self, input: Input) {
        self.tell(|| format!("    the dispatcher hears {}", brief(&input)));
        if let Input::Ended(token, _) | Input::Settled(token, _) = &input {
            self.note_policy(*token);
        }
        let (now, mutant, life, flights) = (self.now, self.mutant, &mut self.life, &mut self.ledger.flights);
        match input {
            Input::Hold(number, member) => {
                life.dispatcher.hold(number);
                life.tasks.push(Task::Subscribe(member));
            }
            Input::Attach(mut attachment, member) => {
                attachment.progress.parked = life.lanes(attachment.progress.number, mutant);
                self.cast.members[member].on_dead = attachment.spec.on_dead;
                life.dispatcher.attach(*attachment, now);
                self.attached(member);
            }
            Input::Detach(number) => life.dispatcher.detach(number),
            Input::Redriven(number, reopened) => life.dispatcher.redriven(number, reopened),
            Input::Ended(token, outcome) => {
                flights.ended(token.0);
                if !matches!(outcome, Outcome::Settled { .. }) {
                    flights.over(token.0);
                }
                life.dispatcher.ended(token, outcome, now);
            }
            Input::Settled(token, result) => {
                if !matches!(result, Err(SettleError::State(_))) {
                    flights.over(token.0);
                }
                life.dispatcher.settled(token, result, now);
            }
            Input::Parked(number, lane, sequences, result) => life.dispatcher.parked(number, &lane, &sequences, result),
            Input::Unparked(number, lane, rows, more) => life.dispatcher.unparked(number, &lane, rows, more),
            Input::Dropped(number, sequence) => life.dispatcher.dropped(number, sequence),
            Input::Released(number, lane) => life.dispatcher.released(number, &lane),
            Input::Read(from, events, next) => life.dispatcher.read(from, events, next),
        }
    }

    /// Tells the dispatcher how far the log is.
    pub(crate) fn grow(&mut self) -> Check {
        let synced = self.life.engine.synced();
        self.life.dispatcher.grown(synced);
        self.act()
    }

    /// Tells the engine what is behind.
    pub(crate) fn tell_places(&mut self) {
        for (number, place) in self.life.dispatcher.places() {
            let past = self.mutant == Some(Mutant::PlacePastAnUnsettledDelivery);
            self.life.engine.advance(number, if past { place.next() } else { place });
        }
    }

    /// Does what the dispatcher says.
    pub(crate) fn act(&mut self) -> Check {
        self.life.dispatcher.wake(self.now);
        for action in self.life.dispatcher.actions() {
            self.tell(|| format!("    it asks for {}", brief(&action)));
            match action {
                Action::Read { from } => self.life.tasks.push(Task::Read(from)),
                Action::Run { token, delivery, reads, .. } => self.start(token, delivery, reads)?,
                Action::Settle { token, settle, state, recorded } => self.settle(token, settle, state, recorded)?,
                Action::Park { number, lane, sequences } => self.park(number, lane, sequences),
                Action::Unpark { number, lane } => self.life.tasks.push(Task::Unpark(number, lane)),
            }
        }
        Ok(())
    }

    fn start(&mut self, token: Token, mut delivery: Delivery, reads: Option<PluginName>) -> Check {
        let member = self.cast.named(&delivery.subscription);
        let number = self.life.engine.number(&member.id).ok_or_else(|| Broken(format!("{} runs, and has no number", member.id)))?;
        let subscription = self.ledger.subscriptions.get(&number).ok_or_else(|| Broken(format!("nobody knows {}", member.id)))?;
        let (sequence, attempt, concurrency) = (delivery.recorded.sequence, delivery.attempt, member.spec.concurrency);
        let begins = Begins { token: token.0, number, sequence, attempt, concurrency, now: self.now, cut: self.cut };
        self.ledger.flights.begin(begins, subscription)?;
        delivery.state = reads.map(|plugin| self.life.engine.snapshot(plugin));
        let down = self.cast.plugins[member.plugin].down;
        let weather = Weather { down, calm: self.calm, quiet: self.ledger.events.len() > self.events_max, luck: self.luck };
        let run = Run::new(&mut self.random, token, delivery, weather);
        self.life.tasks.push(Task::Run(Box::new(run)));
        Ok(())
    }

    fn settle(&mut self, token: Token, settle: Box<Settle>, mut state: StateTerms, recorded: Arc<Recorded>) -> Check {
        self.check_policy(&settle)?;
        let looked = !state.reads.keys.is_empty() || !state.reads.listed.is_empty();
        let note = self.life.notes.get(&token).filter(|_| looked).cloned();
        self.ledger.submitted.insert(token.0, Submitted { settle: (*settle).clone(), state: note });
        if self.mutant == Some(Mutant::AbsentReadsNotValidated) {
            state.reads.keys.retain(|_, version| version.is_some());
        }
        let reply = self.life.reply(move |result: Result<_, SettleError>| Answer::Settled(token, result.map(drop)));
        self.life.inbox.push_back(Request::Settle { settle, state, recorded, reply });
        Ok(())
    }

    /// Lets one thing that goes on beside go on.
    pub(crate) fn work(&mut self) -> Check {
        if self.life.tasks.is_empty() {
            return Ok(());
        }
        let task = self.life.tasks.swap_remove(self.random.usize(..self.life.tasks.len()));
        self.tell(|| format!("    {}", brief(&task)));
        match task {
            Task::Read(from) => self.read(from)?,
            Task::Run(mut run) => match run.step() {
                Some((outcome, ops, seen)) => {
                    self.life.notes.insert(run.token, (ops, seen));
                    self.life.inputs.push_back(Input::Ended(run.token, outcome));
                }
                None => self.life.tasks.push(Task::Run(run)),
            },
            Task::Subscribe(member) => self.subscribe(member),
            Task::Rows(member, number) => self.read_rows(member, number)?,
            Task::Redriven(number, sequence) => self.tell_redriven(number, sequence),
            Task::Unpark(number, lane) => self.unpark(number, lane)?,
            Task::Unparked(number, lane, page, more) => self.life.inputs.push_back(Input::Unparked(number, lane, page, more)),
            Task::Dropped(number, sequence) => self.life.inputs.push_back(Input::Dropped(number, sequence)),
            Task::Attach(attachment, member) => self.life.inputs.push_back(Input::Attach(attachment, member)),
        }
        Ok(())
    }

    fn read(&mut self, from: Sequence) -> Check {
        let bytes = self.random.usize(1..2_000);
        let (events, next) = self.life.engine.read(from, bytes).map_err(|error| Broken(format!("the log cannot be read: {error}")))?;
        self.life.inputs.push_back(Input::Read(from, events, next));
        Ok(())
    }
}

/// The beginning of what something is, on one line.
fn brief(what: &dyn std::fmt::Debug) -> String {
    let mut text = format!("{what:?}");
    text.truncate(text.floor_char_boundary(240));
    text
}
