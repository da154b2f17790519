//! The writer's step, and what everybody learns by it.

use crate::broken::{Broken, Check};
use crate::life::{Answer, Input, Task};
use crate::views;
use crate::world::World;

impl World {
    /// The writer takes some of what waits.
    pub(crate) fn write(&mut self) -> Check {
        let taken = self.random.usize(..=self.life.inbox.len());
        if taken == 0 && !self.life.writer.is_stalled() {
            return Ok(());
        }
        let requests: Vec<_> = self.life.inbox.drain(..taken).collect();
        self.life.writer.step(requests);
        self.learn()
    }

    /// What was written is held against what may be.
    pub(crate) fn learn(&mut self) -> Check {
        loop {
            let frames = self.life.reader.read(self.ledger.end.next(), usize::MAX).map_err(|error| Broken(error.to_string()))?;
            if frames.is_empty() {
                break;
            }
            self.ledger.take(frames)?;
        }
        let answers = std::mem::take(&mut *self.life.answers.lock());
        answers.into_iter().try_for_each(|answer| self.answered(answer))?;
        views::check(&self.life.engine, &mut self.ledger)
    }

    /// A refusal that is not the world's own doing ends in [`Broken`]; one because nothing is taken just now waits for the next process.
    fn answered(&mut self, answer: Answer) -> Check {
        self.tell(|| format!("    the writer says {answer:?}"));
        match answer {
            Answer::Published(number, result) => self.producer.answered(number, result, &self.ledger)?,
            Answer::Settled(token, result) => self.life.inputs.push_back(Input::Settled(token, result)),
            Answer::Subscribed(member, known, Ok(number)) => self.subscribed(member, known, number),
            Answer::PassedOver(member, number, Ok(())) => self.life.tasks.push(Task::Rows(member, number)),
            Answer::Redriven(number, sequence, Ok(())) => self.life.tasks.push(Task::Redriven(number, sequence)),
            Answer::Dropped(number, sequence, Ok(())) => self.life.tasks.push(Task::Dropped(number, sequence)),
            Answer::Parked(number, lane, sequences, result) => self.life.inputs.push_back(Input::Parked(number, lane, sequences, result)),
            Answer::Released(number, lane, Ok(())) => self.life.inputs.push_back(Input::Released(number, lane)),
            Answer::Subscribed(..) | Answer::PassedOver(..) | Answer::Redriven(..) | Answer::Dropped(..) | Answer::Released(..) | Answer::Noted => {}
        }
        Ok(())
    }
}
