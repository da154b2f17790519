//! Calls a name that leads to the machine itself.
//!
//! Stopped by the grant `http`, then the check of every address.

use super::http;
use crate::hostile::Guest;

pub(super) fn guest(_: usize) -> Guest {
    http::calling("loopback.example:80")
}
