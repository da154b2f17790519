//! Calls a host that takes the request and never answers.
//!
//! Stopped by the grant `http`, then its `time`.

use super::http;
use crate::hostile::Guest;

pub(super) fn guest(_: usize) -> Guest {
    http::calling("silent.example:80")
}
