//! An event's data, and when it is text.

use crate::media::Media;
use minicbor::{Decode, Encode};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// An event's data, kept as it was received.
///
/// It is text where the media type says so (`*/json`, `*+json`, `*/xml`, `*+xml`, `text/*`) and the bytes are valid UTF-8; without a
/// media type, where it came as the `data` member of JSON. All else is binary. An [`Event`](crate::Event) settles this itself,
/// whichever of the two it is given. JSON stands without the space around it, in whichever mode it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum Data {
    /// Text: what a guest gets as `text`. Under a JSON media type, and without one, the JSON text, byte for byte.
    #[n(0)]
    Text(#[n(0)] String),
    /// Bytes: what a guest gets as `binary`.
    #[n(1)]
    Binary(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
}

impl Data {
    /// Its bytes: those of the text in UTF-8, or the binary itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Its bytes, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Text or binary, as the media type says. Settling twice changes nothing.
    pub(crate) fn settled(self, media: Media) -> Self {
        match (media, self) {
            (Media::Json, data) => data.decoded().trimmed(),
            (Media::Text, data) => data.decoded(),
            (Media::Absent, Self::Text(text)) if is_json(&text) => Self::Text(text).trimmed(),
            (Media::Absent | Media::Other, data) => Self::Binary(data.into_bytes()),
        }
    }

    /// The text where it is one JSON value.
    pub(crate) fn as_json(&self) -> Option<&RawValue> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok(),
            Self::Binary(_) => None,
        }
    }

    fn decoded(self) -> Self {
        match self {
            Self::Binary(bytes) => String::from_utf8(bytes).map_or_else(|e| Self::Binary(e.into_bytes()), Self::Text),
            text @ Self::Text(_) => text,
        }
    }

    fn trimmed(self) -> Self {
        match self {
            Self::Text(text) => {
                let inner = text.trim_matches([' ', '\t', '\n', '\r']);
                Self::Text(if inner.len() == text.len() { text } else { inner.to_owned() })
            }
            binary @ Self::Binary(_) => binary,
        }
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(media: Media, given: &[u8], expect: &Data) {
        let settled = Data::Binary(given.to_vec()).settled(media);
        assert_eq!(&settled, expect, "{media:?}");
        assert_eq!(&settled.clone().settled(media), expect, "twice");
    }

    #[test]
    fn the_media_type_says_what_is_text() {
        let text = |s: &str| Data::Text(s.to_owned());
        check(Media::Json, b"\r\n {\"a\" : 1.0}\n", &text("{\"a\" : 1.0}"));
        check(Media::Json, b"{oops", &text("{oops"));
        check(Media::Text, b" a\n", &text(" a\n"));
        check(Media::Text, b"\xff", &Data::Binary(vec![0xff]));
        check(Media::Other, b"a", &Data::Binary(b"a".to_vec()));
        check(Media::Absent, b"{}", &Data::Binary(b"{}".to_vec()));
        assert_eq!(text(" {} ").settled(Media::Absent), text("{}"));
        assert_eq!(text("hello").settled(Media::Absent), Data::Binary(b"hello".to_vec()));
    }
}
