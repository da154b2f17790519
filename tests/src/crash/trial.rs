//! Kill after kill, and what is held against the host in between.

use super::folder::{Folder, PLUGINS};
use super::load::Producer;
use super::log::HostLog;
use super::model::{Fault, Model};
use super::operator::Operator;
use super::phase::{Phase, touched};
use super::round::{Aim, Victim};
use super::signs::{Signs, pass};
use super::{Options, Report};
use crate::{Client, Result, Running, until};
use fastrand::Rng;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PRODUCERS: usize = 4;
/// New events of a producer in the life of one host.
const SHARE: usize = 250;
/// Events whose traces are looked at in the end.
const SAMPLE: usize = 50;
/// How often a host at rest may be asked again.
const TRIES: usize = 20;

/// A folder, its host that comes and goes, and all who speak to it.
#[derive(Debug)]
pub(super) struct Trial {
    options: Options,
    folder: TempDir,
    random: Rng,
    producers: Vec<Producer>,
    operator: Operator,
    model: Model,
    log: HostLog,
    report: Report,
    begun: Instant,
    /// How long the last host took to listen.
    start: Duration,
    never_listened: bool,
}

impl Trial {
    pub(super) fn prepare(options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut random = Rng::with_seed(options.seed);
        Ok(Self {
            producers: (0..PRODUCERS).map(|number| Producer::new(number, random.fork())).collect(),
            operator: Operator::new(Folder::lay_out(folder.path())?, random.fork()),
            model: Model::default(),
            log: HostLog::of(folder.path()),
            report: Report::new(options),
            begun: Instant::now(),
            start: Duration::from_millis(100),
            never_listened: false,
            options: options.clone(),
            folder,
            random,
        })
    }

    pub(super) fn report(&self) -> &Report {
        &self.report
    }

    /// Leaves the folder where it is, for those who want to know.
    pub(super) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// One host: started, put under load, killed.
    pub(super) fn round(&mut self) -> Result<()> {
        let mut random = self.random.fork();
        let aim = Aim::choose(&mut random);
        let phases = if aim == Aim::Starting { self.kill_at_start(&mut random)? } else { self.live(aim, &mut random)? };
        let never_listened = phases.contains(&Phase::Starting);
        self.report.kills += 1;
        self.report.in_a_row += u64::from(self.never_listened);
        self.never_listened = never_listened;
        phases.into_iter().for_each(|phase| *self.report.phases.entry(phase).or_default() += 1);
        self.log.look()?;
        self.count();
        Ok(())
    }

    /// The end: a last host is left in peace until all is done, and held against everything.
    pub(super) fn finish(&mut self) -> Result<()> {
        let mut host = self.start()?;
        self.read(&host)?;
        until("the first scan of the folder", || host.is_ready())?;
        self.operator.put_right(&host)?;
        let signs = Signs::default();
        for producer in &mut self.producers {
            producer.produce(&host, &signs, 0, Duration::ZERO)?;
            assert!(producer.is_answered(), "it goes on until it is");
        }
        until("the end of all that is dead and parked", || {
            self.operator.redrive_all(&host)?;
            host.until_settled()?;
            let held = |state: &str| PLUGINS.iter().map(|plugin| host.count(plugin.subscription, state)).sum::<Result<u64>>();
            Ok(held("dead")? + held("parked")? == 0)
        })?;
        self.at_rest(&host)?;
        self.model.is_picked(&self.operator.facts)?;
        for sequence in self.model.sample(SAMPLE, &mut self.random) {
            self.model.is_settled_once(&host.get(&format!("/v1/events/{sequence}/trace"))?, &self.operator.facts)?;
        }
        let mut anew = Model::default();
        host.each_event(0, |item| Ok(anew.take(&item, &self.operator.facts)?))?;
        self.model.agrees(&anew)?;
        let stubborn =
            host.subscriptions()?.into_values().map(|s| s["attempts"].as_u64().unwrap_or(0) - s["counts"]["settled"].as_u64().unwrap_or(0));
        self.report.retries = stubborn.sum();
        host.terminate()?;
        self.log.look()?;
        self.count();
        Ok(())
    }

    fn start(&mut self) -> Result<Running> {
        let begun = Instant::now();
        let host = self.options.layer.launch(self.folder.path())?.listening()?;
        self.start = begun.elapsed();
        Ok(host)
    }

    fn kill_at_start(&mut self, random: &mut Rng) -> Result<BTreeSet<Phase>> {
        let starting = self.options.layer.launch(self.folder.path())?;
        pass(self.start.mul_f64(random.f64()), || false);
        let listened = starting.kill()?;
        Ok([if listened { Phase::Loading } else { Phase::Starting }].into())
    }

    fn live(&mut self, aim: Aim, random: &mut Rng) -> Result<BTreeSet<Phase>> {
        let mut host = self.start()?;
        let views = touched(self.folder.path());
        if random.u32(0..3) > 0 {
            self.read(&host)?;
        }
        let (signs, life, client) = (Signs::default(), self.options.round, host.client());
        self.operator.attentive = aim == Aim::Flow || random.bool();
        let (producers, operator) = (&mut self.producers[..], &mut self.operator);
        if aim == Aim::Idle {
            under_load(producers, operator, &client, &signs, life, || {
                pass(life / 2, || signs.stop.is());
                Ok(())
            })?;
            self.at_rest(&host)?;
            signs.flowing.set(false);
            return Victim { host: &mut host, folder: self.folder.path(), signs: &signs, life, views }.die(aim, random);
        }
        let mut victim = Victim { host: &mut host, folder: self.folder.path(), signs: &signs, life, views };
        under_load(producers, operator, &client, &signs, life, || victim.die(aim, random))
    }

    /// Reads on in the log, and holds it against what is known.
    fn read(&mut self, client: &Client) -> Result<()> {
        if let Some(damage) = client.damage()? {
            return Err(Fault::Broken(damage).into());
        }
        client.each_event(self.model.next(), |item| Ok(self.model.take(&item, &self.operator.facts)?))?;
        for producer in &mut self.producers {
            self.report.events += producer.receipts.len() as u64;
            producer.receipts.drain(..).try_for_each(|receipt| self.model.holds(&receipt))?;
        }
        self.operator.look_what_was_passed(client)?;
        let Value::Array(dead) = client.get("/v1/dead?limit=1000")?["items"].take() else { return Err("a list without items".into()) };
        Ok(Model::may_be_dead(&dead, &self.operator.facts)?)
    }

    /// Waits until nothing is under way any more, and looks whether everything is done.
    fn at_rest(&mut self, client: &Client) -> Result<()> {
        let mut tries = 0..TRIES;
        loop {
            client.until_settled()?;
            self.read(client)?;
            // What is told of one subscription may be older than what is told of another.
            match (self.model.is_done(&client.subscriptions()?), tries.next()) {
                (Err(_), Some(_)) => pass(Duration::from_millis(10), || false),
                (done, _) => return Ok(done?),
            }
        }
    }

    fn count(&mut self) {
        let (report, deeds) = (&mut self.report, self.operator.deeds);
        report.duplicates = self.producers.iter().map(|producer| producer.duplicates).sum();
        report.emissions = self.model.emissions();
        (report.swaps, report.returns) = (deeds.swaps, deeds.returns);
        (report.redriven, report.released, report.dropped) = (deeds.redriven, deeds.released, deeds.dropped);
        report.torn = self.log.torn;
        report.took = self.begun.elapsed();
    }
}

/// Lets producers and the operator work until `meanwhile` is over, and they have stopped.
fn under_load<T>(
    producers: &mut [Producer],
    operator: &mut Operator,
    client: &Client,
    signs: &Signs,
    life: Duration,
    meanwhile: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let pace = life.div_f64(SHARE as f64);
    let stop_if_failed = |done: Result<()>| done.inspect_err(|_| signs.stop.set(true));
    let produce = |producer: &mut Producer| stop_if_failed(producer.produce(client, signs, SHARE, pace));
    let produce = &produce;
    std::thread::scope(|scope| {
        let mut threads: Vec<_> = producers.iter_mut().map(|producer| scope.spawn(move || produce(producer))).collect();
        threads.push(scope.spawn(move || stop_if_failed(operator.work(client, signs))));
        let done = meanwhile();
        signs.stop.set(true);
        let worked: Vec<Result<()>> = threads.into_iter().map(|thread| thread.join().expect("nobody panics")).collect();
        // Who worked saw it first.
        worked.into_iter().collect::<Result<()>>().and(done)
    })
}
