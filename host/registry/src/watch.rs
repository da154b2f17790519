//! The task that watches.

use crate::candidates::{Candidate, Input, Read, candidates, settings_files};
use crate::listing::{self, Listing};
use crate::load::{Outcome, load};
use crate::settings;
use crate::stillness::Stillness;
use crate::table::Wrong;
use crate::{FolderEvent, FolderOptions, Refused, WatchError};
use notify::{Event, RecursiveMode, Watcher};
use oyez_model::port::{Loader, PluginSettings};
use oyez_model::{SubscriptionSpec, Version};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Without news the folder is looked at this often: some file systems tell nothing.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// While something moves.
const LOOK_SOON: Duration = Duration::from_millis(40);
/// Plugins that load side by side.
const LOADING_MAX: usize = 2;

/// What was loaded, to tell whether another load would change anything.
#[derive(Debug, PartialEq)]
struct Running {
    version: Version,
    settings: PluginSettings,
    subscriptions: Vec<SubscriptionSpec>,
    paused: bool,
}

/// What is known of a file that makes a plugin.
#[derive(Debug)]
struct Known {
    name: String,
    /// What was loaded or refused last.
    tried: Option<Input>,
    running: Option<Running>,
}

struct Watch {
    dir: PathBuf,
    settle: Duration,
    loader: Arc<dyn Loader>,
    events: mpsc::Sender<FolderEvent>,
    stillness: Stillness,
    read: BTreeMap<PathBuf, Read>,
    known: HashMap<PathBuf, Known>,
    loading: JoinSet<(Candidate, Outcome)>,
    in_loading: BTreeSet<PathBuf>,
    scanned: bool,
}

/// Nobody listens any more.
struct Closed;

/// Watches a folder, until nobody listens any more: tells what came, changed and went.
///
/// # Errors
/// It is no folder, or cannot be made. That it cannot be watched by the system's own means is no error: then it is looked at each second.
pub async fn watch(options: FolderOptions, loader: Arc<dyn Loader>, events: mpsc::Sender<FolderEvent>) -> Result<(), WatchError> {
    let FolderOptions { dir, settle } = options;
    let folder = |source| WatchError::Folder { path: dir.clone(), source };
    std::fs::create_dir_all(&dir).map_err(folder)?;
    // Events name files by their real path.
    let dir = dir.canonicalize().map_err(folder)?;
    let (told, mut news) = mpsc::unbounded_channel::<Event>();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if let Ok(event) = event {
            let _ = told.send(event);
        }
    });
    let watcher = watcher.and_then(|mut watcher| watcher.watch(&dir, RecursiveMode::Recursive).map(|()| watcher));
    if let Err(error) = &watcher {
        tracing::warn!(%error, "the system does not tell of changes in the plugin folder; it is looked at each second");
    }
    let mut watch = Watch {
        dir,
        settle,
        loader,
        events,
        stillness: Stillness::default(),
        read: BTreeMap::new(),
        known: HashMap::new(),
        loading: JoinSet::new(),
        in_loading: BTreeSet::new(),
        scanned: false,
    };
    while watch.turn(&mut news).await.is_ok() {}
    Ok(())
}

impl Watch {
    async fn turn(&mut self, news: &mut mpsc::UnboundedReceiver<Event>) -> Result<(), Closed> {
        self.look().await?;
        let wait = if self.stillness.is_moving() || !self.scanned { LOOK_SOON } else { LOOK_EVERY };
        tokio::select! {
            told = news.recv(), if !news.is_closed() => {
                self.told(told);
                while let Ok(event) = news.try_recv() {
                    self.told(Some(event));
                }
            }
            Some(done) = self.loading.join_next(), if !self.loading.is_empty() => {
                if let Ok((candidate, outcome)) = done {
                    self.done(candidate, outcome).await?;
                }
            }
            () = tokio::time::sleep(wait) => {}
            () = self.events.closed() => return Err(Closed),
        }
        Ok(())
    }

    fn told(&mut self, event: Option<Event>) {
        let Some(event) = event else { return };
        for path in &event.paths {
            if let Ok(path) = path.strip_prefix(&self.dir) {
                self.stillness.told(&event.kind, path);
            }
        }
    }

    /// Looks at the folder, and begins what is to be done.
    async fn look(&mut self) -> Result<(), Closed> {
        let dir = self.dir.clone();
        let listed = tokio::task::spawn_blocking(move || listing::list(&dir)).await;
        let listing: Listing = match listed {
            Ok(Ok(listing)) => listing,
            Ok(Err(error)) => {
                // A folder that is away (an unmounted disk) says nothing about its plugins: what runs goes on.
                tracing::warn!(folder = %self.dir.display(), %error, "the plugin folder cannot be read; what runs goes on");
                return Ok(());
            }
            Err(_) => return Err(Closed),
        };
        self.stillness.look(&listing, self.settle, Instant::now());
        self.read_settings();
        let holders = self.known.iter().filter(|(_, known)| known.running.is_some()).map(|(file, known)| (known.name.clone(), file.clone())).collect();
        let candidates = candidates(&self.stillness.settled, &self.read, &holders);
        self.let_go(&candidates).await?;
        let mut busy = false;
        for candidate in candidates {
            busy |= self.begin(candidate).await?;
        }
        if !self.scanned && !busy && self.loading.is_empty() && !self.stillness.is_moving() {
            self.scanned = true;
            self.tell(FolderEvent::Scanned).await?;
        }
        Ok(())
    }

    /// Reads what settled since the last look.
    fn read_settings(&mut self) {
        let files: Vec<_> = settings_files(&self.stillness.settled).cloned().collect();
        self.read.retain(|file, _| files.contains(file));
        for file in files {
            let stamp = self.stillness.settled[&file];
            if self.read.get(&file).is_some_and(|read| read.stamp == stamp) {
                continue;
            }
            let unreadable = |error: std::io::Error| Wrong { code: "unreadable", message: format!("it cannot be read: {error}") };
            let parsed = std::fs::read_to_string(self.dir.join(&file)).map_err(unreadable).and_then(|text| settings::parse(&text));
            let before = self.read.remove(&file).and_then(|read| read.good);
            let read = match parsed {
                Ok(settings) => Read { stamp, good: Some(settings), wrong: None },
                Err(wrong) => Read { stamp, good: before, wrong: Some(wrong) },
            };
            self.read.insert(file, read);
        }
    }

    /// What no file makes any more, or under another name, is gone.
    async fn let_go(&mut self, candidates: &[Candidate]) -> Result<(), Closed> {
        let stays = |file: &PathBuf, known: &Known| {
            candidates.iter().any(|c| c.file == *file && c.name == known.name && !(c.gone && known.running.is_some()))
        };
        let gone: Vec<_> = self.known.iter().filter(|(file, known)| !stays(file, known)).map(|(file, _)| file.clone()).collect();
        for file in gone {
            let Some(known) = self.known.remove(&file) else { continue };
            let others = || self.known.values().any(|other| other.name == known.name && other.running.is_some());
            // A file that lost a collision takes nothing with it.
            if known.running.is_some() || !others() {
                self.tell(FolderEvent::Removed(known.name)).await?;
            }
        }
        Ok(())
    }

    /// Begins to load a candidate that is new or changed. Gives back whether it has to wait for its turn.
    async fn begin(&mut self, candidate: Candidate) -> Result<bool, Closed> {
        let fresh = || Known { name: candidate.name.clone(), tried: None, running: None };
        let known = self.known.entry(candidate.file.clone()).or_insert_with(fresh);
        if known.tried.as_ref() == Some(&candidate.input) {
            return Ok(false);
        }
        if let Some((file, wrong)) = candidate.wrong {
            known.tried = Some(candidate.input);
            let Wrong { code, message } = wrong;
            let refused = Refused { name: candidate.name, file: self.dir.join(file), code, message, version: None };
            self.tell(FolderEvent::Refused(refused)).await?;
            return Ok(false);
        }
        if self.in_loading.contains(&candidate.file) || self.loading.len() >= LOADING_MAX {
            return Ok(true);
        }
        self.in_loading.insert(candidate.file.clone());
        let (dir, loader) = (self.dir.clone(), Arc::clone(&self.loader));
        self.loading.spawn(async move {
            let outcome = load(&dir, &candidate, loader).await;
            (candidate, outcome)
        });
        Ok(false)
    }

    async fn done(&mut self, candidate: Candidate, outcome: Outcome) -> Result<(), Closed> {
        self.in_loading.remove(&candidate.file);
        // Gone, or renamed, while it was loading.
        let Some(known) = self.known.get_mut(&candidate.file).filter(|known| known.name == candidate.name) else { return Ok(()) };
        match outcome {
            Outcome::Moved => Ok(()),
            Outcome::Refused(refused) => {
                known.tried = Some(candidate.input);
                self.tell(FolderEvent::Refused(refused)).await
            }
            Outcome::Loaded(loaded) => {
                let running = Running {
                    version: loaded.plugin.version,
                    settings: loaded.settings.clone(),
                    subscriptions: loaded.subscriptions.clone(),
                    paused: loaded.paused,
                };
                known.tried = Some(candidate.input);
                known.running = Some(running);
                self.tell(FolderEvent::Loaded(loaded)).await
            }
        }
    }

    async fn tell(&self, event: FolderEvent) -> Result<(), Closed> {
        self.events.send(event).await.map_err(|_| Closed)
    }
}
