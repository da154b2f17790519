//! Folders of files: on disk, in memory, and a layer that shows what a crash takes.

mod content;
mod crash;
mod disk;
mod memory;
mod withholding;

pub use disk::DiskFiles;
pub(crate) use disk::make_folder;
pub use memory::MemoryFiles;
pub use withholding::Withholding;
