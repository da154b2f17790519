//! Calls a name that is granted, and leads to the machine itself.
//!
//! Stopped by the check of every address.

use super::http::{calling, server};
use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    let port = server().authority().rsplit_once(':').expect("an address has a port").1.to_owned();
    calling(&format!("ip6-localhost:{port}"), "/ok", &format!("\"ip6-localhost:{port}\""), Expect::Completes)
}
