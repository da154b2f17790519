//! What a handler asks of an event.

use crate::{AttributeValue, Data, Event, Failure, Result};
use serde::de::DeserializeOwned;

impl Event {
    /// The data, decoded from JSON. An event without data decodes as `null`.
    ///
    /// # Errors
    /// A [rejection](Failure::Reject) that says what is wrong and where: the data is binary or of another media type, is no JSON, or is no `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let text = match &self.data {
            None => "null",
            Some(Data::Text(text)) if is_json(self.datacontenttype.as_deref()) => text,
            Some(_) => {
                let media = self.datacontenttype.as_deref().unwrap_or("binary");
                return Err(Failure::reject(format!("the data of `{}` is {media}, not JSON", self.type_)));
            }
        };
        serde_json::from_str(text).map_err(|e| {
            let what = if self.data.is_none() { "there is no data" } else { "the data cannot be decoded" };
            Failure::reject(format!("`{}`: {what}: {e}", self.type_))
        })
    }

    /// The data as text, if it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Some(Data::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The data's bytes, text or not; none if there is no data.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.data {
            None => &[],
            Some(Data::Text(text)) => text.as_bytes(),
            Some(Data::Binary(bytes)) => bytes,
        }
    }

    /// An extension attribute, such as `correlationid`.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&AttributeValue> {
        self.extensions.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// `application/json`, `text/json`, `…+json`, with parameters or without; and nothing at all, which CloudEvents read as JSON.
fn is_json(media: Option<&str>) -> bool {
    let Some(media) = media else { return true };
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
}

impl AttributeValue {
    /// The text, if it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
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
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<i32> for AttributeValue {
    fn from(number: i32) -> Self {
        Self::Integer(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use serde_json::json;

    fn reason<T: std::fmt::Debug>(result: Result<T>) -> String {
        match result.expect_err("a failure") {
            Failure::Reject(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn data_that_cannot_be_decoded_is_rejected_with_its_place() {
        let event = testing::event("a.b", json!({ "n": "x" }));
        assert!(reason(event.json::<Vec<u32>>()).contains("line 1 column"));
        assert_eq!(event.json::<serde_json::Value>().unwrap()["n"], "x");
    }

    #[test]
    fn an_event_without_data_decodes_as_null() {
        let event = Event { data: None, ..testing::event("a.b", json!(1)) };
        assert_eq!(event.json::<Option<u32>>().unwrap(), None);
        assert!(reason(event.json::<u32>()).contains("there is no data"));
    }

    #[test]
    fn only_json_is_read_as_json() {
        for (media, good) in [
            (None, true),
            (Some("application/json; charset=utf-8"), true),
            (Some("application/vnd.api+JSON"), true),
            (Some("text/plain"), false),
            (Some("application/xml"), false),
        ] {
            let event = Event { datacontenttype: media.map(str::to_owned), ..testing::event("a.b", json!(7)) };
            assert_eq!(event.json::<u32>().is_ok(), good, "{media:?}");
        }
    }
}
