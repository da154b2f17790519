//! One build of a plugin, whole.

use crate::Version;
use std::fmt;
use std::sync::Arc;

/// The bytes of a component and the version that they are, which never disagree: a build is made by hashing its bytes, once.
#[derive(Clone, PartialEq, Eq)]
pub struct Build {
    version: Version,
    bytes: Arc<[u8]>,
}

impl Build {
    /// The build that these bytes are. Takes some milliseconds for each megabyte.
    #[must_use]
    pub fn of(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { version: Version::of(&bytes), bytes }
    }

    /// What it is called.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The component.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The component, for whom the name is no matter.
    #[must_use]
    pub fn into_bytes(self) -> Arc<[u8]> {
        self.bytes
    }
}

impl fmt::Debug for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Build").field("version", &self.version).field("bytes", &self.bytes.len()).finish()
    }
}
