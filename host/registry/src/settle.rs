//! When a file counts as whole: the files of a stem advance together, once neither has changed for the settle time and, as far as is
//! known, nobody has them open for writing.

use crate::door::Stamp;
use crate::listing::{Listing, Pair, PassedOver, with_suffix};
use crate::read::{ReadError, read};
use crate::settings::{self, Parsed, Problem};
use crate::wanted::{Stem, Toml};
use oyez_model::Version;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A file that somebody holds open for writing is waited for this long after its last change: a close may have been missed.
const QUIET_MAX: Duration = Duration::from_secs(30);
/// A pair that has not stood still for so long is told of.
const RESTLESS_MAX: Duration = Duration::from_secs(60);
/// A `.toml`, in bytes.
const TOML_BYTES_MAX: u64 = 1 << 20;
/// A `.sig`, in bytes.
const SIG_BYTES_MAX: u64 = 16 << 10;

#[derive(Debug)]
struct Track {
    now: Pair,
    since: Instant,
    /// When it last stood still, or came.
    rested: Instant,
    /// When it can be believed.
    due: Instant,
    settled: bool,
    /// What was there when it last settled.
    known: Pair,
    toml: Option<Toml>,
    signature: Option<Text>,
}

/// What was read of a small file, or why it was not.
pub(crate) type Text = Result<String, Problem>;

/// The small files of a stem that must be read before it advances, by their stamps; then what they say.
#[derive(Debug)]
pub(crate) struct Small<T> {
    pub(crate) toml: Option<T>,
    pub(crate) sig: Option<T>,
}

/// What is there, and for how long it has stood still.
#[derive(Debug)]
pub(crate) struct Tracker {
    settle: Duration,
    tracks: BTreeMap<PathBuf, Track>,
}

impl Tracker {
    pub(crate) fn new(settle: Duration) -> Self {
        Self { settle, tracks: BTreeMap::new() }
    }

    /// Takes in a listing; returns the stems that have stood still for long enough, to be read and then [`Self::advance`]d.
    pub(crate) fn observe(&mut self, listing: &Listing, open: &HashSet<PathBuf>, now: Instant) -> Vec<PathBuf> {
        for path in listing.pairs.keys() {
            if !self.tracks.contains_key(path) {
                let track = Track {
                    now: Pair::default(),
                    since: now,
                    rested: now,
                    due: now,
                    settled: false,
                    known: Pair::default(),
                    toml: None,
                    signature: None,
                };
                self.tracks.insert(path.clone(), track);
            }
        }
        let mut due = Vec::new();
        for (path, track) in &mut self.tracks {
            // A folder that cannot be read says nothing about what is in it.
            let hidden = !listing.pairs.contains_key(path) && listing.is_hidden(path);
            let pair = if hidden { track.known } else { listing.pairs.get(path).copied().unwrap_or_default() };
            if pair != track.now {
                if track.settled {
                    track.rested = now;
                }
                (track.now, track.since, track.settled) = (pair, now, false);
            }
            if track.settled {
                continue;
            }
            let written = [".wasm", ".toml", ".sig"].iter().any(|suffix| open.contains(&with_suffix(path, suffix)));
            track.due = track.since + if written { self.settle.max(QUIET_MAX) } else { self.settle };
            if track.due <= now {
                due.push(path.clone());
            }
        }
        due
    }

    /// What stood still is what is known from now on.
    pub(crate) fn advance(&mut self, path: &Path, texts: Small<Text>) {
        let Some(track) = self.tracks.get_mut(path) else { return };
        let before = track.toml.take();
        // No text: the file is the one that was read before.
        track.toml = match (track.now.toml, texts.toml) {
            (Some(_), Some(text)) => Some(revised(before, track.known, text)),
            (Some(_), None) => before,
            (None, _) => None,
        };
        track.signature = match (track.now.sig, texts.sig) {
            (Some(_), None) => track.signature.take(),
            (there, text) => text.filter(|_| there.is_some()),
        };
        track.known = track.now;
        track.settled = true;
        if track.known == Pair::default() {
            self.tracks.remove(path);
        }
    }

    /// It was not what it seemed: it must stand still once more.
    pub(crate) fn doubt(&mut self, path: &Path, now: Instant) {
        if let Some(track) = self.tracks.get_mut(path) {
            if track.settled && track.since + RESTLESS_MAX <= now {
                track.rested = now;
            }
            (track.since, track.due, track.settled) = (now, now + self.settle, false);
        }
    }

    /// The folder cannot be seen: whatever was about to settle, an absence above all, must be seen to stand still afterwards.
    pub(crate) fn doubt_all(&mut self, now: Instant) {
        for track in self.tracks.values_mut().filter(|track| !track.settled) {
            (track.since, track.due) = (now, now + self.settle);
        }
    }

    /// What must be read before [`Self::advance`].
    pub(crate) fn to_read(&self, path: &Path) -> Small<Stamp> {
        let changed =
            |of: fn(&Pair) -> Option<Stamp>| self.tracks.get(path).and_then(|track| of(&track.now).filter(|_| of(&track.now) != of(&track.known)));
        Small { toml: changed(|pair| pair.toml), sig: changed(|pair| pair.sig) }
    }

    /// What is known, by path.
    pub(crate) fn paths(&self) -> BTreeSet<PathBuf> {
        self.tracks.keys().cloned().collect()
    }

    /// What never stands still: each write begins the wait anew.
    pub(crate) fn restless(&self, now: Instant) -> impl Iterator<Item = PassedOver> {
        let restless = self.tracks.iter().filter(move |(_, track)| !track.settled && track.rested + RESTLESS_MAX <= now);
        restless.map(|(path, _)| {
            let message = format!("it has been changing for {} s, and is read once it stands still: end what writes to it", RESTLESS_MAX.as_secs());
            PassedOver { path: path.clone(), code: "file-changed", message }
        })
    }

    /// When something may settle next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.tracks.values().filter(|track| !track.settled).map(|track| track.due).min()
    }

    /// Whether this stem stands still, or is gone.
    pub(crate) fn is_settled(&self, path: &Path) -> bool {
        self.tracks.get(path).is_none_or(|track| track.settled)
    }

    /// All that is known.
    pub(crate) fn stems(&self) -> BTreeMap<PathBuf, Stem> {
        let stem = |track: &Track| Stem {
            wasm: track.known.wasm,
            toml: track.toml.clone(),
            signature: track.signature.clone(),
            settled: track.settled,
            coming: track.known.wasm.is_none() && track.now.wasm.is_some(),
        };
        self.tracks.iter().map(|(path, track)| (path.clone(), stem(track))).collect()
    }
}

/// A `.toml` after it changed: what was good before stays in force until it is good again.
fn revised(before: Option<Toml>, known: Pair, text: Text) -> Toml {
    let sum = text.as_ref().ok().map(|text| Version::of(text.as_bytes()));
    let Parsed { outline, result } =
        text.map_or_else(|problem| Parsed { outline: (None, None), result: Err(problem) }, |text| settings::parse(&text));
    match result {
        Ok(settings) => Toml { outline, good: Some(Arc::new(settings)), sum, bare: false, problem: None },
        Err(problem) => {
            let bare = before.as_ref().map_or(known.wasm.is_some(), |toml| toml.bare);
            let (good, sum) = before.map_or((None, None), |toml| (toml.good, toml.sum));
            Toml { outline, good, sum, bare, problem: Some(problem) }
        }
    }
}

/// Reads what is small of a stem. `None`: it changed meanwhile. Blocks.
pub(crate) fn read_small(dir: &Path, stem: &Path, stamps: &Small<Stamp>) -> Option<Small<Text>> {
    let one = |stamp: Option<Stamp>, suffix: &str, max: u64, code| match stamp {
        Some(stamp) => text(dir, &with_suffix(stem, suffix), stamp, max, code).map(Some),
        None => Some(None),
    };
    Some(Small {
        toml: one(stamps.toml, ".toml", TOML_BYTES_MAX, "invalid-toml")?,
        sig: one(stamps.sig, ".sig", SIG_BYTES_MAX, "invalid-signature")?,
    })
}

fn text(dir: &Path, file: &Path, stamp: Stamp, max: u64, code: &'static str) -> Option<Text> {
    match read(dir, file, stamp, max) {
        Ok(bytes) => Some(std::str::from_utf8(&bytes).map(str::to_owned).map_err(|error| {
            let message = format!("byte {} is no UTF-8: save the file as UTF-8", error.valid_up_to());
            Problem { code, message }
        })),
        Err(ReadError::Changed) => None,
        Err(error) => Some(Err(Problem { code: error.code(), message: error.to_string() })),
    }
}
