//! The value of an extension attribute.

use minicbor::{Decode, Encode};
use std::borrow::Cow;
use std::fmt;

/// The value of an extension attribute. The other types of CloudEvents (binary, URI, timestamp) stay in their canonical string form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum AttributeValue {
    /// Text without control characters and noncharacters. What comes in a header is always text: headers carry no types.
    #[n(0)]
    String(#[n(0)] String),
    /// True or false.
    #[n(1)]
    Boolean(#[n(0)] bool),
    /// A whole number of 32 bits.
    #[n(2)]
    Integer(#[n(0)] i32),
}

impl AttributeValue {
    /// The canonical string form: the text itself, `true` or `false`, or decimal digits.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::String(text) => Cow::Borrowed(text),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
        }
    }

    /// What it adds to [`Event::size`](crate::Event::size), in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::String(text) => text.len(),
            Self::Boolean(_) => 1,
            Self::Integer(_) => 4,
        }
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for AttributeValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i32> for AttributeValue {
    fn from(number: i32) -> Self {
        Self::Integer(number)
    }
}
