//! What befalls a world: operators, a device that fails, power cuts, restarts.

use crate::broken::{Broken, Check, ensure};
use crate::cast;
use crate::life::{Ending, Input, Life, StartError};
use crate::stand::Standing;
use crate::views;
use crate::world::World;
use oyez_model::port::RawFrame;
use oyez_model::{Sequence, SubscriptionNumber, Timestamp};
use std::sync::atomic::Ordering;
use std::time::Duration;

impl World {
    /// Something that an operator does.
    pub(crate) fn operate(&mut self) {
        let aside = self.ledger.standing(|standing| matches!(standing, Standing::Dead | Standing::Parked(_)));
        if !aside.is_empty() && self.random.bool() {
            let (number, sequence) = aside[self.random.usize(..aside.len())];
            return self.raise_or_bury(number, sequence);
        }
        let index = self.random.usize(..self.cast.members.len());
        if self.cast.members[index].busy {
            return;
        }
        match self.random.u8(..7) {
            0..=2 => self.come_or_go(index),
            3 | 4 => {
                let spec = &mut self.cast.members[index].spec;
                spec.filters = cast::filters(&mut self.random);
                spec.ordering = cast::ordering(&mut self.random);
                spec.on_dead = cast::on_dead(&mut self.random);
                self.change(index);
            }
            5 => {
                let plugin = self.cast.members[index].plugin;
                self.cast.rebuild(&mut self.random, plugin);
                self.change_all(plugin);
            }
            _ => {
                let plugin = &mut self.cast.plugins[self.cast.members[index].plugin];
                plugin.down = !plugin.down;
            }
        }
    }

    fn come_or_go(&mut self, index: usize) {
        let member = &mut self.cast.members[index];
        member.installed = !member.installed;
        if member.installed {
            return self.take_up(index);
        }
        if let Some(number) = self.life.engine.number(&member.id) {
            member.gone = true;
            self.life.inputs.push_back(Input::Detach(number));
        }
    }

    fn change(&mut self, index: usize) {
        if self.cast.members[index].installed {
            self.take_up(index);
        }
    }

    fn change_all(&mut self, plugin: usize) {
        for index in 0..self.cast.members.len() {
            let member = &self.cast.members[index];
            if member.plugin == plugin && !member.busy {
                self.change(index);
            }
        }
    }

    /// A dead letter is redriven, a lane released, or either given up.
    fn raise_or_bury(&mut self, number: SubscriptionNumber, sequence: Sequence) {
        let is_dead = self.ledger.subscriptions[&number].stands[&sequence].standing == Standing::Dead;
        match self.random.u8(..3) {
            0 => self.give_up(number, sequence),
            _ if is_dead => self.redrive(number, sequence),
            _ => self.release(number, sequence),
        }
    }

    /// The device is about to fail.
    pub(crate) fn arm(&mut self) {
        match self.random.u8(..6) {
            0 => self.durable.files.full_after(self.random.u64(..4_000)),
            1 => self.life.views.fails.store(true, Ordering::Relaxed),
            _ => self.durable.files.fail_after(self.random.u64(..6)),
        }
    }

    /// A checkpoint begins, or one that began is written.
    pub(crate) fn checkpoint(&mut self) -> Check {
        match self.life.frozen.take() {
            Some(frozen) => self.life.writer.write_checkpoint(&frozen),
            None => self.life.frozen = self.life.writer.checkpoint(true),
        }
        views::check(&self.life.engine, &mut self.ledger)
    }

    /// This process ends, and the next one begins.
    pub(crate) fn end(&mut self, ending: Ending) -> Check {
        if ending == Ending::Stop {
            self.tell_places();
            self.write()?;
            for _ in 0..3 {
                self.checkpoint()?;
            }
        }
        self.report.overtaken += self.life.dispatcher.overtaken_runs();
        self.producer.lost();
        self.cast.forget();
        self.ledger.flights.clear();
        if !self.calm && self.random.u8(..8) == 0 {
            self.set_back();
        }
        let mut power_cut = ending == Ending::PowerCut;
        // The device may fail while the next process starts: then there is one more.
        let mut failing = if self.calm { 6 } else { self.random.u8(..6) };
        loop {
            if power_cut {
                self.report.crashes += 1;
                let kept = self.random.u8(1..4);
                self.durable.files.crash(|| self.random.u8(..4) < kept);
            } else {
                self.durable.files.restart();
            }
            self.report.restarts += 1;
            if failing < 2 {
                self.durable.files.fail_after(self.random.u64(..8));
            }
            match self.begin() {
                Ok(()) => break,
                Err(StartError::Open(_)) if failing < 2 => {
                    failing += 1;
                    power_cut = self.random.bool();
                }
                Err(error) => return Err(Broken(format!("the next process does not start: {error}"))),
            }
        }
        self.look_around()
    }

    fn begin(&mut self) -> Result<(), StartError> {
        self.life = Life::open(&self.durable, self.mutant, self.random.u64(..))?;
        Ok(())
    }

    /// What the next process finds is what there was.
    pub(crate) fn look_around(&mut self) -> Check {
        let mut found = Vec::new();
        loop {
            let from = found.last().map_or(Sequence(1), |frame: &RawFrame| frame.last.next());
            let frames = self.life.reader.read(from, usize::MAX).map_err(|error| Broken(error.to_string()))?;
            if frames.is_empty() {
                break;
            }
            found.extend(frames);
        }
        self.ledger.reopened(found)?;
        let (applied, end) = (self.life.engine.synced(), self.ledger.end);
        ensure!(applied == end, "the views are at {applied}, and the log ends at {end}");
        views::check(&self.life.engine, &mut self.ledger)?;
        views::check_stored(&self.life.engine, &self.ledger)?;
        for index in 0..self.cast.members.len() {
            self.change(index);
        }
        Ok(())
    }

    /// The machine's clock goes back, while no process runs.
    fn set_back(&mut self) {
        self.cut = true;
        let back = Duration::from_millis(self.random.u64(..5_000));
        self.set_now(Timestamp::from_nanos(self.now.nanos() - u64::try_from(back.as_nanos()).expect("seconds")));
    }
}
