//! Calls a name that leads elsewhere each time it is asked for.
//!
//! Stopped by the grant `http`, then the connection to the checked address.

use super::http;
use crate::hostile::Guest;

pub(super) fn guest(_: usize) -> Guest {
    http::calling("rebinds.example:80")
}
