//! Calls a host that nobody granted.
//!
//! Stopped by the grant `http`: the call is refused, and it completes without.

use super::http::{calling, server};
use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    calling(&server().authority(), "/ok", "\"other.example:80\"", Expect::Completes)
}
