//! A folder that is watched, and a loader that compiles nothing: a component is a text, and the text says what comes of it.
//!
//! `bad…` is refused by the loader, `panic…` panics, `mute…` describes no subscription, `twice…` one name twice; all else subscribes
//! to `shop.order.placed.v1` as `on-order`.

use oyez_model::port::{BoxFuture, Handler, LoadError, Loader, Plugin, PluginSettings};
use oyez_model::{Build, Delivery, Filter, Outcome, PluginName, SubscriptionName, SubscriptionPatch};
use oyez_registry::{FolderEvent, FolderOptions, Loaded, Provisions, Refused, WatchError, watch};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A failure bound, not a wait: far beyond what anything here takes.
const SOON: Duration = Duration::from_secs(30);
/// Short, so that tests are quick; a test that needs a file to settle waits for the report of another that did.
const SETTLE: Duration = Duration::from_millis(60);

#[derive(Debug)]
struct Idle;

impl Handler for Idle {
    fn attempt(&self, _: Delivery) -> BoxFuture<Outcome> {
        Box::pin(async { unreachable!("nothing is delivered here") })
    }
}

#[derive(Debug)]
pub(crate) struct Fake {
    /// Each load: name and text.
    pub(crate) loads: Mutex<Vec<(String, String)>>,
    begun: Notify,
    /// Loads wait here until a test lets them on.
    pub(crate) gate: Semaphore,
}

impl Fake {
    pub(crate) fn texts(&self) -> Vec<String> {
        self.loads.lock().expect("no load panics with the lock").iter().map(|(_, text)| text.clone()).collect()
    }
}

#[derive(Debug)]
struct Gated(Arc<Fake>);

impl Loader for Gated {
    fn load(&self, name: PluginName, build: Build, _: PluginSettings) -> BoxFuture<Result<Plugin, LoadError>> {
        let fake = Arc::clone(&self.0);
        Box::pin(async move {
            let text = String::from_utf8_lossy(build.bytes()).into_owned();
            fake.loads.lock().expect("no load panics with the lock").push((name.as_str().to_owned(), text.clone()));
            fake.begun.notify_one();
            drop(fake.gate.acquire().await);
            assert!(!text.starts_with("panic"), "the loader panics as it was asked to");
            if text.starts_with("bad") {
                return Err(LoadError { code: "not-a-component", message: "it is no component".to_owned() });
            }
            let mut patch = SubscriptionPatch::new(SubscriptionName::new("on-order").expect("a name"));
            let clause = ("type".to_owned(), "shop.order.placed.v1".to_owned());
            patch.filters = Some(vec![Filter::new("exact", vec![clause]).expect("a filter")]);
            let copies = if text.starts_with("mute") { 0 } else { 1 + usize::from(text.starts_with("twice")) };
            Ok(Plugin {
                version: build.version(),
                described_version: "1".to_owned(),
                summary: text,
                subscriptions: vec![patch; copies],
                emits: Vec::new(),
                asks: Vec::new(),
                handler: Arc::new(Idle),
            })
        })
    }
}

/// A plugin folder in a folder of its own.
pub(crate) struct Folder {
    outside: TempDir,
    pub(crate) fake: Arc<Fake>,
    pub(crate) provisions: Provisions,
    events: Option<mpsc::Receiver<FolderEvent>>,
    watching: Option<JoinHandle<Result<(), WatchError>>>,
}

impl Folder {
    /// Not watched yet, and not there yet.
    pub(crate) fn new() -> Self {
        let outside = tempfile::tempdir().expect("a folder");
        let fake = Arc::new(Fake { loads: Mutex::default(), begun: Notify::new(), gate: Semaphore::new(Semaphore::MAX_PERMITS) });
        Self { outside, fake, provisions: Provisions::default(), events: None, watching: None }
    }

    /// Watched, and empty.
    pub(crate) async fn watched() -> Self {
        let mut folder = Self::new();
        folder.watch();
        folder.scanned().await;
        folder
    }

    pub(crate) fn watch(&mut self) {
        let (events, received) = mpsc::channel(4);
        let mut options = FolderOptions::new(self.path(""));
        options.settle = SETTLE;
        options.provisions = self.provisions.clone();
        self.watching = Some(tokio::spawn(watch(options, Arc::new(Gated(Arc::clone(&self.fake))), events)));
        self.events = Some(received);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.outside.path().join("plugins").join(name)
    }

    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.outside.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("removed");
    }

    pub(crate) async fn next(&mut self) -> FolderEvent {
        let events = self.events.as_mut().expect("it is watched");
        timeout(SOON, events.recv()).await.expect("an event in time").expect("the watch goes on")
    }

    pub(crate) async fn loaded(&mut self) -> Loaded {
        match self.next().await {
            FolderEvent::Loaded(loaded) => *loaded,
            other => panic!("not loaded, but {other:?}"),
        }
    }

    /// So many loads have begun since the start.
    pub(crate) async fn begun(&self, loads: usize) {
        while self.fake.texts().len() < loads {
            timeout(SOON, self.fake.begun.notified()).await.expect("a load begins in time");
        }
    }

    /// From here on loads wait for permits.
    pub(crate) fn shut(&self) {
        self.fake.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// The next is that this plugin, of this text, loaded.
    pub(crate) async fn loads(&mut self, name: &str, text: &str) -> Loaded {
        let loaded = self.loaded().await;
        assert_eq!((loaded.name.as_str(), loaded.plugin.summary.as_str()), (name, text));
        loaded
    }

    pub(crate) async fn refuses(&mut self, name: &str, code: &str) -> Refused {
        match self.next().await {
            FolderEvent::Refused(refused) => {
                assert_eq!((refused.name.as_str(), refused.code), (name, code), "{}", refused.message);
                refused
            }
            other => panic!("not refused, but {other:?}"),
        }
    }

    pub(crate) async fn removes(&mut self, name: &str) {
        match self.next().await {
            FolderEvent::Removed(removed) => assert_eq!(removed, name),
            other => panic!("not removed, but {other:?}"),
        }
    }

    pub(crate) async fn scanned(&mut self) {
        let event = self.next().await;
        assert!(matches!(event, FolderEvent::Scanned), "{event:?}");
    }

    /// Nothing was to be told of what was done before: a plugin that is put there now is the next.
    pub(crate) async fn nothing_but(&mut self, marker: &str) {
        self.put(&format!("{marker}.wasm"), marker);
        self.loads(marker, marker).await;
    }

    /// Lets the receiver go; the watch must end, and well.
    pub(crate) async fn close(mut self) {
        drop(self.events.take());
        let watching = self.watching.take().expect("it is watched");
        timeout(SOON, watching).await.expect("it ends in time").expect("it does not panic").expect("it ends well");
    }

    /// The watch could not begin.
    pub(crate) async fn fails(mut self) -> WatchError {
        let watching = self.watching.take().expect("it is watched");
        timeout(SOON, watching).await.expect("it ends in time").expect("it does not panic").expect_err("it cannot be watched")
    }
}

pub(crate) fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).expect("a link");
}
