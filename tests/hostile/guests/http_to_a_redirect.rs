//! Calls a host that sends it on to one that nobody granted.
//!
//! Stopped by the grant `http`, asked for each request.

use super::http;
use crate::hostile::Guest;

pub(super) fn guest(_: usize) -> Guest {
    http::calling("redirects.example:80")
}
