//! New facts, put together step by step.

use crate::{AttributeValue, Data, Emission};
use serde::Serialize;

impl Emission {
    /// A fact of this type, named in the past tense, such as `shop.payment.completed.v1`. Everything else is as the contract's defaults have it.
    #[must_use]
    pub fn new(ty: impl Into<String>) -> Self {
        Self {
            type_: ty.into(),
            source: None,
            subject: None,
            time: None,
            datacontenttype: None,
            dataschema: None,
            extensions: Vec::new(),
            data: None,
            options: Vec::new(),
        }
    }

    /// What it happened to. Facts with one subject stay in order.
    #[must_use]
    pub fn subject(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Another source than `/plugins/NAME`; takes the grant `sources`.
    #[must_use]
    pub fn source(self, source: impl Into<String>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// An extension attribute, such as `partitionkey`; its name has the letters a to z and digits only.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, value: impl Into<AttributeValue>) -> Self {
        self.extensions.push((name.into(), value.into()));
        self
    }

    /// The data, as JSON.
    ///
    /// # Panics
    /// If it is a value that JSON has no form for, such as a map whose keys are not text: a bug, and so a trap, which counts as a retry.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(self, data: &T) -> Self {
        let text = serde_json::to_string(data).expect("data that JSON has a form for");
        self.text("application/json", text)
    }

    /// The data, as text of this media type.
    #[must_use]
    pub fn text(self, media_type: impl Into<String>, text: impl Into<String>) -> Self {
        Self { datacontenttype: Some(media_type.into()), data: Some(Data::Text(text.into())), ..self }
    }

    /// The data, as bytes of this media type.
    #[must_use]
    pub fn bytes(self, media_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { datacontenttype: Some(media_type.into()), data: Some(Data::Binary(bytes.into())), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emission_says_what_it_was_told_and_no_more() {
        let emission = Emission::new("a.b").subject("s").extension("partitionkey", "k").json(&[1, 2]);
        assert_eq!((emission.type_.as_str(), emission.subject.as_deref(), emission.source.as_deref()), ("a.b", Some("s"), None));
        assert_eq!(emission.data, Some(Data::Text("[1,2]".to_owned())));
        assert_eq!(emission.datacontenttype.as_deref(), Some("application/json"));
        assert_eq!(emission.extensions, [("partitionkey".to_owned(), AttributeValue::String("k".to_owned()))]);
    }
}
