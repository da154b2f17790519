//! Lanes that are held back, as the runtime has it: parked, taken up again, released, given up.

use crate::broken::{Broken, Check, ensure};
use crate::life::{Answer, Task};
use crate::stand::Standing;
use crate::take_up::reopened;
use crate::world::World;
use oyez_dispatch::Token;
use oyez_engine::{ControlError, Request, RowState};
use oyez_model::{End, Lane, OnDead, Sequence, Settle, SubscriptionNumber};

impl World {
    pub(crate) fn park(&mut self, number: SubscriptionNumber, lane: Lane, sequences: Vec<Sequence>) {
        let (of, which) = (lane.clone(), sequences.clone());
        let reply = self.life.reply(move |result: Result<_, ControlError>| Answer::Parked(number, of, which, result.map(drop)));
        self.life.inbox.push_back(Request::Park { number, lane, sequences, reply });
    }

    /// Reads the first of what is parked in a lane: few at a time, so that there are pages.
    pub(crate) fn unpark(&mut self, number: SubscriptionNumber, lane: Lane) -> Check {
        let limit = self.random.usize(1..5);
        let rows = self.life.engine.parked(number, &lane, limit).map_err(|error| Broken(error.to_string()))?;
        let more = rows.len() == limit;
        self.ledger.flights.take_up(number, rows.iter().map(|(sequence, _)| *sequence));
        let mut page = Vec::with_capacity(rows.len());
        for (sequence, row) in rows {
            let recorded =
                row.recorded.or_else(|| self.life.engine.event(sequence)).ok_or_else(|| Broken(format!("the event at {sequence} is gone")))?;
            page.push(reopened(recorded, row.round, row.attempts, None));
        }
        self.life.tasks.push(Task::Unparked(number, lane, page, more));
        Ok(())
    }

    /// An operator opens a dead letter again.
    pub(crate) fn redrive(&mut self, number: SubscriptionNumber, sequence: Sequence) {
        let reply = self.life.reply(move |result: Result<_, _>| Answer::Redriven(number, sequence, result.map(drop)));
        self.life.inbox.push_back(Request::Redrive { number, sequence, reply });
    }

    /// An operator gives up what is dead, or parked.
    pub(crate) fn give_up(&mut self, number: SubscriptionNumber, sequence: Sequence) {
        let reply = self.life.reply(move |result: Result<_, _>| Answer::Dropped(number, sequence, result.map(drop)));
        self.life.inbox.push_back(Request::Drop { number, sequence, reply });
    }

    /// An operator lets the lane of a parked delivery go on.
    pub(crate) fn release(&mut self, number: SubscriptionNumber, sequence: Sequence) {
        let Some(lane) = self.life.engine.row(number, sequence).filter(|row| row.state == RowState::Parked).and_then(|row| row.lane) else { return };
        let of = lane.clone();
        let reply = self.life.reply(move |result: Result<_, _>| Answer::Released(number, of, result.map(drop)));
        self.life.inbox.push_back(Request::Release { number, lane, reply });
    }

    /// Nothing moves: operators see to it that something does. False: nothing is parked.
    pub(crate) fn lift(&mut self) -> Check<bool> {
        self.ledger.is_held()?;
        let parked = self.ledger.standing(|standing| matches!(standing, Standing::Parked(_)));
        if parked.is_empty() {
            return Ok(false);
        }
        let (number, sequence) = parked[self.random.usize(..parked.len())];
        let subscription = &self.ledger.subscriptions[&number];
        let lane = subscription.stands[&sequence].lane();
        let behind: Vec<_> = subscription.before.iter().filter(|(_, held)| Some(*held) == lane.as_ref()).map(|(dead, _)| *dead).collect();
        match self.random.u8(..8) {
            0 => self.give_up(number, sequence),
            1 => self.release(number, sequence),
            2 => behind.into_iter().for_each(|dead| self.give_up(number, dead)),
            _ => behind.into_iter().for_each(|dead| self.redrive(number, dead)),
        }
        Ok(true)
    }

    /// The end of a run is decided just now.
    pub(crate) fn note_policy(&mut self, token: Token) {
        let number = self.ledger.flights.of(token.0).map(|(number, _)| number);
        if let Some(subscription) = number.and_then(|number| self.ledger.subscriptions.get(&number)) {
            let on_dead = self.cast.named(&subscription.id.name).on_dead;
            self.life.policies.insert(token, on_dead);
        }
    }

    /// What dies holds its lane back if its subscription wants that, and else it does not.
    pub(crate) fn check_policy(&self, settle: &Settle) -> Check {
        let Some(subscription) = self.ledger.subscriptions.get(&settle.subscription) else { return Ok(()) };
        let (id, parks) = (&subscription.id, settle.parks.is_some());
        let wanted = self.life.policies.get(&Token(settle.token)) == Some(&OnDead::Park);
        // Which order puts it into its lane may have changed: so only what has one by each of them has to.
        let in_lane = || {
            let stand = subscription.stands.get(&settle.sequence);
            stand.is_some_and(|stand| subscription.epochs.iter().all(|epoch| stand.lane_by(epoch.ordering).is_some()))
        };
        let kept = if parks { wanted } else { !wanted || settle.end != End::Dead || !in_lane() };
        ensure!(kept, "{id}:{} ends as {:?} and parks {:?}, though its subscription wants otherwise", settle.sequence, settle.end, settle.parks);
        Ok(())
    }
}
