//! Calls a host that nobody granted.
//!
//! Stopped by the grant `http`.

use super::http;
use crate::hostile::Guest;

pub(super) fn guest(_: usize) -> Guest {
    http::calling("evil.example:443")
}
