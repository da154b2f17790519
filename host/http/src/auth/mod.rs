//! Who calls, and whether he may: bearer tokens with roles, bound to a namespace if wanted.
//!
//! ```text
//! Authorization: Bearer … -> hash -> Tokens -> Caller -> role of the call -> Access, for the handlers
//! ```

mod access;
mod file;
mod issue;
mod tokens;

pub use issue::{IssueError, Issued, issue};
pub use tokens::{Role, Tokens, TokensError};

pub(crate) use access::{Access, check};
