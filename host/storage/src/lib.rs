//! Where things lie: the log in checksummed segments, the views in an embedded store, both on disk and in memory.
//!
//! ```text
//! DataDir  LOCK  FORMAT  secret
//!   log/     0000000001.seg ...     Segments over Files
//!   views/                          FjallViews
//!   starts                          FileRegister
//! ```

mod data_dir;
mod files;
mod register;
mod segments;
mod views;

pub use data_dir::{DataDir, DataDirError};
pub use files::{DiskFiles, MemoryFiles, Withholding};
pub use register::{FileRegister, Forgetful};
pub use segments::{SegmentOptions, Segments};
pub use views::{FjallViews, MemoryViews};
