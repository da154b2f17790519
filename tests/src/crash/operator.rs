//! The operator: swaps, removes and brings back plugins, and deals with what is dead and parked, while events flow. What is done cannot
//! be told from what was only asked for when the host is killed: so all of it is noted before.

use super::folder::{Folder, PICKY, PLUGINS};
use super::signs::{Signs, pass};
use crate::{Client, Result};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

/// Milliseconds between two deeds, at most.
const PAUSE_MAX: u64 = 60;
/// Dead and parked deliveries that are looked at.
const LISTED: usize = 1_000;

/// What was asked for, and what is known to be done.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Sequences of dead letters past which their key may have been let go: whenever they are redriven, they are out of its order.
    pub(super) passed: HashSet<u64>,
    /// Events whose delivery may have been dropped.
    pub(super) asked_to_drop: HashSet<String>,
    /// Events whose delivery was dropped for certain.
    pub(super) dropped: HashSet<String>,
}

/// How often it did what, as far as it was told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deeds {
    pub(super) swaps: u64,
    pub(super) returns: u64,
    pub(super) redriven: u64,
    pub(super) released: u64,
    pub(super) dropped: u64,
}

/// One who looks after plugins, dead letters and parked keys.
#[derive(Debug)]
pub(super) struct Operator {
    folder: Folder,
    random: Rng,
    /// The plugin that is not there.
    away: Option<usize>,
    /// The key that is being let go, until it is known past what.
    letting_go: Option<String>,
    /// It looks at what is dead and parked in this host's life; otherwise that stands, over the kill too.
    pub(super) attentive: bool,
    pub(super) facts: Facts,
    pub(super) deeds: Deeds,
}

impl Operator {
    pub(super) fn new(folder: Folder, random: Rng) -> Self {
        Self { folder, random, away: None, letting_go: None, attentive: true, facts: Facts::default(), deeds: Deeds::default() }
    }

    /// Does what comes to its mind until told to stop.
    ///
    /// # Errors
    /// The host goes without having been told to, or does not do what it is asked for.
    pub(super) fn work(&mut self, client: &Client, signs: &Signs) -> Result<()> {
        while !signs.stop.is() {
            let done = self.deed(client, signs);
            if signs.ending.is() {
                return Ok(());
            }
            done?;
            let pause = Duration::from_millis(self.random.u64(0..PAUSE_MAX));
            pass(pause, || signs.stop.is());
            let still = ["pending", "in-flight"].into_iter().map(|state| client.count(PLUGINS[PICKY].subscription, state));
            match still.sum::<Result<u64>>() {
                Ok(open) => signs.flowing.set(signs.flowing.is() && open > 0),
                Err(_) if signs.ending.is() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Brings everybody back, and mends what can be mended.
    pub(super) fn put_right(&mut self, client: &Client) -> Result<()> {
        self.folder.mend(true)?;
        match self.away {
            Some(_) => self.come_or_go(client),
            None => Ok(()),
        }
    }

    /// Delivers all that is dead again.
    pub(super) fn redrive_all(&mut self, client: &Client) -> Result<()> {
        let dead = items(client, "/v1/dead")?.len() as u64;
        if dead > 0 && client.post("/v1/dead/redrive", &json!({ "all": true }))? == 200 {
            self.deeds.redriven += dead;
        }
        Ok(())
    }

    fn deed(&mut self, client: &Client, signs: &Signs) -> Result<()> {
        self.look_what_was_passed(client)?;
        // What loads is left alone: before the first scan nobody can tell a new version from a late one.
        let folder = client.is_ready()?;
        match self.random.u32(0..20) {
            0..3 if folder => {
                signs.changing.set(true);
                self.swap(client)?;
                signs.changing.set(false);
            }
            3..5 if folder => {
                signs.changing.set(true);
                self.come_or_go(client)?;
                signs.changing.set(false);
            }
            5..9 => self.folder.mend(self.random.bool())?,
            _ if !self.attentive => {}
            9..15 => self.redrive(client, signs)?,
            15 => self.release(client, signs)?,
            16 => self.drop_dead(client, signs)?,
            17 => self.drop_parked(client)?,
            _ => {}
        }
        Ok(())
    }

    fn swap(&mut self, client: &Client) -> Result<()> {
        let plugin = self.random.usize(..PLUGINS.len());
        if self.away == Some(plugin) {
            return Ok(());
        }
        let name = PLUGINS[plugin].name;
        let mut before = None;
        client.until_plugin(name, |there| {
            before = there.map(|there| there["version"].clone());
            before.is_some()
        })?;
        self.folder.rebuild(plugin)?;
        client.until_plugin(name, |there| there.is_some_and(|there| Some(&there["version"]) != before.as_ref()))?;
        self.deeds.swaps += 1;
        Ok(())
    }

    fn come_or_go(&mut self, client: &Client) -> Result<()> {
        match self.away {
            Some(plugin) => {
                self.folder.put(plugin)?;
                self.away = None;
                client.until_plugin(PLUGINS[plugin].name, |there| there.is_some_and(|there| there["state"] == "running"))?;
                self.deeds.returns += 1;
            }
            None => {
                let plugin = self.random.usize(..PLUGINS.len());
                self.folder.remove(plugin)?;
                self.away = Some(plugin);
                client.until_plugin(PLUGINS[plugin].name, |there| there.is_none_or(|there| there["state"] == "failed"))?;
            }
        }
        Ok(())
    }

    fn redrive(&mut self, client: &Client, signs: &Signs) -> Result<()> {
        let dead = items(client, "/v1/dead")?;
        if dead.is_empty() {
            return Ok(());
        }
        signs.flowing.set(true);
        let one = &dead[self.random.usize(..dead.len())];
        let (body, n) = if self.random.bool() { (json!({ "all": true }), dead.len()) } else { (json!({ "ids": [one["id"]] }), 1) };
        if client.post("/v1/dead/redrive", &body)? == 200 {
            self.deeds.redriven += n as u64;
        }
        Ok(())
    }

    fn release(&mut self, client: &Client, signs: &Signs) -> Result<()> {
        let parked = items(client, "/v1/parked")?;
        if parked.is_empty() {
            return Ok(());
        }
        let one = &parked[self.random.usize(..parked.len())];
        let sequence = |id: &Value| id.as_str()?.rsplit('-').next()?.parse::<u64>().ok();
        self.facts.passed.extend(one["behind"].as_array().into_iter().flatten().filter_map(sequence));
        self.letting_go = Some(text(&one["event"]["subject"]));
        signs.flowing.set(true);
        if client.post("/v1/parked/release", &json!({ "ids": [one["id"]] }))? == 200 {
            self.deeds.released += 1;
        }
        self.look_what_was_passed(client)
    }

    /// Between the look at a parked lane and its release one more of it may have died.
    pub(super) fn look_what_was_passed(&mut self, client: &Client) -> Result<()> {
        if let Some(key) = &self.letting_go {
            let dead = items(client, "/v1/dead")?;
            let of_key = dead.iter().filter(|letter| letter["event"]["subject"] == **key);
            self.facts.passed.extend(of_key.filter_map(|letter| letter["sequence"].as_u64()));
            self.letting_go = None;
        }
        Ok(())
    }

    fn drop_dead(&mut self, client: &Client, signs: &Signs) -> Result<()> {
        let dropped = self.drop_one(client, "/v1/dead")?;
        signs.flowing.set(signs.flowing.is() || dropped);
        Ok(())
    }

    fn drop_parked(&mut self, client: &Client) -> Result<()> {
        self.drop_one(client, "/v1/parked").map(drop)
    }

    fn drop_one(&mut self, client: &Client, list: &str) -> Result<bool> {
        let listed = items(client, list)?;
        if listed.is_empty() {
            return Ok(false);
        }
        let one = &listed[self.random.usize(..listed.len())];
        self.facts.asked_to_drop.insert(text(&one["event"]["id"]));
        let dropped = client.delete(&format!("{list}/{}", text(&one["id"])))? == 204;
        if dropped {
            self.facts.dropped.insert(text(&one["event"]["id"]));
            self.deeds.dropped += 1;
        }
        Ok(dropped)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(client: &Client, list: &str) -> Result<Vec<Value>> {
    let Value::Array(items) = client.get(&format!("{list}?limit={LISTED}"))?["items"].take() else { return Err("a list without items".into()) };
    Ok(items)
}
