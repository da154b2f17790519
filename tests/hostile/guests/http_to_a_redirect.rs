//! Calls a host that sends it on to one that nobody granted.
//!
//! Stopped by the host, which follows nobody: the redirect is all that it gets.

use super::http::{calling, server};
use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    calling(&server().authority(), "/to/http://169.254.169.254/latest/meta-data", &format!("\"{}\"", server().authority()), Expect::Completes)
}
