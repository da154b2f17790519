//! The tokens that a server knows: hashes, never the tokens themselves.

use super::file;
use oyez::Namespace;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// A token file is at most this long, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Others than the owner may write.
const WRITABLE: u32 = 0o022;

/// A token's SHA-256 sum. Tokens are 256 random bits, so that nobody finds one by trying: a slow hash would protect nothing.
pub(crate) type Hash = [u8; 32];

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// To publish events.
    Publish,
    /// To read: events, plugins, subscriptions, dead letters, metrics.
    Read,
    /// To change what runs: the verbs of plugins, redrive, release, drop.
    Operate,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Publish, Self::Read, Self::Operate];

    /// As it stands in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Who calls with a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) namespace: Option<Namespace>,
}

/// The tokens of a file.
pub struct Tokens(pub(super) Vec<(Hash, Arc<Caller>)>);

/// Why a token file is refused. No part of what it holds stands in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// It cannot be read.
    #[error("the token file `{}` cannot be read: {source}; `oyez token new NAME --role publish --file FILE` makes one", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner may write it, and so give themselves any token.
    #[error("others may write the token file `{}` (mode {mode:o}): `chmod go-w` it", path.display())]
    Writable {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is wrong.
    #[error("the token file `{}` line {line}: {what}", path.display())]
    Invalid {
        /// Which.
        path: PathBuf,
        /// Where, from 1 up.
        line: usize,
        /// What, and what to do.
        what: String,
    },
}

impl TokensError {
    /// Names the error, in kebab case; `oyez help` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "token-file-unreadable",
            Self::Writable { .. } => "token-file-writable",
            Self::Invalid { .. } => "token-file-invalid",
        }
    }
}

impl Tokens {
    /// Reads a token file.
    ///
    /// # Errors
    /// It cannot be read, others than its owner may write it, or what it holds is wrong or is no token at all.
    pub fn read(path: &Path) -> Result<Self, TokensError> {
        let unreadable = |source| TokensError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & WRITABLE != 0 {
            return Err(TokensError::Writable { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
        file::parse(&text).map(Self).map_err(|(line, what)| TokensError::Invalid { path: path.to_owned(), line, what })
    }

    /// Whether a token of this name is there.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        self.0.iter().any(|(_, caller)| caller.name == name)
    }

    /// Whose token this is. Takes as long whether it is known or not, and whichever it is.
    pub(crate) fn find(&self, token: &[u8]) -> Option<(Hash, Arc<Caller>)> {
        let hash = Sha256::digest(token).into();
        self.known(&hash).map(|caller| (hash, caller))
    }

    /// Whose token has this hash.
    pub(crate) fn known(&self, hash: &Hash) -> Option<Arc<Caller>> {
        let mut found = None;
        for (known, caller) in &self.0 {
            if bool::from(known.ct_eq(hash)) {
                found = Some(caller);
            }
        }
        found.cloned()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(_, caller)| &caller.name)).finish()
    }
}
