//! New tokens.

use super::file::{NAME, checked_name};
use super::tokens::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oyez::Namespace;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fmt::Write;

/// By this, scanners for secrets know a token.
const PREFIX: &str = "oyez_";

/// A new token, and what stands for it in the file.
pub struct Issued {
    /// The token: shown once, and kept nowhere.
    pub token: String,
    /// The lines of the token file.
    pub entry: String,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// A name that none has.
    #[error("{NAME}")]
    Name,
    /// A token without a role could do nothing.
    #[error("a token needs a role: `publish`, `read` or `operate`")]
    NoRole,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Makes a token of 256 random bits.
///
/// # Errors
/// A name that none has, no role, or a system without random numbers.
pub fn issue(name: &str, roles: &[Role], namespace: Option<&Namespace>) -> Result<Issued, IssueError> {
    let name = checked_name(name).ok_or(IssueError::Name)?;
    if roles.is_empty() {
        return Err(IssueError::NoRole);
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(IssueError::Random)?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
    let sum = Sha256::digest(&token).iter().fold(String::new(), |mut sum, byte| {
        let _ = write!(sum, "{byte:02x}");
        sum
    });
    let roles: Vec<_> = Role::ALL.into_iter().filter(|role| roles.contains(role)).map(|role| format!("\"{}\"", role.as_str())).collect();
    let mut entry = format!("[[token]]\nname = \"{name}\"\nsha256 = \"{sum}\"\nroles = [{}]\n", roles.join(", "));
    if let Some(namespace) = namespace {
        let _ = writeln!(entry, "namespace = \"{namespace}\"");
    }
    Ok(Issued { token, entry })
}

#[cfg(test)]
mod tests {
    use super::super::file::parse;
    use super::super::tokens::Tokens;
    use super::*;

    #[test]
    fn what_is_issued_is_known_by_its_entry_and_nothing_like_it_is() {
        let namespace = "billing".parse().unwrap();
        let Issued { token, entry } = issue("shop", &[Role::Read, Role::Publish], Some(&namespace)).unwrap();
        let tokens = Tokens(parse(&entry).unwrap());
        let (_, caller) = tokens.find(token.as_bytes()).unwrap();
        assert_eq!((caller.name.as_str(), &caller.namespace), ("shop", &Some(namespace)));
        assert!(token.len() == 48 && !entry.contains(&token) && !format!("{tokens:?}").contains(&token));
        for other in [&token[..47], &format!("{token}x"), &token.to_lowercase(), ""] {
            assert!(tokens.find(other.as_bytes()).is_none(), "{other}");
        }
        assert_ne!(issue("shop", &[Role::Read], None).unwrap().token, token);
        assert!(matches!(issue("a b", &[Role::Read], None), Err(IssueError::Name)) && matches!(issue("a", &[], None), Err(IssueError::NoRole)));
    }
}
