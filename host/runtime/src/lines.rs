//! What plugins said, as far as it is kept: in memory, the last lines of each.

use crate::host::Host;
use crate::namespace::Namespace;
use oyez_model::port::Clock;
use oyez_model::{Level, PluginName, Said, Timestamp};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::watch;

/// Lines that are kept of one plugin.
pub const PLUGIN_LINES_MAX: usize = 1_000;
/// What all lines that are kept may come to, in bytes.
pub const LINES_BYTES_MAX: usize = 16 << 20;
/// What a line takes beside its texts, in bytes, roughly.
const OVERHEAD_BYTES: usize = 160;

/// A line that a plugin said, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Greater than that of each line before it, over restarts too; below 2^53.
    pub number: u64,
    /// When the host heard of it: at the end of the attempt.
    pub at: Timestamp,
    /// What was said, and by whom.
    pub said: Said,
}

/// Which lines; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Of this plugin.
    pub plugin: Option<String>,
    /// About the event with this id, or at this sequence.
    pub event: Option<String>,
    /// That matter as much, or more.
    pub level: Option<Level>,
    /// Of this namespace's plugins.
    pub namespace: Option<Namespace>,
}

impl LogQuery {
    fn wants_plugin(&self, name: &str) -> bool {
        self.plugin.as_deref().is_none_or(|wanted| wanted == name) && self.namespace.as_ref().is_none_or(|namespace| namespace.has_plugin(name))
    }

    fn wants(&self, line: &LogLine) -> bool {
        let said = &line.said;
        let about = |event: &str| *said.event == *event || event.parse() == Ok(said.sequence.0);
        self.level.is_none_or(|least| said.level >= least) && self.event.as_deref().is_none_or(about)
    }
}

/// The lines that are kept.
#[derive(Debug)]
pub(crate) struct Lines {
    kept: Mutex<Kept>,
    clock: Arc<dyn Clock>,
    /// The number of the last line.
    grown: watch::Sender<u64>,
}

#[derive(Debug)]
struct Kept {
    plugins: HashMap<PluginName, Own>,
    bytes: usize,
    next: u64,
}

/// One plugin's.
#[derive(Debug, Default)]
struct Own {
    lines: VecDeque<Arc<LogLine>>,
    bytes: usize,
}

fn size(line: &LogLine) -> usize {
    line.said.text.len() + line.said.event.len() + OVERHEAD_BYTES
}

impl Own {
    /// Lets the oldest go; gives back what it took.
    fn forget(&mut self) -> usize {
        let bytes = self.lines.pop_front().map_or(0, |line| size(&line));
        self.bytes -= bytes;
        bytes
    }
}

impl Lines {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        // So that whoever follows is not shown old numbers by the next process: it says less than a line a microsecond.
        let next = clock.now().nanos() / 1_000 + 1;
        Self { kept: Mutex::new(Kept { plugins: HashMap::new(), bytes: 0, next }), clock, grown: watch::Sender::new(next - 1) }
    }

    /// Keeps a line. Where there is no room, the oldest line goes of the plugin whose lines take most.
    pub(crate) fn take(&self, said: Said) {
        let mut kept = self.kept.lock();
        let line = Arc::new(LogLine { number: kept.next, at: self.clock.now(), said });
        kept.next += 1;
        let bytes = size(&line);
        let own = kept.plugins.entry(line.said.plugin.clone()).or_default();
        own.lines.push_back(Arc::clone(&line));
        own.bytes += bytes;
        let gone = if own.lines.len() > PLUGIN_LINES_MAX { own.forget() } else { 0 };
        kept.bytes = kept.bytes + bytes - gone;
        while kept.bytes > LINES_BYTES_MAX {
            let Some(most) = kept.plugins.values_mut().max_by_key(|own| own.bytes) else { break };
            let gone = most.forget();
            kept.bytes -= gone;
            kept.plugins.retain(|_, own| !own.lines.is_empty());
        }
        self.grown.send_replace(line.number);
    }

    /// The lines that are wanted, by number: the first so many from a place up, or the last so many.
    fn read(&self, query: &LogQuery, from: Option<u64>, limit: usize) -> Vec<Arc<LogLine>> {
        let kept = self.kept.lock();
        let mut found: Vec<Arc<LogLine>> = Vec::new();
        for (_, own) in kept.plugins.iter().filter(|(name, _)| query.wants_plugin(name.live())) {
            let begin = from.map_or(0, |from| own.lines.partition_point(|line| line.number < from));
            let wanted = own.lines.range(begin..).filter(|line| query.wants(line));
            match from {
                Some(_) => found.extend(wanted.take(limit).cloned()),
                None => found.extend(wanted.rev().take(limit).cloned()),
            }
        }
        drop(kept);
        found.sort_unstable_by_key(|line| line.number);
        match from {
            Some(_) => found.truncate(limit),
            None => drop(found.drain(..found.len().saturating_sub(limit))),
        }
        found
    }
}

impl Host {
    /// What plugins said, oldest first: the first `limit` lines from the number `from` up, or, without it, the last `limit`. Of each
    /// plugin the last [`PLUGIN_LINES_MAX`] lines are kept, of all together [`LINES_BYTES_MAX`], in memory: they end with the process.
    /// A line is heard of at the end of its attempt, and what was not told to the host's own log, being too much, is not here either.
    #[must_use]
    pub fn logs(&self, query: &LogQuery, from: Option<u64>, limit: usize) -> Vec<Arc<LogLine>> {
        self.0.lines.read(query, from, limit)
    }

    /// Tells of each line that is heard, by its number.
    #[must_use]
    pub fn watch_logs(&self) -> watch::Receiver<u64> {
        self.0.lines.grown.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use oyez_model::{Sequence, SubscriptionName};

    fn lines() -> Lines {
        Lines::new(Arc::new(SystemClock::start()))
    }

    fn said(plugin: &str, sequence: u64, level: Level, text: &str) -> Said {
        Said {
            plugin: PluginName::new(plugin).unwrap(),
            subscription: SubscriptionName::new("on-any").unwrap(),
            sequence: Sequence(sequence),
            event: format!("e-{sequence}").into(),
            attempt: 1,
            level,
            text: text.to_owned(),
        }
    }

    fn texts(found: &[Arc<LogLine>]) -> Vec<&str> {
        found.iter().map(|line| line.said.text.as_str()).collect()
    }

    #[test]
    fn lines_are_found_by_who_said_them_about_what_and_how_loud() {
        let lines = lines();
        for (plugin, sequence, level, text) in
            [("a", 1, Level::Info, "one"), ("ns/b", 1, Level::Warn, "two"), ("a", 2, Level::Error, "three"), ("a", 2, Level::Debug, "four")]
        {
            lines.take(said(plugin, sequence, level, text));
        }
        let last = |query: &LogQuery, limit| lines.read(query, None, limit);
        let all = last(&LogQuery::default(), 9);
        assert_eq!(texts(&all), ["one", "two", "three", "four"]);
        assert!(all.is_sorted_by(|one, next| one.number < next.number));
        assert_eq!(texts(&last(&LogQuery::default(), 2)), ["three", "four"]);
        assert_eq!(texts(&lines.read(&LogQuery::default(), Some(all[1].number), 2)), ["two", "three"]);
        assert_eq!(texts(&last(&LogQuery { plugin: Some("a".to_owned()), ..LogQuery::default() }, 9)), ["one", "three", "four"]);
        assert_eq!(texts(&last(&LogQuery { event: Some("e-1".to_owned()), ..LogQuery::default() }, 9)), ["one", "two"]);
        assert_eq!(texts(&last(&LogQuery { event: Some("2".to_owned()), ..LogQuery::default() }, 9)), ["three", "four"]);
        assert_eq!(texts(&last(&LogQuery { level: Some(Level::Warn), ..LogQuery::default() }, 9)), ["two", "three"]);
        assert_eq!(texts(&last(&LogQuery { namespace: "ns".parse().ok(), ..LogQuery::default() }, 9)), ["two"]);
    }

    #[test]
    fn who_says_much_pushes_out_its_own_lines() {
        let lines = lines();
        lines.take(said("quiet", 1, Level::Info, "hear ye"));
        for i in 0..PLUGIN_LINES_MAX + 10 {
            lines.take(said("chatty", 1, Level::Info, &i.to_string()));
        }
        let chatty = lines.read(&LogQuery { plugin: Some("chatty".to_owned()), ..LogQuery::default() }, None, usize::MAX);
        assert_eq!((chatty.len(), chatty[0].said.text.as_str()), (PLUGIN_LINES_MAX, "10"));
        let long = "x".repeat(16 << 10);
        for plugin in ["one", "two", "three"] {
            (0..PLUGIN_LINES_MAX).for_each(|_| lines.take(said(plugin, 1, Level::Info, &long)));
        }
        let kept = lines.read(&LogQuery::default(), None, usize::MAX);
        assert!(kept.iter().map(|line| size(line)).sum::<usize>() <= LINES_BYTES_MAX);
        let of = |plugin: &str| kept.iter().filter(|line| line.said.plugin.as_str() == plugin).count();
        assert_eq!((of("quiet"), of("chatty")), (1, PLUGIN_LINES_MAX));
        assert!(of("one").abs_diff(of("three")) < 10, "those who say much share what there is");
        let held = lines.kept.lock();
        assert_eq!(held.bytes, held.plugins.values().map(|own| own.bytes).sum::<usize>());
    }

    #[test]
    fn numbers_go_on_where_an_earlier_process_ended() {
        let before = lines();
        (0..1_000).for_each(|_| before.take(said("a", 1, Level::Info, "x")));
        let last = *before.grown.subscribe().borrow();
        std::thread::park_timeout(std::time::Duration::from_millis(5));
        assert!(*lines().grown.subscribe().borrow() > last && last < 1 << 53);
    }
}
