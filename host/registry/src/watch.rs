//! The task that watches the folder: it looks, lets settle, has loaded and reports, one step at a time.

use crate::door::Stamp;
use crate::error::WatchError;
use crate::listing::{self, Listing, PassedOver};
use crate::load::{Ended, Job};
use crate::plugins::Plugins;
use crate::provide::Provisions;
use crate::report::{FolderEvent, FolderOptions, Refused};
use crate::settle::{Small, Tracker, read_small};
use crate::signals::Signals;
use crate::wanted::{Folder, wanted};
use oyez_model::port::Loader;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

/// Loads side by side. Compiling is slow and itself uses every core.
const LOADS_MAX: usize = 2;
/// The folder is looked at this often though nothing was reported: network filesystems report nothing, nor does what a link points to.
const POLL: Duration = Duration::from_secs(1);
/// Between two looks, at least: a large copy reports every block.
const GAP: Duration = Duration::from_millis(25);
/// A look that finds nothing to do is followed by a pause that is so many times as long, so that a crowded folder costs a twentieth of a core.
const PAUSES: u32 = 20;
/// Where something changes, by one that is so many times as long.
const PAUSES_BUSY: u32 = 3;
/// A file that is still being written after so long is no part of the first scan.
const FIRST_SCAN_MAX: Duration = Duration::from_secs(10);

/// Watches a plugin folder until the receiver of the events is closed or dropped. Makes the folder if it is missing.
///
/// While it runs, nothing about the folder ends it: if the folder goes away, what runs goes on, and it is looked for every second. A change
/// is noticed by the system's report, or by comparing metadata every second where there is none. A channel that is full holds everything up.
///
/// # Errors
/// The folder is a file, cannot be made, or cannot be read, at the start.
pub async fn watch(options: FolderOptions, loader: Arc<dyn Loader>, events: Sender<FolderEvent>) -> Result<(), WatchError> {
    let dir = options.dir.clone();
    let prepared = task::spawn_blocking(move || prepare(&dir)).await;
    let first = prepared.unwrap_or_else(|error| Err(WatchError::Unreadable { dir: options.dir.clone(), source: panicked(&error) }))?;
    let watch = Watch {
        tracker: Tracker::new(options.settle),
        dir: options.dir.into(),
        provisions: Arc::new(options.provisions),
        loader,
        plugins: Plugins::default(),
        signals: Signals::new(),
        loads: JoinSet::new(),
        underway: HashMap::new(),
        first: Some((first.pairs.into_keys().collect(), Instant::now() + FIRST_SCAN_MAX)),
        unseen: false,
        passed_over: Vec::new(),
    };
    watch.run(events).await;
    Ok(())
}

/// Makes the folder if it is missing, and lists it once. Blocks.
fn prepare(dir: &Path) -> Result<Listing, WatchError> {
    match std::fs::metadata(dir) {
        Ok(meta) if !meta.is_dir() => return Err(WatchError::NotAFolder(dir.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(dir).map_err(|source| WatchError::NotCreated { dir: dir.to_owned(), source })?;
            tracing::info!(folder = %dir.display(), "made the plugin folder");
        }
        // `plugins/` where `plugins` is a file.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(WatchError::NotAFolder(dir.to_owned())),
        _ => {}
    }
    listing::list(dir, &BTreeSet::new()).map_err(|source| WatchError::Unreadable { dir: dir.to_owned(), source })
}

fn panicked(error: &JoinError) -> io::Error {
    io::Error::other(error.to_string())
}

/// A load that runs.
struct Underway {
    name: String,
    file: PathBuf,
    task: AbortHandle,
}

struct Watch {
    dir: Arc<Path>,
    provisions: Arc<Provisions>,
    loader: Arc<dyn Loader>,
    tracker: Tracker,
    plugins: Plugins,
    signals: Signals,
    loads: JoinSet<Ended>,
    /// Whose each load is. One that was given up is not here.
    underway: HashMap<task::Id, Underway>,
    /// What the first scan waits for, and until when.
    first: Option<(BTreeSet<PathBuf>, Instant)>,
    /// The folder could not be listed the last time.
    unseen: bool,
    /// What the last listing passed over.
    passed_over: Vec<PassedOver>,
}

impl Watch {
    async fn run(mut self, events: Sender<FolderEvent>) {
        let mut next = Instant::now();
        let (mut last, mut gap) = (next, GAP);
        loop {
            tokio::select! {
                () = events.closed() => return,
                () = sleep_until(next) => {
                    let begun = Instant::now();
                    self.look().await;
                    last = Instant::now();
                    gap = GAP.max((last - begun) * PAUSES_BUSY);
                    let poll = last + POLL.max((last - begun) * PAUSES);
                    next = self.tracker.next().map_or(poll, |due| due.max(last + gap)).min(poll);
                }
                () = self.signals.changed() => next = next.min(last + gap),
                Some(ended) = self.loads.join_next_with_id(), if !self.loads.is_empty() => {
                    self.take(ended);
                    next = next.min(last + gap);
                }
            }
            self.start();
            for event in self.plugins.events.drain(..) {
                if events.send(event).await.is_err() {
                    return;
                }
            }
            if self.first_scan_ended() && events.send(FolderEvent::Scanned).await.is_err() {
                return;
            }
        }
    }

    /// Lists the folder, reads the `.toml`s that have settled, and takes up what follows.
    async fn look(&mut self) {
        let listing = match self.list().await {
            Ok(listing) => listing,
            Err(error) => return self.lose_sight(&error),
        };
        self.see(&listing);
        self.passed_over = listing.passed_over.clone();
        let due = self.tracker.observe(&listing, &self.signals.open(), Instant::now());
        if !due.is_empty() {
            let reads = due.into_iter().map(|path| (self.tracker.to_read(&path), path)).collect();
            self.settle(reads).await;
        }
        let passed_over = self.passed_over.iter().cloned().chain(self.tracker.restless(Instant::now())).collect();
        let stems = self.tracker.stems();
        let folder = Folder { dir: &self.dir, stems: &stems, rules: self.provisions.rules() };
        let wanted = wanted(&folder, &self.plugins.holders(), passed_over);
        let given_up = self.plugins.reconcile(wanted);
        self.underway.retain(|_, load| {
            let keep = !given_up.contains(&load.name);
            if !keep {
                load.task.abort();
            }
            keep
        });
    }

    async fn list(&self) -> io::Result<Listing> {
        let dir = Arc::clone(&self.dir);
        let mut known = self.tracker.paths();
        let list = move || match listing::list(&dir, &BTreeSet::new())? {
            // Who comes later must not push out who was there.
            listing if listing.is_crowded() && !known.is_empty() => listing::list(&dir, &std::mem::take(&mut known)),
            listing => Ok(listing),
        };
        task::spawn_blocking(list).await.unwrap_or_else(|error| Err(panicked(&error)))
    }

    fn lose_sight(&mut self, error: &io::Error) {
        if !self.unseen {
            tracing::warn!(%error, folder = %self.dir.display(), "the plugin folder cannot be read: what runs goes on, and it is looked for every second");
        }
        self.unseen = true;
        self.signals.detach();
        self.tracker.doubt_all(Instant::now());
    }

    fn see(&mut self, listing: &Listing) {
        if std::mem::take(&mut self.unseen) {
            tracing::info!(folder = %self.dir.display(), "the plugin folder is back");
            self.tracker.doubt_all(Instant::now());
        }
        self.signals.attach(&self.dir, listing.root, &listing.folders);
    }

    async fn settle(&mut self, reads: Vec<(Small<Stamp>, PathBuf)>) {
        let dir = Arc::clone(&self.dir);
        let read = move || reads.into_iter().map(|(stamps, path)| (read_small(&dir, &path, &stamps), path)).collect::<Vec<_>>();
        for (texts, path) in task::spawn_blocking(read).await.unwrap_or_default() {
            match texts {
                Some(texts) => self.tracker.advance(&path, texts),
                None => self.tracker.doubt(&path, Instant::now()),
            }
        }
    }

    /// Starts as many loads as there is room for.
    fn start(&mut self) {
        while self.underway.len() < LOADS_MAX {
            let Some((claim, stamp, running)) = self.plugins.start() else { return };
            tracing::debug!(plugin = %claim.name, waiting = self.plugins.waiting(), "a load begins");
            let (name, file) = (claim.name.as_str().to_owned(), self.dir.join(&claim.component));
            let task = self.loads.spawn(
                Job { claim, stamp, dir: Arc::clone(&self.dir), running, provisions: Arc::clone(&self.provisions) }.run(Arc::clone(&self.loader)),
            );
            self.underway.insert(task.id(), Underway { name, file, task });
        }
    }

    fn take(&mut self, ended: Result<(task::Id, Ended), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        // One that was given up is not there any more.
        let Some(Underway { name, file, .. }) = self.underway.remove(&id) else { return };
        let ended = ended.map(|(_, ended)| ended).unwrap_or_else(|error| {
            let message = format!("{error}: this is a fault of Oyez, please report it; another build of the plugin may load");
            Ended::Refused(Refused::new(&name, file, "loader-failed", &message, None))
        });
        if let Some(claim) = self.plugins.finish(&name, ended) {
            self.tracker.doubt(&claim.component.with_extension(""), Instant::now());
        }
    }

    /// Whether the first scan ended just now.
    fn first_scan_ended(&mut self) -> bool {
        let Some((paths, until)) = &self.first else { return false };
        let settled = *until <= Instant::now() || paths.iter().all(|path| self.tracker.is_settled(path));
        let ended = settled && !self.unseen && self.plugins.is_idle();
        if ended {
            self.first = None;
        }
        ended
    }
}
