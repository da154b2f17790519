//! The plugin folder: what lies in it becomes what runs.
//!
//! watch -> listing -> settle -> wanted -> plugins -> load -> report
//!
//! - `door` opens what lies in the folder, and nothing else; `read` reads a file of it whole;
//! - `listing` says which files are there; `settle` says which of them stand still, and reads the `.toml`s of those;
//! - `settings` makes a `.toml` into checked values; `wanted` says who is who: names, shared components, collisions;
//! - `provide` says what a plugin gets of what it asks for: policies, variables, secrets;
//! - `signature` says who vouches for it; `sign` makes what it looks for;
//! - `plugins` holds what is wanted against what runs; `load` makes one plugin by the port `Loader`;
//! - `asked` reads a `.toml` without a folder around it;
//! - `watch` is the task that moves all of it, and `signals` tells it to look again.
//!
//! What decides is pure: `settings`, `wanted` and `plugins` touch no file and know no clock.

mod asked;
mod door;
mod error;
mod escape;
mod listing;
mod load;
mod plugins;
mod provide;
mod read;
mod report;
mod settings;
mod settle;
mod sign;
mod signals;
mod signature;
mod wanted;
mod watch;

pub use asked::{Asked, AskedError};
pub use error::WatchError;
pub use escape::shown;
pub use provide::Provisions;
pub use report::{FolderEvent, FolderOptions, Loaded, Refused};
pub use settings::{CeilingError, ceilings, check_settings};
pub use sign::{SignError, Signed, sign};
pub use signature::{PublicKey, SignatureError, SigningKey};
pub use watch::watch;
