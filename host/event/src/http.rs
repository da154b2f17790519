//! The HTTP protocol binding: events in and out of headers and bodies, in binary, structured and batch mode. Requests and
//! responses are the same here; methods, paths and statuses are the caller's.

use crate::draft::{Draft, Slot};
use crate::invalid::quoted;
use crate::media::Media;
use crate::{AttributeValue, BODY_BYTES_MAX, Data, Event, Invalid, media};
use ::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};
use std::borrow::Cow;

/// The media type of one event in structured mode.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// The media type of a batch.
pub const BATCH: &str = "application/cloudevents-batch+json";

const CLOUDEVENTS: &str = "application/cloudevents";
const PREFIX: &str = "ce-";
/// What a header's value has percent-encoded, besides all that is not ASCII.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// What a message brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "taken apart where it arrives, never kept")]
pub enum Incoming {
    /// One event, in binary or structured mode.
    One(Event),
    /// A batch, in order; it may be empty.
    Batch(Vec<Event>),
}

/// Reads the event or events of a message. `Content-Type` chooses the mode: [`STRUCTURED`], [`BATCH`], and with any other, or none, the
/// attributes are in headers that begin with `ce-`.
///
/// # Errors
/// [`Invalid::MediaType`] where there is no `ce-` header either, or another format of CloudEvents; [`Invalid::Charset`] for JSON in
/// another charset than UTF-8; otherwise why the event is not valid.
pub fn decode(headers: &HeaderMap, body: &[u8]) -> Result<Incoming, Invalid> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Invalid::BodyTooLarge { bytes: body.len(), max: BODY_BYTES_MAX });
    }
    let content_type = content_type(headers)?;
    let essence = content_type.as_deref().map_or("", media::essence);
    if essence.eq_ignore_ascii_case(STRUCTURED) {
        utf8_only(content_type.as_deref())?;
        Event::from_json(body).map(Incoming::One)
    } else if essence.eq_ignore_ascii_case(BATCH) {
        utf8_only(content_type.as_deref())?;
        Event::batch_from_json(body).map(Incoming::Batch)
    } else if is_cloudevents(essence) || !headers.keys().any(|name| name.as_str().starts_with(PREFIX)) {
        Err(Invalid::MediaType { value: content_type.map_or_else(|| "(none)".to_owned(), |value| quoted(&value)) })
    } else {
        binary(headers, content_type, body).map(Incoming::One)
    }
}

/// Writes an event in binary mode: the attributes as headers, the data as the body. JSON data without a media type gets
/// `application/json`, as the JSON format says. The mode itself has no types for extensions, which arrive as text, and does not tell
/// empty data from none.
#[must_use]
pub fn encode_binary(event: &Event) -> (HeaderMap, Vec<u8>) {
    let core = ["specversion", "id", "source", "type", "subject", "time", "dataschema"];
    let attributes = core.into_iter().filter_map(|name| Some((name, event.attribute(name)?)));
    let attributes = attributes.chain(event.extensions().map(|(name, value)| (name, value.to_text())));
    let mut headers: HeaderMap = attributes.map(|(name, value)| header(name, &value)).collect();
    let implied = match (event.media(), event.data()) {
        (Media::Absent, Some(Data::Text(_))) => Some("application/json"),
        _ => None,
    };
    if let Some(media_type) = event.datacontenttype().or(implied) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).expect("a media type is printable ASCII"));
    }
    (headers, event.data().map_or_else(Vec::new, |data| data.as_bytes().to_vec()))
}

/// Writes an event in structured mode: all of it as the body, in the JSON format.
#[must_use]
pub fn encode_structured(event: &Event) -> (HeaderMap, Vec<u8>) {
    (HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(STRUCTURED))]), event.to_json().into_bytes())
}

/// Writes events in batch mode: a JSON array as the body.
#[must_use]
pub fn encode_batch<'a>(events: impl IntoIterator<Item = &'a Event>) -> (HeaderMap, Vec<u8>) {
    (HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(BATCH))]), Event::batch_to_json(events).into_bytes())
}

fn binary(headers: &HeaderMap, content_type: Option<Cow<'_, str>>, body: &[u8]) -> Result<Event, Invalid> {
    let mut draft = Draft::default();
    for (header, value) in headers {
        let Some(name) = header.as_str().strip_prefix(PREFIX) else {
            continue;
        };
        let value = || unescaped(name, value.as_bytes());
        match Slot::of(name) {
            _ if name == "datacontenttype" => {
                let rule = "in binary mode the media type of the data is the header `Content-Type`";
                return Err(Invalid::Name { name: quoted(header.as_str()), rule });
            }
            Slot::Core(at) => draft.put_core(at, Some(value()?))?,
            Slot::Extension => draft.put_extension(name.into(), Some(AttributeValue::String(value()?.into_owned())))?,
        }
    }
    if let (Some(content_type), Slot::Core(at)) = (content_type, Slot::of("datacontenttype")) {
        draft.put_core(at, Some(content_type))?;
    }
    let event = draft.finish()?;
    if body.is_empty() { Ok(event) } else { event.with_data(Data::Binary(body.to_vec())) }
}

fn content_type(headers: &HeaderMap) -> Result<Option<Cow<'_, str>>, Invalid> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let first = values.next().map(|value| String::from_utf8_lossy(value.as_bytes()));
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Invalid::Duplicate { name: "Content-Type".to_owned() }),
    }
}

fn is_cloudevents(essence: &str) -> bool {
    essence.get(..CLOUDEVENTS.len()).is_some_and(|start| start.eq_ignore_ascii_case(CLOUDEVENTS))
}

fn utf8_only(content_type: Option<&str>) -> Result<(), Invalid> {
    match content_type.and_then(media::charset) {
        Some(charset) if !["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known)) => {
            Err(Invalid::Charset { value: quoted(charset) })
        }
        _ => Ok(()),
    }
}

fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let name = HeaderName::try_from(format!("{PREFIX}{name}")).expect("small letters and digits, of bounded length");
    let value = Cow::from(utf8_percent_encode(value, ENCODED));
    (name, HeaderValue::from_str(&value).expect("all that a header cannot hold is percent-encoded"))
}

/// A header's value: first out of its quotes, then percent-decoded once.
fn unescaped<'a>(name: &str, value: &'a [u8]) -> Result<Cow<'a, str>, Invalid> {
    let quotes = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    let decoded: Cow<'a, [u8]> = match quotes {
        Some(inner) => Cow::Owned(percent_decode(&unquoted(inner)).collect()),
        None => percent_decode(value).into(),
    };
    let text = match decoded {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    };
    let refused = || Invalid::attribute(name, &String::from_utf8_lossy(value), "it must be UTF-8, percent-encoded");
    text.ok_or_else(refused)
}

/// Without the backslashes that escape.
fn unquoted(value: &[u8]) -> Vec<u8> {
    let mut bytes = value.iter().copied();
    std::iter::from_fn(|| bytes.next().map(|b| if b == b'\\' { bytes.next().unwrap_or(b) } else { b })).collect()
}

#[cfg(test)]
mod tests;
