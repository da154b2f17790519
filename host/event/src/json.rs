//! The JSON event format: one event, and a batch. Attributes are read where they stand; the data's text is taken over, not parsed again.

use crate::draft::{Draft, Slot};
use crate::invalid::{Invalid, quoted};
use crate::media::Media;
use crate::{AttributeValue, BATCH_EVENTS_MAX, BODY_BYTES_MAX, Data, Event};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

impl Event {
    /// Reads an event in the JSON format: UTF-8, at most [`BODY_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// [`Invalid`], where it is not JSON, breaks a rule of CloudEvents, has a member twice, or is over a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Invalid> {
        read(json, One)
    }

    /// Writes the event in the JSON format; [`from_json`](Self::from_json) reads it back equal. The text of JSON data stands in it as
    /// it was received, line breaks included.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an event has string keys, and nothing that JSON cannot write")
    }

    /// Writes the event in the JSON format on one line, for streams of lines. Line breaks in JSON data become spaces, which leaves
    /// its value the same.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let json = self.to_json();
        // Within a JSON string a line break is escaped: a bare one is space between tokens.
        if json.contains(['\n', '\r']) { json.replace(['\n', '\r'], " ") } else { json }
    }

    /// Reads a batch in the JSON format, in order: at most [`BATCH_EVENTS_MAX`] events, or none at all.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json); [`Invalid::InBatch`] says which event it is, and [`Invalid::BatchTooLong`] that there are too many.
    pub fn batch_from_json(json: &[u8]) -> Result<Vec<Self>, Invalid> {
        read(json, Batch)
    }

    /// Writes a batch in the JSON format.
    #[must_use]
    pub fn batch_to_json<'a>(events: impl IntoIterator<Item = &'a Self>) -> String {
        let events: Vec<String> = events.into_iter().map(Self::to_json).collect();
        format!("[{}]", events.join(","))
    }
}

/// The JSON format. Only the serialiser of `serde_json` takes the data's text as it stands.
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let required = [("specversion", "1.0"), ("id", self.id()), ("source", self.source()), ("type", self.ty())];
        required.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        for name in ["subject", "time", "datacontenttype", "dataschema"] {
            if let Some(value) = self.attribute(name) {
                map.serialize_entry(name, &value)?;
            }
        }
        for (name, value) in self.extensions() {
            match value {
                AttributeValue::String(value) => map.serialize_entry(name, value)?,
                AttributeValue::Boolean(value) => map.serialize_entry(name, value)?,
                AttributeValue::Integer(value) => map.serialize_entry(name, value)?,
            }
        }
        if let Some(data) = self.data() {
            match (data, self.media(), data.as_json()) {
                (_, Media::Json | Media::Absent, Some(json)) => map.serialize_entry("data", json),
                (Data::Text(text), Media::Text, _) => map.serialize_entry("data", text),
                _ => map.serialize_entry("data_base64", &STANDARD.encode(data.as_bytes())),
            }?;
        }
        map.end()
    }
}

fn read<'a, T>(json: &'a [u8], seed: impl DeserializeSeed<'a, Value = Result<T, Invalid>>) -> Result<T, Invalid> {
    if json.len() > BODY_BYTES_MAX {
        return Err(Invalid::BodyTooLarge { bytes: json.len(), max: BODY_BYTES_MAX });
    }
    let text = std::str::from_utf8(json).map_err(|error| malformed(&error))?;
    // RFC 8259 lets a reader pass over a byte order mark.
    let mut reader = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let value = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| malformed(&error))?
}

fn malformed(error: &dyn fmt::Display) -> Invalid {
    const SHOWN_MAX: usize = 200;
    Invalid::Json { what: error.to_string().chars().take(SHOWN_MAX).collect() }
}

/// Reads one event. A refusal is a value, so that the rest is still read as JSON, and what breaks the JSON is said first.
struct One;

impl<'de> DeserializeSeed<'de> for One {
    type Value = Result<Event, Invalid>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One {
    type Value = Result<Event, Invalid>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        let mut so_far = Ok(());
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &RawValue>()? {
            so_far = so_far.and_then(|()| members.put(name, value));
        }
        Ok(so_far.and_then(|()| members.finish()))
    }
}

/// Reads a batch; the first refusal stands for it.
struct Batch;

impl<'de> DeserializeSeed<'de> for Batch {
    type Value = Result<Vec<Event>, Invalid>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Batch {
    type Value = Result<Vec<Event>, Invalid>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a batch as a JSON array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut batch = Ok(Vec::new());
        while let Some(event) = seq.next_element_seed(One)? {
            batch = batch.and_then(|mut events: Vec<Event>| {
                if events.len() == BATCH_EVENTS_MAX {
                    return Err(Invalid::BatchTooLong { max: BATCH_EVENTS_MAX });
                }
                events.push(event.map_err(|cause| Invalid::InBatch { index: events.len(), cause: Box::new(cause) })?);
                Ok(events)
            });
        }
        Ok(batch)
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an event's object.
#[derive(Default)]
struct Members<'a> {
    draft: Draft<'a>,
    data: Option<&'a RawValue>,
    data_base64: Option<&'a RawValue>,
}

impl<'a> Members<'a> {
    fn put(&mut self, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), Invalid> {
        let data = match &*name {
            "data" => &mut self.data,
            "data_base64" => &mut self.data_base64,
            _ => return self.put_attribute(name, value.get()),
        };
        match data.replace(value) {
            None => Ok(()),
            Some(_) => Err(Invalid::Duplicate { name: name.into_owned() }),
        }
    }

    fn put_attribute(&mut self, name: Cow<'a, str>, value: &'a str) -> Result<(), Invalid> {
        const SURROGATE: &str = "it must be Unicode text; a surrogate stands alone";
        let text = match value {
            "null" => None,
            _ if value.starts_with('"') => Some(string(value).ok_or_else(|| Invalid::attribute(&name, value, SURROGATE))?),
            _ => return self.put_untexted(name, value),
        };
        match Slot::of(&name) {
            Slot::Core(at) => self.draft.put_core(at, text),
            Slot::Extension => self.draft.put_extension(name, text.map(|t| AttributeValue::String(t.into_owned()))),
        }
    }

    /// A boolean or an integer, which only an extension may be.
    fn put_untexted(&mut self, name: Cow<'a, str>, value: &str) -> Result<(), Invalid> {
        let refuse = |rule| Err(Invalid::Attribute { name: name.to_string(), value: quoted(value), rule });
        if let Slot::Core(_) = Slot::of(&name) {
            return refuse("it must be a JSON string");
        }
        let value = match (value, value.parse()) {
            ("true", _) => AttributeValue::Boolean(true),
            ("false", _) => AttributeValue::Boolean(false),
            (_, Ok(number)) => AttributeValue::Integer(number),
            _ => {
                return refuse("it must be a string, a boolean, or a whole number of 32 bits without fraction and exponent");
            }
        };
        self.draft.put_extension(name, Some(value))
    }

    fn finish(self) -> Result<Event, Invalid> {
        let event = self.draft.finish()?;
        match (self.data, self.data_base64.filter(|value| value.get() != "null")) {
            (None, None) => Ok(event),
            (Some(_), Some(_)) => Err(Invalid::Data { rule: "`data` and `data_base64` are both there; leave one" }),
            (Some(data), None) => with_data(event, data.get()),
            (None, Some(data)) => {
                const RULE: &str = "`data_base64` must be a string in base64 (RFC 4648, section 4), padded with `=`";
                let text = Some(data.get()).filter(|value| value.starts_with('"')).and_then(string);
                let bytes = text.and_then(|text| STANDARD.decode(&*text).ok()).ok_or(Invalid::Data { rule: RULE })?;
                event.with_data(Data::Binary(bytes))
            }
        }
    }
}

/// The member `data`: its JSON text, but a string's own text where the media type is not JSON.
fn with_data(event: Event, json: &str) -> Result<Event, Invalid> {
    match event.media() {
        Media::Json | Media::Absent => event.with_settled_data(Data::Text(json.to_owned())),
        Media::Text | Media::Other if json.starts_with('"') => {
            let text = string(json).ok_or(Invalid::Data { rule: "`data` must be Unicode text; a surrogate stands alone" })?;
            event.with_data(Data::Text(text.into_owned()))
        }
        Media::Text | Media::Other => event.with_data(Data::Text(json.to_owned())),
    }
}

/// What a JSON string says, borrowed where nothing in it is escaped. `None` where its escapes are no Unicode text.
fn string(json: &str) -> Option<Cow<'_, str>> {
    if json.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    json.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
}

#[cfg(test)]
mod tests;
