//! To and from the event of `cloudevents-sdk`, which the public API takes and gives.

use crate::media::Media;
use crate::{AttributeValue, Data, Event, Invalid, Time};
use chrono::{DateTime, Utc};
use cloudevents::event::{ExtensionValue, SpecVersion, TryIntoUrl};
use cloudevents::{AttributesReader, AttributesWriter, EventBuilder, EventBuilderV10};

/// JSON data becomes a parsed value, which forgets how it was written; a time its instant in UTC; a schema a normalised URL.
impl From<Event> for cloudevents::Event {
    fn from(event: Event) -> Self {
        let builder = EventBuilderV10::new().id(event.id()).source(event.source()).ty(event.ty());
        let mut sdk = builder.build().expect("the three required attributes are there, and not empty");
        sdk.set_subject(event.subject());
        sdk.set_time(event.time().and_then(|time| DateTime::<Utc>::from_timestamp(time.seconds(), time.nanos())));
        sdk.set_datacontenttype(event.datacontenttype());
        sdk.set_dataschema(event.dataschema().and_then(|schema| schema.into_url().ok()));
        for (name, value) in event.extensions() {
            let value = match value {
                AttributeValue::String(text) => ExtensionValue::String(text.clone()),
                AttributeValue::Boolean(value) => ExtensionValue::Boolean(*value),
                AttributeValue::Integer(number) => ExtensionValue::Integer((*number).into()),
            };
            sdk.set_extension(name, value);
        }
        let is_json = matches!(event.media(), Media::Json | Media::Absent);
        if let Some(data) = event.into_data() {
            sdk.set_data_unchecked(match data {
                Data::Binary(bytes) => cloudevents::Data::Binary(bytes),
                Data::Text(text) if is_json => serde_json::from_str(&text).map_or(cloudevents::Data::String(text), cloudevents::Data::Json),
                Data::Text(text) => cloudevents::Data::String(text),
            });
        }
        sdk
    }
}

/// A string under a JSON media type is taken for JSON text, as the SDK itself takes it.
impl TryFrom<cloudevents::Event> for Event {
    type Error = Invalid;

    fn try_from(mut sdk: cloudevents::Event) -> Result<Self, Invalid> {
        if sdk.specversion() != SpecVersion::V10 {
            return Err(Invalid::SpecVersion { value: format!("{:?}", sdk.specversion().as_str()) });
        }
        let mut event = Self::new(sdk.id(), sdk.source(), sdk.ty())?;
        if let Some(subject) = sdk.subject() {
            event = event.with_subject(subject)?;
        }
        if let Some(time) = sdk.time() {
            // The nanoseconds of a leap second run past the second.
            event = event.with_time(Time::try_from_unix(time.timestamp(), time.timestamp_subsec_nanos().min(999_999_999))?)?;
        }
        for (name, value) in sdk.iter_extensions() {
            event = event.with_extension(name, extension(name, value)?)?;
        }
        let (datacontenttype, dataschema, data) = sdk.take_data();
        if let Some(datacontenttype) = datacontenttype {
            event = event.with_datacontenttype(datacontenttype)?;
        }
        if let Some(dataschema) = dataschema {
            event = event.with_dataschema(dataschema)?;
        }
        match data {
            None => Ok(event),
            Some(cloudevents::Data::Binary(bytes)) => event.with_data(Data::Binary(bytes)),
            Some(cloudevents::Data::String(text)) => event.with_data(Data::Text(text)),
            Some(cloudevents::Data::Json(value)) => event.with_data(Data::Text(value.to_string())),
        }
    }
}

fn extension(name: &str, value: &ExtensionValue) -> Result<AttributeValue, Invalid> {
    Ok(match value {
        ExtensionValue::String(text) => AttributeValue::String(text.clone()),
        ExtensionValue::Boolean(value) => AttributeValue::Boolean(*value),
        ExtensionValue::Integer(number) => i32::try_from(*number)
            .map(AttributeValue::Integer)
            .map_err(|_| Invalid::attribute(name, &number.to_string(), "it must be a whole number of 32 bits, or a string"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_goes_through_the_sdk_and_back() {
        let json = br#"{"specversion":"1.0","id":"1","source":"/a","type":"b","subject":"s","time":"2018-04-05T17:31:00Z",
            "datacontenttype":"application/json","dataschema":"https://e.io/s","b":true,"i":-5,"t":"x","data":{"a":[1,2.5]}}"#;
        let event = Event::from_json(json).unwrap();
        assert_eq!(Event::try_from(cloudevents::Event::from(event.clone())).unwrap(), event);
        let text = Event::new("1", "/a", "b").unwrap().with_datacontenttype("text/plain").unwrap();
        let text = text.with_data(Data::Text("é".to_owned())).unwrap();
        assert_eq!(Event::try_from(cloudevents::Event::from(text.clone())).unwrap(), text);
        let bytes = Event::new("1", "/a", "b").unwrap().with_data(Data::Binary(vec![255])).unwrap();
        assert_eq!(Event::try_from(cloudevents::Event::from(bytes.clone())).unwrap(), bytes);
    }

    #[test]
    fn what_the_sdk_lets_through_is_checked_here() {
        let sdk = || EventBuilderV10::new().id("1").source("/a").ty("b");
        let refused = |event: EventBuilderV10| Event::try_from(event.build().unwrap()).unwrap_err().code();
        assert_eq!(refused(sdk().id("")), "invalid-attribute");
        assert_eq!(refused(sdk().source("a b")), "invalid-attribute");
        assert_eq!(refused(sdk().extension("n", 1_i64 << 40)), "invalid-attribute");
        assert_eq!(refused(sdk().extension("Not", "x")), "invalid-attribute-name");
        let old = cloudevents::EventBuilderV03::new().id("1").source("/a").ty("b").build().unwrap();
        assert_eq!(Event::try_from(old).unwrap_err().code(), "unknown-specversion");
    }
}
