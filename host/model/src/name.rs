//! Names: of plugins, of subscriptions, and the number that stands for a subscription in the log.

use minicbor::{Decode, Encode};
use std::fmt;
use std::sync::Arc;

/// A part of a name is at most this long, in bytes.
const PART_BYTES_MAX: usize = 63;
/// A plugin's name has at most this many parts.
const PARTS_MAX: usize = 8;

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// A part has characters that a name has not, or begins with the wrong one, or is empty or too long.
    #[error("`{0}` is no name: use a letter or digit, then at most 62 of letters, digits, `.`, `_` and `-`")]
    Part(String),
    /// Folders too deep.
    #[error("`{0}` has more than {PARTS_MAX} parts: move the plugin up")]
    Deep(String),
    /// A subscription's identity lacks its plugin or its own name.
    #[error("`{0}` is no subscription: write PLUGIN/NAME, such as `email/on-order`")]
    Subscription(String),
}

fn check_part(part: &str) -> Result<(), NameError> {
    let first = part.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if first && rest && part.len() <= PART_BYTES_MAX { Ok(()) } else { Err(NameError::Part(part.escape_debug().take(80).collect())) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::stored(d.str()?).map_err(|e| minicbor::decode::Error::message(e.to_string()))
            }
        }
    };
}

name! {
    /// A plugin's name: its subfolder, `/`, and its own name: `email`, `billing/email`.
    PluginName
}

name! {
    /// A subscription's own name, within its plugin: `on-order`.
    SubscriptionName
}

impl PluginName {
    /// Checks a name.
    ///
    /// # Errors
    /// A part that is no name, or more than eight parts.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.split('/').count() > PARTS_MAX {
            return Err(NameError::Deep(name.to_owned()));
        }
        name.split('/').try_for_each(check_part)?;
        Ok(Self(name.into()))
    }

    /// Under which its rebuild stands, beside it: `email~2`. No plugin of a folder has such a name.
    #[must_use]
    pub fn scratch(&self, rebuild: u32) -> Self {
        Self(format!("{}~{rebuild}", self.live()).into())
    }

    /// Whether it is of a rebuild.
    #[must_use]
    pub fn is_scratch(&self) -> bool {
        self.0.contains('~')
    }

    /// The plugin's own name; of a rebuild the name of what is rebuilt.
    #[must_use]
    pub fn live(&self) -> &str {
        self.0.split_once('~').map_or(&*self.0, |(live, _)| live)
    }

    /// Checks a name that the host has written: one of a rebuild too.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn stored(name: &str) -> Result<Self, NameError> {
        match name.split_once('~') {
            Some((live, rebuild)) => {
                let rebuild = rebuild.parse().map_err(|_| NameError::Part(name.to_owned()))?;
                Ok(Self::new(live)?.scratch(rebuild))
            }
            None => Self::new(name),
        }
    }
}

impl SubscriptionName {
    /// Checks a name.
    ///
    /// # Errors
    /// Text that is no single part.
    pub fn new(name: &str) -> Result<Self, NameError> {
        check_part(name)?;
        Ok(Self(name.into()))
    }

    fn stored(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

/// A subscription's identity: its plugin's name and its own, shown as `email/on-order`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct SubscriptionId {
    /// Whose it is.
    #[n(0)]
    pub plugin: PluginName,
    /// Its own name.
    #[n(1)]
    pub name: SubscriptionName,
}

impl SubscriptionId {
    /// Parses `PLUGIN/NAME`; the last `/` divides.
    ///
    /// # Errors
    /// No `/`, or a part that is no name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (plugin, name) = text.rsplit_once('/').ok_or_else(|| NameError::Subscription(text.to_owned()))?;
        Ok(Self { plugin: PluginName::new(plugin)?, name: SubscriptionName::new(name)? })
    }
}

impl SubscriptionId {
    /// Its name; of a rebuild's the name of the one that is rebuilt.
    #[must_use]
    pub fn live(&self) -> String {
        format!("{}/{}", self.plugin.live(), self.name)
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.plugin, self.name)
    }
}

/// What stands for a subscription in the log: given at its first epoch, never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct SubscriptionNumber(#[n(0)] pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_part_by_part() {
        for good in ["email", "billing/email", "a.b-c_d/9"] {
            assert_eq!(PluginName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "/", "a/", "/a", ".a", "-a", "a b", "a/../b", "ä", &"x".repeat(64), "a/b/c/d/e/f/g/h/i"] {
            assert!(PluginName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_last_slash_divides_plugin_and_subscription() {
        let id = SubscriptionId::parse("billing/email/on-order").unwrap();
        assert_eq!((id.plugin.as_str(), id.name.as_str()), ("billing/email", "on-order"));
        assert_eq!(id.to_string(), "billing/email/on-order");
        assert!(SubscriptionId::parse("email").is_err());
    }
}
