//! The store of the views: an embedded one on disk, and memory.

mod fjall_views;
mod memory;

pub use fjall_views::FjallViews;
pub use memory::MemoryViews;
