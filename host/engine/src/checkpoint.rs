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

/// Whether so much waits beside a checkpoint on its way that nothing more may come before that is written: a store that is slower than
/// the log would otherwise take all memory.
pub(crate) fn is_behind(state: &State) -> bool {
    let overlay = &state.overlay;
    overlay.is_freezing() && (overlay.len() >= 2 * CHANGES_MAX || overlay.bytes() >= 2 * BYTES_MAX)
}

/// Writes a checkpoint that was frozen, and says whether it is written. If not, it is the next one again.
pub(crate) fn write_checkpoint(frozen: &Frozen, state: &RwLock<State>) -> bool {
    let written = frozen.write();
    let overlay = &mut state.write().overlay;
    match &written {
        Ok(()) => overlay.thaw(),
        // It stays in memory, and is there to be read; the log has it all.
        Err(error) => {
            tracing::error!(%error, "a checkpoint of the views failed; it is tried again");
            overlay.fail();
        }
    }
    written.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_model::Sequence;
    use oyez_model::port::Space;
    use oyez_storage::MemoryViews;
    use std::sync::Arc;

    #[test]
    fn what_waits_beside_a_checkpoint_is_bounded() {
        let mut state = State::load(Arc::new(MemoryViews::default())).unwrap();
        let fill = |state: &mut State, changes: usize| {
            (0..changes).for_each(|n| state.overlay.put(Space::Ids, n.to_be_bytes().to_vec(), Vec::new()));
        };
        fill(&mut state, 3 * CHANGES_MAX);
        assert!(!is_behind(&state), "none is on its way: the next one takes it all");
        let frozen = Checkpoints::default().next(&mut state, false).unwrap();
        fill(&mut state, 2 * CHANGES_MAX - 1);
        assert!(!is_behind(&state) && Checkpoints::default().next(&mut state, true).is_none());
        fill(&mut state, 2 * CHANGES_MAX);
        assert!(is_behind(&state));
        let state = RwLock::new(state);
        write_checkpoint(&frozen, &state);
        assert!(!is_behind(&state.read()) && state.read().overlay.get(Space::Ids, &0_usize.to_be_bytes()).unwrap().is_some());
        assert_eq!(state.read().applied, Sequence(0));
    }
}
