//! A plugin's state made anew: its recorded events delivered again, to subscriptions of their own, whose state is scratch until it takes
//! the other's place in one frame.
//!
//! A rebuild's subscriptions are named by the plugin's name with the number of the rebuild behind it (`email~2/on-order`), which no plugin
//! of the folder can have; so is its state. So it is dispatched, retried, settled once and taken up after a crash as all others are.

use crate::engine::Engine;
use crate::error::ControlError;
use crate::progress::Progress;
use crate::request::{Reply, Request};
use crate::row::RowState;
use crate::state::State;
use minicbor::{Decode, Encode};
use oyez_model::port::{Space, ViewsError};
use oyez_model::{Epoch, PluginName, RebuildPart, Sequence, SubscriptionId, SubscriptionNumber};

/// Rows of a scratch state that are copied or deleted at a time.
const ROWS_AT_ONCE: usize = 1_000;

/// A rebuild under way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Rebuild {
    /// Counted from 1 within the plugin.
    #[n(0)]
    pub run: u32,
    /// What it emits goes into the log.
    #[n(1)]
    pub emit: bool,
    /// Its subscriptions.
    #[n(2)]
    pub parts: Vec<Part>,
}

/// One of a rebuild's subscriptions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    /// Its number.
    #[n(0)]
    pub number: SubscriptionNumber,
    /// Who it is.
    #[n(1)]
    pub id: SubscriptionId,
    /// Where it began: at or below it, nothing is for it.
    #[n(2)]
    pub from: Sequence,
    /// Where it ends: above it, nothing is for it.
    #[n(3)]
    pub until: Sequence,
}

/// What is asked of a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which plugin's.
    pub plugin: PluginName,
    /// It begins with no state; otherwise with what there is.
    pub reset: bool,
    /// What it emits goes into the log.
    pub emit: bool,
    /// The plugin's subscriptions, with the place that each begins after, the last that is for it, and what is not for it between them.
    pub parts: Vec<(SubscriptionNumber, Sequence, Sequence, Vec<Sequence>)>,
}

impl Engine {
    /// Begins a rebuild; gives back what it is.
    ///
    /// # Errors
    /// One is under way, or nothing is taken just now.
    pub async fn begin_rebuild(&self, wish: Wish) -> Result<Rebuild, ControlError> {
        let plugin = wish.plugin.clone();
        self.control(|reply: Reply<Result<Sequence, ControlError>>| Request::Rebuild { wish, reply }).await?;
        self.rebuild(&plugin).ok_or_else(|| ControlError::NoRebuild(plugin.to_string()))
    }

    /// Ends one: its state takes the place of the plugin's, or is thrown away.
    ///
    /// # Errors
    /// None is under way, or nothing is taken just now.
    pub async fn end_rebuild(&self, plugin: PluginName, keep: bool) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::EndRebuild { plugin, keep, reply }).await
    }

    /// A plugin's rebuild that is under way.
    #[must_use]
    pub fn rebuild(&self, plugin: &PluginName) -> Option<Rebuild> {
        self.state().read().plugins.get(plugin)?.rebuild.clone()
    }

    /// Places at or below `until` that a subscription has settled for good may be delivered anew; these others not: they wait, are dead or
    /// parked, and come when they come.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn open_places(&self, number: SubscriptionNumber, after: Sequence) -> Result<Vec<Sequence>, ViewsError> {
        let Some(progress) = self.progress(number) else { return Ok(Vec::new()) };
        let mut open: Vec<_> = progress.rows.range(after.next()..).map(|(sequence, _)| *sequence).collect();
        let mut from = after.next();
        loop {
            let parked = self.parked_from(number, from, ROWS_AT_ONCE)?;
            let Some((last, _)) = parked.last() else { return Ok(open) };
            from = last.next();
            open.extend(parked.iter().filter(|(_, row)| row.state == RowState::Parked).map(|(sequence, _)| *sequence));
        }
    }
}

impl State {
    /// Where a plugin's state lies: that of its last rebuild, if there was one.
    pub(crate) fn home(&self, plugin: &PluginName) -> PluginName {
        self.plugins.get(plugin).and_then(|row| row.home).map_or_else(|| plugin.clone(), |run| plugin.scratch(run))
    }

    /// What the next rebuild of a plugin would be.
    pub(crate) fn next_rebuild(&self, wish: &Wish) -> (u32, Vec<RebuildPart>) {
        let run = self.plugins.get(&wish.plugin).map_or(0, |row| row.rebuilds) + 1;
        let mut number = self.next_number();
        let part = |(live, after, until, skip): &(SubscriptionNumber, Sequence, Sequence, Vec<Sequence>)| {
            let part = RebuildPart { live: *live, number, after: *after, until: *until, skip: skip.clone() };
            number.0 += 1;
            part
        };
        (run, wish.parts.iter().map(part).collect())
    }

    pub(crate) fn begin_rebuild(&mut self, plugin: PluginName, run: u32, reset: bool, emit: bool, parts: Vec<RebuildPart>) {
        let scratch = plugin.scratch(run);
        let mut begun = Vec::with_capacity(parts.len());
        for RebuildPart { live, number, after, until, skip } in parts {
            let Some((id, epoch)) = self.subscriptions.get(&live).and_then(|live| Some((live.id.clone(), live.epochs.last()?.clone()))) else {
                continue;
            };
            let id = SubscriptionId { plugin: scratch.clone(), name: id.name };
            let mut progress = Progress::new(number, id.clone(), Epoch { begins: after, ..epoch }, after);
            progress.ended.extend(skip.into_iter().filter(|sequence| *sequence > after));
            self.numbers.insert(id.clone(), number);
            self.subscriptions.insert(number, progress);
            self.touch(number);
            begun.push(Part { number, id, from: after, until });
        }
        if !reset {
            let home = self.home(&plugin);
            let bytes = self.copy_state(&home, &scratch);
            self.plugins.entry(scratch.clone()).or_default().state_bytes = bytes;
        }
        self.plugins.entry(scratch.clone()).or_default();
        let row = self.plugins.entry(plugin.clone()).or_default();
        row.rebuilds = run;
        row.numbers = begun.iter().map(|part| part.number).max().or(row.numbers);
        row.rebuild = Some(Rebuild { run, emit, parts: begun });
        self.touch_plugin(plugin);
        self.touch_plugin(scratch);
    }

    pub(crate) fn end_rebuild(&mut self, plugin: &PluginName, keep: bool) {
        let Some(rebuild) = self.plugins.get_mut(plugin).and_then(|row| row.rebuild.take()) else { return };
        for Part { number, id, .. } in rebuild.parts {
            self.subscriptions.remove(&number);
            self.numbers.remove(&id);
            self.overlay.delete(Space::Subscriptions, number.0.to_be_bytes().to_vec());
            self.clear(Space::Rows, &number.0.to_be_bytes());
            self.clear(Space::Parked, &number.0.to_be_bytes());
        }
        let (scratch, home) = (plugin.scratch(rebuild.run), self.home(plugin));
        let gone = if keep { home } else { scratch };
        self.clear(Space::State, &state_of(&gone));
        if keep && let Some(row) = self.plugins.get_mut(plugin) {
            row.home = Some(rebuild.run);
        }
        if gone == *plugin {
            self.plugins.entry(gone).or_default().state_bytes = 0;
        } else {
            self.plugins.remove(&gone);
            self.overlay.delete(Space::Plugins, gone.as_str().as_bytes().to_vec());
        }
        self.touch_plugin(plugin.clone());
    }

    /// Copies a state; gives back its size in bytes.
    fn copy_state(&mut self, from: &PluginName, to: &PluginName) -> u64 {
        let (prefix, target) = (state_of(from), state_of(to));
        let mut at = Vec::new();
        // A store that cannot be read was reported where it was; what is not copied fails the rebuild's own deliveries.
        while let Ok(rows) = self.overlay.scan(Space::State, &prefix, &at, ROWS_AT_ONCE)
            && let Some((last, _)) = rows.last()
        {
            at = [&last[..], &[0]].concat();
            for (key, value) in rows {
                self.overlay.put(Space::State, [&target[..], &key[prefix.len()..]].concat(), value);
            }
        }
        self.plugins.get(from).map_or(0, |row| row.state_bytes)
    }

    /// Deletes every row that begins so.
    fn clear(&mut self, space: Space, prefix: &[u8]) {
        while let Ok(rows) = self.overlay.scan(space, prefix, &[], ROWS_AT_ONCE)
            && !rows.is_empty()
        {
            rows.into_iter().for_each(|(key, _)| self.overlay.delete(space, key));
        }
    }
}

/// What all rows of a plugin's state begin with.
fn state_of(plugin: &PluginName) -> Vec<u8> {
    [plugin.as_str().as_bytes(), &[0]].concat()
}
