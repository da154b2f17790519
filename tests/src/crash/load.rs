//! Producers: each makes events of its own, sends them singly and in batches, sends again what had no answer, and now and then what had
//! one; and holds every answer against what it was told before.

use super::folder::{CHAIN, COUNT, PICK, RETRY};
use super::model::Fault;
use super::signs::{Signs, pass};
use crate::{Client, Result, event};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What is made, how often of a hundred, and in how many lanes.
const MADE: [(&str, u32, usize); 4] = [(CHAIN, 30, 12), (RETRY, 10, 8), (COUNT, 35, 64), (PICK, 25, 24)];
const COUNTERS: usize = 8;
const BATCH: usize = 20;
/// Receipts that it may ask for once more.
const REMEMBERED: usize = 64;
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// An event that was accepted: its id, and the sequence that its receipt says.
pub(super) type Receipt = (String, u64);

/// One request, as it is sent until it is answered.
#[derive(Debug)]
struct Request {
    events: Vec<Value>,
    /// It was sent before: nobody knows what became of it.
    tried: bool,
    /// All of it was accepted before, with these sequences.
    known: Option<Vec<u64>>,
}

/// One who makes events.
#[derive(Debug)]
pub(super) struct Producer {
    number: usize,
    made: usize,
    random: Rng,
    unanswered: Option<Request>,
    remembered: VecDeque<(Value, u64)>,
    /// Receipts that nobody has looked at yet.
    pub(super) receipts: Vec<Receipt>,
    /// Events that were told to be there already.
    pub(super) duplicates: u64,
}

impl Producer {
    pub(super) fn new(number: usize, random: Rng) -> Self {
        Self { number, made: 0, random, unanswered: None, remembered: VecDeque::new(), receipts: Vec::new(), duplicates: 0 }
    }

    /// Publishes up to `share` new events until told to stop; `pace` is the time for each. What has no answer at the end is kept.
    ///
    /// # Errors
    /// The host breaks its word, or goes without having been told to.
    pub(super) fn produce(&mut self, client: &Client, signs: &Signs, share: usize, pace: Duration) -> Result<()> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into();
        let end = self.made + share;
        while !signs.stop.is() {
            let Some(mut request) = self.unanswered.take().or_else(|| self.next(end)) else { break };
            signs.under_way.fetch_add(1, Ordering::SeqCst);
            let answer = send(&agent, client, &request.events);
            signs.under_way.fetch_sub(1, Ordering::SeqCst);
            let time = pace.mul_f64(request.events.len() as f64 * 2.0 * self.random.f64());
            match answer {
                Ok(Some(receipts)) => self.answered(request, &receipts)?,
                Ok(None) => {
                    request.tried = true;
                    self.unanswered = Some(request);
                    pass(Duration::from_millis(5), || signs.stop.is());
                }
                Err(error) => {
                    request.tried = true;
                    self.unanswered = Some(request);
                    return if signs.ending.is() { Ok(()) } else { Err(error) };
                }
            }
            pass(time, || signs.stop.is());
        }
        Ok(())
    }

    /// Whether all that it made was accepted.
    pub(super) fn is_answered(&self) -> bool {
        self.unanswered.is_none()
    }

    fn next(&mut self, end: usize) -> Option<Request> {
        if self.made >= end {
            return None;
        }
        if !self.remembered.is_empty() && self.random.u32(0..20) == 0 {
            let (event, sequence) = self.remembered[self.random.usize(..self.remembered.len())].clone();
            return Some(Request { events: vec![event], tried: true, known: Some(vec![sequence]) });
        }
        let wanted = if self.random.bool() { 1 } else { self.random.usize(2..=BATCH) };
        let events = (0..wanted.min(end - self.made)).map(|_| self.make()).collect();
        Some(Request { events, tried: false, known: None })
    }

    fn make(&mut self) -> Value {
        let id = format!("{}-{}", self.number, self.made);
        self.made += 1;
        let mut chance = self.random.u32(0..100);
        let share = |(_, share, _): &&(&str, u32, usize)| {
            let is_it = chance < *share;
            chance = chance.saturating_sub(*share);
            is_it
        };
        let (ty, _, lanes) = MADE.iter().find(share).expect("the shares are a hundred");
        let subject = format!("s-{}", self.random.usize(..*lanes));
        let mut made = event(&id, ty, &subject, &json!({ "bad": *ty == PICK && self.random.u32(0..10) == 0 }));
        if *ty == COUNT {
            made["counter"] = format!("c-{}", self.random.usize(..COUNTERS)).into();
        }
        made
    }

    fn answered(&mut self, request: Request, receipts: &[(u64, bool)]) -> Result<()> {
        let Request { events, tried, known } = request;
        let id = |event: &Value| event["id"].as_str().unwrap_or_default().to_owned();
        if receipts.len() != events.len() {
            return Err(Fault::Lied(format!("{} events, and {} receipts", events.len(), receipts.len())).into());
        }
        let duplicates = receipts.iter().filter(|(_, duplicate)| *duplicate).count();
        self.duplicates += duplicates as u64;
        if let Some(known) = known {
            if duplicates != events.len() || receipts.iter().map(|(sequence, _)| *sequence).ne(known.iter().copied()) {
                return Err(Fault::Lied(format!("`{}` was accepted as {known:?}, and again as {receipts:?}", id(&events[0]))).into());
            }
            return Ok(());
        }
        if duplicates != 0 && (!tried || duplicates != events.len()) {
            return Err(Fault::Lied(format!("of the request that begins with `{}`, {duplicates} are called duplicates", id(&events[0]))).into());
        }
        for (event, (sequence, _)) in events.into_iter().zip(receipts) {
            self.receipts.push((id(&event), *sequence));
            self.remembered.push_back((event, *sequence));
        }
        self.remembered.drain(..self.remembered.len().saturating_sub(REMEMBERED));
        Ok(())
    }
}

/// Sends events: one as it is, several as a batch. Nothing if the host takes nothing just now.
fn send(agent: &ureq::Agent, client: &Client, events: &[Value]) -> Result<Option<Vec<(u64, bool)>>> {
    let (media, body) = match events {
        [one] => ("application/cloudevents+json", serde_json::to_vec(one)?),
        batch => ("application/cloudevents-batch+json", serde_json::to_vec(batch)?),
    };
    let mut response = agent.post(&client.url).content_type(media).send(body)?;
    let body: Value = response.body_mut().read_json()?;
    match response.status().as_u16() {
        202 => {
            let items = body.as_array().cloned().unwrap_or_else(|| vec![body]);
            let receipt = |item: &Value| Some((item["sequence"].as_u64()?, item["duplicate"].as_bool()?));
            Ok(Some(items.iter().map(receipt).collect::<Option<_>>().ok_or("a receipt that says too little")?))
        }
        429 | 503 => Ok(None),
        status => Err(Fault::Lied(format!("events were refused with {status}: {body}")).into()),
    }
}
