//! Handlers: what a run does, step by step, and what it comes to.

use crate::transaction::{Op, Transaction, program};
use fastrand::Rng;
use oyez_dispatch::Token;
use oyez_model::event::AttributeValue;
use oyez_model::port::{BoxFuture, Handler, SnapshotError};
use oyez_model::{Cost, Delivery, Emission, Outcome, Shortage, Verdict};
use std::time::Duration;

/// Never called: the world runs the handlers.
#[derive(Debug)]
pub(crate) struct Nobody;

impl Handler for Nobody {
    fn attempt(&self, _: Delivery) -> BoxFuture<Outcome> {
        unreachable!("the world runs the handlers")
    }
}

/// A run under way.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) token: Token,
    delivery: Delivery,
    /// Steps in which it does nothing.
    naps: u32,
    ops: Vec<Op>,
    done: usize,
    transaction: Transaction,
    /// What it comes to; nothing where it does not run.
    verdict: Option<Verdict>,
}

/// A run that is over: what it came to, and what it did and saw.
pub(crate) type Over = (Outcome, Vec<Op>, Vec<Option<u64>>);

/// What the world is like for a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// All fail.
    pub(crate) down: bool,
    /// None fails.
    pub(crate) calm: bool,
    /// None emits.
    pub(crate) quiet: bool,
    /// The lower, the more of them fail: eight of so many.
    pub(crate) luck: u8,
}

impl Run {
    pub(crate) fn new(random: &mut Rng, token: Token, delivery: Delivery, weather: Weather) -> Self {
        let verdict = verdict(random, &delivery, weather);
        let mut ops = if delivery.state.is_some() { program(&delivery.recorded) } else { Vec::new() };
        if !matches!(verdict, Some(Verdict::Completed(_))) {
            ops.truncate(random.usize(..=ops.len()));
        }
        let naps = if random.u8(..8) == 0 { random.u32(..30) } else { 0 };
        let transaction = delivery.state.as_ref().map_or_else(Transaction::default, |state| Transaction::at(state.at()));
        Self { token, delivery, naps, ops, done: 0, transaction, verdict }
    }

    /// Does one thing; gives back what it came to, if it is over.
    pub(crate) fn step(&mut self) -> Option<Over> {
        if self.naps > 0 {
            self.naps -= 1;
            return None;
        }
        let over = |outcome| Some((outcome, Vec::new(), Vec::new()));
        if self.verdict.is_none() {
            return over(Outcome::NotRun(Shortage("no room".to_owned())));
        }
        if let (Some(op), Some(state)) = (self.ops.get(self.done), &self.delivery.state) {
            self.done += 1;
            return match self.transaction.step(&**state, op) {
                Ok(()) => None,
                Err(SnapshotError::Overtaken) => over(Outcome::Overtaken { outside: false }),
                Err(error) => over(Outcome::stateless(Verdict::Trapped(error.to_string()), Cost::default())),
            };
        }
        let verdict = self.verdict.take().expect("just looked at");
        let mut transaction = std::mem::take(&mut self.transaction);
        let seen = std::mem::take(&mut transaction.seen);
        let outcome = Outcome::Settled { verdict, cost: Cost::default(), state: transaction.into_changes(), log: String::new() };
        Some((outcome, std::mem::take(&mut self.ops), seen))
    }
}

fn verdict(random: &mut Rng, delivery: &Delivery, weather: Weather) -> Option<Verdict> {
    let trapped = || Some(Verdict::Trapped("boom".to_owned()));
    if weather.calm {
        return Some(Verdict::Completed(Vec::new()));
    }
    if weather.down {
        return trapped();
    }
    match random.u8(..weather.luck) {
        0 => Some(Verdict::Retry { reason: "busy".to_owned(), after: None }),
        1 => Some(Verdict::Retry { reason: "busy".to_owned(), after: Some(Duration::from_millis(random.u64(..400))) }),
        2 => trapped(),
        3 => Some(Verdict::Rejected("no".to_owned())),
        4 => Some(Verdict::TimedOut("slow".to_owned())),
        5 => None,
        6 => Some(Verdict::Completed(vec![Emission { ty: "e1".to_owned(), source: Some("/forged".to_owned()), ..Emission::default() }])),
        7 => Some(Verdict::Completed(vec![Emission { ty: "e1".to_owned(), ..Emission::default() }; 65])),
        _ => Some(Verdict::Completed(if weather.quiet { Vec::new() } else { emissions(random, delivery) })),
    }
}

/// What is emitted is a kind further down than what it is for: so no chain is endless.
fn emissions(random: &mut Rng, delivery: &Delivery) -> Vec<Emission> {
    let ty = delivery.recorded.event.ty();
    let depth = ty.strip_prefix('e').and_then(|depth| depth.parse().ok()).unwrap_or(0) + 1;
    if depth > 3 {
        return Vec::new();
    }
    let emission = |random: &mut Rng| {
        let key = |key: u8| vec![("partitionkey".to_owned(), AttributeValue::String(format!("k{key}")))];
        let key = if random.bool() { key(random.u8(1..4)) } else { Vec::new() };
        Emission { ty: format!("e{depth}"), extensions: key, ..Emission::default() }
    };
    (0..random.usize(..3)).map(|_| emission(random)).collect()
}
