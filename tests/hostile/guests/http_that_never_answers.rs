//! Calls a host that takes the request and never answers.
//!
//! Stopped by its `time`.

use super::http::{calling, server};
use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    calling(&server().authority(), "/never", &format!("\"{}\"", server().authority()), Expect::Dies("timed-out", "`time`"))
}
