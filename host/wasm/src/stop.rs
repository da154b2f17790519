//! Why a call ended without an answer, in one line that its author can use.

use crate::instance::{Meter, NoMemory, Output, RESOURCES_MAX, StateError};
use crate::wasi::RandomTooLong;
use oyez_model::port::SnapshotError;
use oyez_model::{Limits, Shortage, Verdict, bounds};
use std::fmt;
use std::time::Duration;
use wasmtime::component::ResourceTableError;
use wasmtime::{Error, PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

/// What wasmtime says when a crossing carries too much. The error's type is its own, and the version is pinned; a test holds it.
const FUEL: &str = "fuel allocated for hostcalls has been exhausted";
/// What wasmtime says when a guest holds too many handles.
const HANDLES: &str = "store handle limit exceeded";

/// What stopped a call.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The guest trapped.
    Trapped(String),
    /// Longer than its `time`.
    TimedOut(String),
    /// Over a limit, and the key under `[limits]` that moves it, if one does.
    OverLimit(String, Option<&'static str>),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Trapped(reason) | Self::TimedOut(reason) | Self::OverLimit(reason, _)) = self;
        f.write_str(reason)
    }
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Trapped(reason) => Self::Trapped(reason),
            Stop::TimedOut(reason) => Self::TimedOut(format!("{reason} (wait for less in one attempt, or raise `time` in [limits])")),
            Stop::OverLimit(reason, None) => Self::OverLimit(reason),
            Stop::OverLimit(reason, Some(key)) => Self::OverLimit(format!("{reason} (do less in one attempt, or raise `{key}` in [limits])")),
        }
    }
}

/// It took longer than its time.
pub(crate) fn timed_out(limits: &Limits) -> Stop {
    Stop::TimedOut(format!("took longer than its `time` of {}", seconds(limits.time)))
}

/// Whether a call ended because what it read of its plugin's state was overtaken.
pub(crate) fn is_overtaken(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(StateError::Snapshot(SnapshotError::Overtaken)))
}

/// Reads an error. The order matters: an exit looks like a trap, and whatever follows a refused growth follows from it.
///
/// # Errors
/// The host had no room.
pub(crate) fn why(error: &Error, meter: &Meter, limits: &Limits, output: &Output) -> Result<Stop, Shortage> {
    if let Some(shortage) = error.downcast_ref::<NoMemory>() {
        return Err(Shortage(shortage.to_string()));
    }
    if let Some(StateError::Snapshot(unreadable)) = error.downcast_ref() {
        return Err(Shortage(unreadable.to_string()));
    }
    if let Some(shortage) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        return Err(Shortage(shortage.to_string()));
    }
    if meter.was_over_cpu() {
        return Ok(Stop::OverLimit(format!("used its `cpu` of {} up", seconds(limits.cpu)), Some("cpu")));
    }
    let what = what(error, output);
    if let Some(wanted) = meter.denied() {
        let reason = format!("wanted {wanted} bytes of memory, over its `memory` of {}, then: {what}", limits.memory);
        return Ok(Stop::OverLimit(reason, Some("memory")));
    }
    let text = format!("{error:#}");
    Ok(if text.contains(FUEL) {
        let reason = format!("gave the host more at once than its {} `emission_bytes` can be", limits.emission_bytes);
        Stop::OverLimit(reason, Some("emission_bytes"))
    } else if text.contains(HANDLES) || matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
        Stop::OverLimit(format!("held more than {RESOURCES_MAX} resources at once"), None)
    } else if let Some(StateError::Limit(limit)) = error.downcast_ref() {
        Stop::OverLimit(limit.to_string(), None)
    } else if let Some(random) = error.downcast_ref::<RandomTooLong>() {
        Stop::OverLimit(random.to_string(), None)
    } else {
        Stop::Trapped(what)
    })
}

/// What happened, and what the guest itself said of it.
fn what(error: &Error, output: &Output) -> String {
    let what = if let Some(exit) = error.downcast_ref::<I32Exit>() {
        format!("exited with {} before it answered", exit.0)
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        trap.to_string()
    } else {
        format!("{error:#}")
    };
    match output.last_words() {
        Some(words) => one_line(&format!("{what}: {words}")),
        None => one_line(&what),
    }
}

/// One line of at most half of what is kept of a reason, so that more can be said around it.
fn one_line(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.truncate(line.floor_char_boundary(bounds::REASON_BYTES_MAX / 2));
    line
}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}
