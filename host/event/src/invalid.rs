//! Why something is not an event: one enum, each case with its code and its kind.

/// A refusal at the door. Each names the attribute, the value (shortened) and the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// Not JSON, or not of the shape of an event or a batch.
    #[error("the body is not JSON as CloudEvents write it: {what}")]
    Json {
        /// What is wrong, and where.
        what: String,
    },
    /// A required attribute is not there.
    #[error("attribute `{name}` is missing; an event needs `specversion`, `id`, `source` and `type`")]
    Missing {
        /// The attribute.
        name: &'static str,
    },
    /// An attribute's value breaks a rule.
    #[error("attribute `{name}` is {value}, but {rule}")]
    Attribute {
        /// The attribute.
        name: String,
        /// Its value, quoted and shortened.
        value: String,
        /// What the value has to be.
        rule: &'static str,
    },
    /// An attribute's name breaks a rule.
    #[error("attribute name {name} is not allowed: {rule}")]
    Name {
        /// The name, quoted and shortened.
        name: String,
        /// What the name has to be.
        rule: &'static str,
    },
    /// An attribute, a JSON member or a header is given more than once.
    #[error("`{name}` is given more than once; leave one")]
    Duplicate {
        /// The attribute or member.
        name: String,
    },
    /// Another version of the specification.
    #[error("attribute `specversion` is {value}, but only \"1.0\" is known")]
    SpecVersion {
        /// The value, quoted and shortened.
        value: String,
    },
    /// The data cannot be read.
    #[error("the data cannot be read: {rule}")]
    Data {
        /// What it has to be.
        rule: &'static str,
    },
    /// More extension attributes than [`EXTENSIONS_MAX`](crate::EXTENSIONS_MAX).
    #[error("the event has more than {max} extension attributes; put the rest into its data")]
    TooManyExtensions {
        /// The limit.
        max: usize,
    },
    /// An event over [`EVENT_BYTES_MAX`](crate::EVENT_BYTES_MAX).
    #[error("the event is {bytes} bytes long, over the limit of {max}; keep the large part elsewhere, and refer to it by `dataref`")]
    EventTooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// A body over [`BODY_BYTES_MAX`](crate::BODY_BYTES_MAX).
    #[error("the body is {bytes} bytes long, over the limit of {max}; send smaller batches")]
    BodyTooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// More events in a batch than [`BATCH_EVENTS_MAX`](crate::BATCH_EVENTS_MAX).
    #[error("the batch has more than {max} events; send smaller batches")]
    BatchTooLong {
        /// The limit.
        max: usize,
    },
    /// A message that is no CloudEvent, or one in a format that is not spoken here.
    #[error(
        "media type {value} is not an event; send `application/cloudevents+json`, `application/cloudevents-batch+json`, \
         or any other type with the attributes in `ce-` headers (`ce-specversion`, `ce-id`, `ce-source`, `ce-type`)"
    )]
    MediaType {
        /// The `Content-Type`, quoted and shortened, or `(none)`.
        value: String,
    },
    /// JSON in another charset than UTF-8.
    #[error("charset {value} is not known; JSON is sent in UTF-8")]
    Charset {
        /// The charset, quoted and shortened.
        value: String,
    },
    /// One event of a batch is refused, and so the batch is.
    #[error("event {index} of the batch (counted from 0): {cause}")]
    InBatch {
        /// Its place in the batch, counted from 0.
        index: usize,
        /// Why it is refused.
        cause: Box<Invalid>,
    },
}

/// What kind of refusal it is: HTTP answers by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not a valid event: 400.
    Malformed,
    /// Over a limit: 413.
    TooLarge,
    /// A media type or charset that is not spoken here: 415.
    MediaType,
}

impl Kind {
    /// The HTTP status: 400, 413 or 415.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::TooLarge => 413,
            Self::MediaType => 415,
        }
    }
}

impl Invalid {
    /// The name of the refusal, in kebab-case, as users see it. Within a batch it is that of the event.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } => "malformed-json",
            Self::Missing { .. } => "missing-attribute",
            Self::Attribute { .. } => "invalid-attribute",
            Self::Name { .. } => "invalid-attribute-name",
            Self::Duplicate { .. } => "duplicate-attribute",
            Self::SpecVersion { .. } => "unknown-specversion",
            Self::Data { .. } => "invalid-data",
            Self::TooManyExtensions { .. } => "too-many-extensions",
            Self::EventTooLarge { .. } => "event-too-large",
            Self::BodyTooLarge { .. } => "body-too-large",
            Self::BatchTooLong { .. } => "batch-too-long",
            Self::MediaType { .. } => "unknown-media-type",
            Self::Charset { .. } => "unknown-charset",
            Self::InBatch { cause, .. } => cause.code(),
        }
    }

    /// What kind of refusal it is. Within a batch it is that of the event.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::TooManyExtensions { .. } | Self::EventTooLarge { .. } | Self::BodyTooLarge { .. } | Self::BatchTooLong { .. } => Kind::TooLarge,
            Self::MediaType { .. } | Self::Charset { .. } => Kind::MediaType,
            Self::InBatch { cause, .. } => cause.kind(),
            _ => Kind::Malformed,
        }
    }

    pub(crate) fn attribute(name: &str, value: &str, rule: &'static str) -> Self {
        Self::Attribute { name: name.to_owned(), value: quoted(value), rule }
    }
}

/// The value in quotes, with what cannot be printed escaped, and cut to a length that fits a message.
pub(crate) fn quoted(value: &str) -> String {
    const SHOWN_MAX: usize = 64;
    match value.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{:?}… ({} bytes)", &value[..end], value.len()),
        None => format!("{value:?}"),
    }
}
