//! When the views are written to their store.

use crate::overlay::Frozen;
use crate::state::State;
use parking_lot::RwLock;

/// Changes in memory that make a checkpoint due: bounds the memory, and what a restart reads again.
const CHANGES_MAX: usize = 64 << 10;
/// Bytes of changes in memory that make one due.
const BYTES_MAX: usize = 32 << 20;
/// Frames since the last that make one due.
const FRAMES_MAX: usize = 256 << 10;

/// Frames after which one that failed is tried again.
const RETRY_FRAMES: usize = 8 << 10;

/// Counts towards the next checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    frames: usize,
}

impl Checkpoints {
    /// A frame was applied.
    pub(crate) fn count(&mut self) {
        self.frames += 1;
    }

    /// Freezes the next checkpoint if it is due, or wanted now, and none is on its way.
    pub(crate) fn next(&mut self, state: &mut State, force: bool) -> Option<Frozen> {
        let full = state.overlay.len() >= CHANGES_MAX || state.overlay.bytes() >= BYTES_MAX;
        let due = if state.overlay.has_failed() { self.frames >= RETRY_FRAMES } else { full || self.frames >= FRAMES_MAX };
        if !(due || force) || state.overlay.is_freezing() {
            return None;
        }
        self.frames = 0;
        state.materialise();
        let applied = state.applied;
        state.overlay.freeze(applied)
    }
}

/// Writes a checkpoint that was frozen, and says whether it is written. If not, it is the next one again.
pub(crate) fn write_checkpoint(frozen: &Frozen, state: &RwLock<State>) -> bool {
    let written = frozen.write();
    let overlay = &mut state.write().overlay;
    let done = written.is_ok();
    match written {
        Ok(()) => overlay.thaw(),
        // It stays in memory, and is there to be read; the log has it all.
        Err(error) => {
            tracing::error!(%error, "a checkpoint of the views failed; it is tried again");
            overlay.fail();
        }
    }
    done
}
