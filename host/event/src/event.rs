//! The event itself: made, built upon, and read.

use crate::media::Media;
use crate::{AttributeValue, Data, EVENT_BYTES_MAX, Invalid, Time, check};
use minicbor::{Decode, Encode};
use std::borrow::Cow;

/// An immutable CloudEvents 1.0 fact. Valid once made; at most [`EVENT_BYTES_MAX`] bytes.
///
/// The binary form (an array, open to new fields) is for the log: reading it back trusts what was written.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    #[n(0)]
    id: String,
    #[n(1)]
    source: String,
    #[n(2)]
    ty: String,
    #[n(3)]
    subject: Option<String>,
    #[n(4)]
    time: Option<Time>,
    #[n(5)]
    datacontenttype: Option<String>,
    #[n(6)]
    dataschema: Option<String>,
    /// Sorted by name, each name once.
    #[n(7)]
    extensions: Vec<(String, AttributeValue)>,
    #[n(8)]
    data: Option<Data>,
}

/// What is put on is checked; what was there under the same name is replaced.
///
/// # Errors
/// [`Invalid::Attribute`] where a value breaks its rule, [`Invalid::EventTooLarge`] where the event grows over [`EVENT_BYTES_MAX`].
impl Event {
    /// An event of the three attributes that every event has: `source` is a URI-reference, none is empty.
    ///
    /// # Errors
    /// As above.
    pub fn new(id: impl Into<String>, source: impl Into<String>, ty: impl Into<String>) -> Result<Self, Invalid> {
        let event = Self {
            id: check::non_empty("id", id.into())?,
            source: check::source(source.into())?,
            ty: check::non_empty("type", ty.into())?,
            subject: None,
            time: None,
            datacontenttype: None,
            dataschema: None,
            extensions: Vec::new(),
            data: None,
        };
        event.bounded()
    }

    /// With this `subject`: any text but the empty one.
    ///
    /// # Errors
    /// As above.
    pub fn with_subject(mut self, subject: impl Into<String>) -> Result<Self, Invalid> {
        self.subject = Some(check::non_empty("subject", subject.into())?);
        self.bounded()
    }

    /// With this `time`.
    ///
    /// # Errors
    /// As above.
    pub fn with_time(mut self, time: Time) -> Result<Self, Invalid> {
        self.time = Some(time);
        self.bounded()
    }

    /// With this media type of the data: a type and a subtype, with parameters or without. It decides whether the data is text.
    ///
    /// # Errors
    /// As above.
    pub fn with_datacontenttype(mut self, datacontenttype: impl Into<String>) -> Result<Self, Invalid> {
        self.datacontenttype = Some(check::datacontenttype(datacontenttype.into())?);
        let media = self.media();
        self.data = self.data.map(|data| data.settled(media));
        self.bounded()
    }

    /// With this schema of the data: an absolute URI.
    ///
    /// # Errors
    /// As above.
    pub fn with_dataschema(mut self, dataschema: impl Into<String>) -> Result<Self, Invalid> {
        self.dataschema = Some(check::dataschema(dataschema.into())?);
        self.bounded()
    }

    /// With this extension attribute. Its name is made of small letters and digits; its text has no control characters.
    /// A `partitionkey` is kept as text whatever it is given as, and is not empty.
    ///
    /// # Errors
    /// As above, [`Invalid::Name`], and [`Invalid::TooManyExtensions`] above [`EXTENSIONS_MAX`](crate::EXTENSIONS_MAX).
    pub fn with_extension(mut self, name: impl Into<String>, value: impl Into<AttributeValue>) -> Result<Self, Invalid> {
        let name = name.into();
        check::extension_name(&name)?;
        let value = check::extension_value(&name, value.into())?;
        match self.place(&name) {
            Ok(at) => self.extensions[at].1 = value,
            Err(at) => self.extensions.insert(at, (name, value)),
        }
        check::extension_count(self.extensions.len())?;
        self.bounded()
    }

    /// With this data. Whether it is kept as text or as bytes is the media type's to say: see [`Data`].
    ///
    /// # Errors
    /// As above.
    pub fn with_data(self, data: Data) -> Result<Self, Invalid> {
        let media = self.media();
        self.with_settled_data(data.settled(media))
    }

    /// With data that is known to be settled.
    pub(crate) fn with_settled_data(mut self, data: Data) -> Result<Self, Invalid> {
        self.data = Some(data);
        self.bounded()
    }

    /// With extensions that are checked and sorted.
    pub(crate) fn with_extensions(mut self, extensions: Vec<(String, AttributeValue)>) -> Result<Self, Invalid> {
        self.extensions = extensions;
        self.bounded()
    }

    fn bounded(self) -> Result<Self, Invalid> {
        match self.size() {
            bytes if bytes > EVENT_BYTES_MAX => Err(Invalid::EventTooLarge { bytes, max: EVENT_BYTES_MAX }),
            _ => Ok(self),
        }
    }
}

impl Event {
    /// Its `id`; with the `source` it names the event.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its `source`, a URI-reference.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its `type`.
    #[must_use]
    pub fn ty(&self) -> &str {
        &self.ty
    }

    /// Its `subject`, never empty.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Its `time`.
    #[must_use]
    pub fn time(&self) -> Option<&Time> {
        self.time.as_ref()
    }

    /// The media type of its data. JSON data may come without.
    #[must_use]
    pub fn datacontenttype(&self) -> Option<&str> {
        self.datacontenttype.as_deref()
    }

    /// The schema of its data, an absolute URI.
    #[must_use]
    pub fn dataschema(&self) -> Option<&str> {
        self.dataschema.as_deref()
    }

    /// The extension attribute of this name.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&AttributeValue> {
        self.place(name).ok().map(|at| &self.extensions[at].1)
    }

    /// All extension attributes, sorted by name.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.extensions.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Its data. Empty data is not the same as none.
    #[must_use]
    pub fn data(&self) -> Option<&Data> {
        self.data.as_ref()
    }

    /// Its data, without a copy.
    #[must_use]
    pub fn into_data(self) -> Option<Data> {
        self.data
    }

    /// Any attribute by its name (`type`, `specversion`, an extension's) in its canonical string form, as filters compare it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        let core = match name {
            "id" => Some(self.id()),
            "source" => Some(self.source()),
            "type" => Some(self.ty()),
            "specversion" => Some("1.0"),
            "subject" => self.subject(),
            "time" => self.time().map(Time::as_str),
            "datacontenttype" => self.datacontenttype(),
            "dataschema" => self.dataschema(),
            _ => return self.extension(name).map(AttributeValue::to_text),
        };
        core.map(Cow::Borrowed)
    }

    /// What orders it: events of one key are handled in order. The `partitionkey` extension, else the `subject`, else its own `id`,
    /// which asks for no order.
    #[must_use]
    pub fn partition_key(&self) -> &str {
        self.given_partition_key().unwrap_or(&self.id)
    }

    /// Whether it asks for an order: it has a `partitionkey` or a `subject`.
    #[must_use]
    pub fn has_partition_key(&self) -> bool {
        self.given_partition_key().is_some()
    }

    /// Its size in bytes, as counted against [`EVENT_BYTES_MAX`]: the values of its attributes, the names of its extensions, its data.
    #[must_use]
    pub fn size(&self) -> usize {
        let optional = [self.subject(), self.time().map(Time::as_str), self.datacontenttype(), self.dataschema()];
        let core = [self.id(), self.source(), self.ty()].into_iter().chain(optional.into_iter().flatten());
        core.map(str::len).sum::<usize>()
            + self.extensions().map(|(name, value)| name.len() + value.size()).sum::<usize>()
            + self.data().map_or(0, |data| data.as_bytes().len())
    }

    pub(crate) fn media(&self) -> Media {
        Media::of(self.datacontenttype())
    }

    fn given_partition_key(&self) -> Option<&str> {
        match self.extension("partitionkey") {
            Some(AttributeValue::String(key)) => Some(key),
            _ => self.subject(),
        }
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.extensions.binary_search_by(|(have, _)| have.as_str().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event::new("1", "/a", "b.c").unwrap()
    }

    #[test]
    fn the_partition_key_is_the_extension_else_the_subject_else_the_id() {
        let event = event();
        assert_eq!((event.partition_key(), event.has_partition_key()), ("1", false));
        let event = event.with_subject("s").unwrap();
        assert_eq!((event.partition_key(), event.has_partition_key()), ("s", true));
        let event = event.with_extension("partitionkey", 42).unwrap();
        assert_eq!((event.partition_key(), event.has_partition_key()), ("42", true));
        assert!(event.with_extension("partitionkey", "").is_err());
    }

    #[test]
    fn any_attribute_has_a_string_form() {
        let event = event().with_extension("flag", true).unwrap().with_extension("count", -3).unwrap();
        let event = event.with_time(Time::from_unix(0, 0)).unwrap();
        let expect = [("type", "b.c"), ("specversion", "1.0"), ("time", "1970-01-01T00:00:00Z"), ("flag", "true"), ("count", "-3")];
        for (name, value) in expect {
            assert_eq!(event.attribute(name).as_deref(), Some(value));
        }
        assert_eq!(event.attribute("subject"), None);
        assert_eq!(event.attribute("data"), None);
    }

    #[test]
    fn extensions_are_sorted_and_the_last_of_a_name_stands() {
        let event = ["b", "a", "c", "a"].into_iter().zip(0..).try_fold(event(), |e, (name, i)| e.with_extension(name, i)).unwrap();
        let all: Vec<_> = event.extensions().map(|(name, value)| format!("{name}{value}")).collect();
        assert_eq!(all, ["a3", "b0", "c2"]);
    }

    #[test]
    fn an_event_over_a_limit_is_refused() {
        let room = EVENT_BYTES_MAX - event().size();
        assert!(event().with_data(Data::Binary(vec![0; room])).is_ok());
        let error = event().with_data(Data::Binary(vec![0; room + 1])).unwrap_err();
        assert_eq!((error.code(), error.kind().status()), ("event-too-large", 413));
        let error = (0..=256).try_fold(event(), |e, i| e.with_extension(format!("x{i}"), i)).unwrap_err();
        assert_eq!((error.code(), error.kind().status()), ("too-many-extensions", 413));
    }

    #[test]
    fn the_order_of_building_does_not_matter_to_the_data() {
        let json = || Data::Binary(b"{}\n".to_vec());
        let first = event().with_data(json()).unwrap().with_datacontenttype("application/json").unwrap();
        let last = event().with_datacontenttype("application/json").unwrap().with_data(json()).unwrap();
        assert_eq!(first, last);
        assert_eq!(last.data(), Some(&Data::Text("{}".to_owned())));
    }

    #[test]
    fn the_binary_form_reads_back_and_passes_over_fields_of_a_later_host() {
        let event = event().with_extension("x", 1).unwrap().with_data(Data::Binary(vec![0, 255])).unwrap();
        let mut bytes = minicbor::to_vec(&event).unwrap();
        assert_eq!(minicbor::decode::<Event>(&bytes).unwrap(), event);
        assert_eq!(bytes[0], 0x89, "an array of nine");
        bytes[0] = 0x8a;
        bytes.extend(minicbor::to_vec("new").unwrap());
        assert_eq!(minicbor::decode::<Event>(&bytes).unwrap(), event);
    }
}
