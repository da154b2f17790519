//! How a subscription is taken up, as the runtime does it: held, its epoch written, its rows read, handed to the dispatcher.

use crate::broken::{Broken, Check};
use crate::handler::Nobody;
use crate::life::{Answer, Input, Task};
use crate::mutant::Mutant;
use crate::world::World;
use oyez_dispatch::{Attachment, Reopened, Runner};
use oyez_engine::{Matches, Progress, Request, RowState};
use oyez_model::{OnReturn, Recorded, Sequence, Start, SubscriptionNumber, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) fn reopened(recorded: Recorded, round: u32, attempts: u32, due: Option<Timestamp>) -> Reopened {
    Reopened { recorded: Arc::new(recorded), round, attempts, due }
}

impl World {
    /// A member is to run from here on, with what it wants now.
    pub(crate) fn take_up(&mut self, member: usize) {
        self.cast.members[member].busy = true;
        match self.life.engine.number(&self.cast.members[member].id) {
            Some(number) => self.life.inputs.push_back(Input::Hold(number, member)),
            None => self.life.tasks.push(Task::Subscribe(member)),
        }
    }

    pub(crate) fn subscribe(&mut self, index: usize) {
        let member = &self.cast.members[index];
        let known = self.life.engine.number(&member.id).is_some();
        let place = match member.spec.start {
            _ if known => None,
            Start::Beginning => Some(Sequence(0)),
            Start::At(sequence) => Some(sequence.previous()),
            _ => None,
        };
        let reply = self.life.reply(move |result| Answer::Subscribed(index, known, result));
        let (id, filters, ordering) = (member.id.clone(), member.spec.filters.clone(), member.spec.ordering);
        self.life.inbox.push_back(Request::Subscribe { id, filters, ordering, place, reply });
    }

    /// It has its number, and perhaps a new epoch.
    pub(crate) fn subscribed(&mut self, index: usize, known: bool, number: SubscriptionNumber) {
        let member = &mut self.cast.members[index];
        let returns = std::mem::take(&mut member.gone) && known;
        if returns && member.spec.on_return == OnReturn::New {
            let reply = self.life.reply(move |result: Result<Sequence, _>| Answer::PassedOver(index, number, result.map(drop)));
            self.life.inbox.push_back(Request::PassOver { number, reply });
        } else {
            self.life.tasks.push(Task::Rows(index, number));
        }
    }

    pub(crate) fn read_rows(&mut self, index: usize, number: SubscriptionNumber) -> Check {
        let engine = &self.life.engine;
        let matches = Matches { number: Some(number), ..Matches::default() };
        let rows = engine
            .rows(&matches, |state| !matches!(state, RowState::Dead | RowState::Parked), usize::MAX)
            .map_err(|error| Broken(error.to_string()))?;
        let mut open = Vec::with_capacity(rows.len());
        for (_, sequence, row) in rows {
            let recorded = row.recorded.or_else(|| engine.event(sequence)).ok_or_else(|| Broken(format!("the event at {sequence} is gone")))?;
            let due = if let RowState::Waiting { due } = row.state { Some(due) } else { None };
            open.push(reopened(recorded, row.round, row.attempts, due));
        }
        let mut progress = engine.progress(number).ok_or_else(|| Broken(format!("the subscription {} is gone", number.0)))?;
        if self.mutant == Some(Mutant::EpochFromTheWrongSequence) {
            last_epoch_for_all(&mut progress);
        }
        let member = &self.cast.members[index];
        let plugin = &self.cast.plugins[member.plugin];
        let runner =
            Runner { handler: Arc::new(Nobody), version: Some(self.cast.version(member.plugin)), state: plugin.state, sources: Arc::default() };
        let attachment = Attachment {
            progress,
            open,
            spec: member.spec.clone(),
            limits: plugin.limits,
            runner,
            paused: false,
            rebuild: None,
            suspects: BTreeSet::new(),
        };
        self.life.tasks.push(Task::Attach(Box::new(attachment), index));
        Ok(())
    }

    /// It runs: its plugin's version is noted.
    pub(crate) fn attached(&mut self, index: usize) {
        let member = &mut self.cast.members[index];
        member.busy = false;
        let plugin = member.plugin;
        let version = self.cast.version(plugin);
        let reply = self.life.reply(|_| Answer::Noted);
        self.life.inbox.push_back(Request::Switch { plugin: self.cast.plugins[plugin].name.clone(), version, reply });
    }

    /// A dead letter has a new round.
    pub(crate) fn tell_redriven(&mut self, number: SubscriptionNumber, sequence: Sequence) {
        let engine = &self.life.engine;
        // Who was taken up meanwhile found the round among its rows, and may have ended it.
        if let Some(row) = engine.row(number, sequence).filter(|row| row.state == RowState::Redriven)
            && let Some(recorded) = row.recorded.or_else(|| engine.event(sequence))
        {
            self.life.inputs.push_back(Input::Redriven(number, reopened(recorded, row.round, row.attempts, None)));
        }
    }
}

fn last_epoch_for_all(progress: &mut Progress) {
    progress.epochs.drain(..progress.epochs.len() - 1);
    progress.epochs[0].begins = Sequence(0);
}
