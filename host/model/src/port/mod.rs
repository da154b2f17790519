//! The ports: everything that is world lies behind one of these.

mod clock;
mod files;
mod handler;
mod log;
mod register;
mod snapshot;
mod views;

pub use clock::Clock;
pub use files::{File, Files};
pub use handler::{BoxFuture, Handler, LoadError, Loader, Plugin, PluginSettings};
pub use log::{Damage, Extent, Group, Log, LogError, LogReader, Opened, RawFrame, TornTail};
pub use register::{Register, Slot, Started};
pub use snapshot::{Snapshot, SnapshotError, Versioned};
pub use views::{Change, Row, Space, Views, ViewsError};
