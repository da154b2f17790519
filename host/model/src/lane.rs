//! Lanes: the in-order line of one partition key within one subscription.

use crate::Sequence;
use minicbor::{Decode, Encode};
use std::fmt;

/// Which lane of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Lane {
    /// The one lane of a total order.
    #[n(0)]
    Total,
    /// That of a partition key.
    #[n(1)]
    Key(#[n(0)] String),
    /// Not an order: where deliveries of one causation tree, named by its root, are held back once the tree is past its budget.
    #[n(2)]
    Storm(#[n(0)] Sequence),
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total => f.write_str("all"),
            Self::Key(key) => key.fmt(f),
            Self::Storm(root) => write!(f, "storm of {root}"),
        }
    }
}
