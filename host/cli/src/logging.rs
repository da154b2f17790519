//! What a host says of itself: lines on standard error.

use crate::environment;
use crate::error::{Failure, Result};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

const FILTER: &str = "OYEZ_LOG";
/// The store of the views tells much that concerns nobody.
const FILTER_DEFAULT: &str = "info,fjall=warn,lsm_tree=warn";

/// Starts it, by the filter in `OYEZ_LOG` (`info`, or `warn,oyez_registry=debug`). Colours only for a terminal, and none by `NO_COLOR`.
pub(crate) fn start() -> Result<()> {
    let given = environment::variable(FILTER)?;
    let filter = given.as_deref().unwrap_or(FILTER_DEFAULT);
    let wrong = |error| Failure::failed("invalid-setting", format!("`{FILTER}` is `{filter}`, but takes a filter such as `info`: {error}"));
    let filter = EnvFilter::builder().parse(filter).map_err(wrong)?;
    let colours = io::stderr().is_terminal() && environment::variable("NO_COLOR")?.is_none();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colours);
    // A log that nobody reads any more is no reason to stop.
    logging.log_internal_errors(false).init();
    Ok(())
}
