//! Reading events: by place, by time, by attribute.

use crate::host::Host;
use crate::namespace::Namespace;
use oyez_engine::Trace;
use oyez_model::port::{LogError, ViewsError};
use oyez_model::{Recorded, Sequence, Timestamp};

/// One query looks at this much of the log, in bytes, before it answers with what it found and where to go on.
const LOOK_BYTES_MAX: usize = 64 << 20;
const READ_BYTES: usize = 1 << 20;
/// A page is this large at most, in bytes, and one event at least.
pub(crate) const PAGE_BYTES_MAX: usize = 16 << 20;

/// Where a query begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// With the first event that the log has. The default.
    #[default]
    Beginning,
    /// With this place, itself included.
    Sequence(Sequence),
    /// With the first event accepted at or after this time.
    Time(Timestamp),
    /// With the last so many.
    Last(usize),
}

/// Which events; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Of this type.
    pub ty: Option<String>,
    /// Of this source.
    pub source: Option<String>,
    /// With this subject.
    pub subject: Option<String>,
    /// Of the causation tree whose root has this id, the root included.
    pub correlation: Option<String>,
    /// This namespace's own.
    pub namespace: Option<Namespace>,
}

/// Events, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// In the order of the log.
    pub items: Vec<Recorded>,
    /// Where to go on. Nothing: this was the end of the log as it stood.
    pub next: Option<Sequence>,
    /// The place after the last one that was looked at: where to go on at the end of the log too, once it has grown.
    pub seen: Sequence,
}

impl EventQuery {
    /// Whether it wants this event.
    #[must_use]
    pub fn wants(&self, recorded: &Recorded) -> bool {
        let event = &recorded.event;
        let is = |wanted: &Option<String>, value: Option<&str>| wanted.as_deref().is_none_or(|wanted| value == Some(wanted));
        is(&self.ty, Some(event.ty()))
            && is(&self.source, Some(event.source()))
            && is(&self.subject, event.subject())
            && self.correlation.as_deref().is_none_or(|id| correlates(recorded, id))
            && self.namespace.as_ref().is_none_or(|namespace| namespace.has_source(event.source()))
    }
}

fn correlates(recorded: &Recorded, id: &str) -> bool {
    let event = &recorded.event;
    let told = || event.extension("correlationid").is_some_and(|told| told.to_text() == id);
    event.id() == id || told()
}

impl Host {
    /// The place where a query begins.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn place(&self, from: From) -> Result<Sequence, LogError> {
        let engine = self.0.engine.clone();
        blocking(move || match from {
            From::Beginning => Ok(engine.first()),
            From::Sequence(sequence) => Ok(sequence),
            From::Time(time) => engine.since(time),
            From::Last(n) => engine.last(n),
        })
        .await
    }

    /// Events that the query wants, from a place up: `limit` at most, fewer where much of the log had to be passed over.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events(&self, query: &EventQuery, from: Sequence, limit: usize) -> Result<EventPage, LogError> {
        let (engine, query) = (self.0.engine.clone(), query.clone());
        blocking(move || {
            let mut page = EventPage { items: Vec::new(), next: None, seen: from.max(engine.first()) };
            let mut bytes = 0;
            for _ in 0..LOOK_BYTES_MAX / READ_BYTES {
                let (events, next) = engine.read(page.seen, READ_BYTES)?;
                if next == page.seen {
                    return Ok(page);
                }
                for recorded in events {
                    if page.items.len() == limit || bytes > PAGE_BYTES_MAX {
                        page.next = Some(page.seen);
                        return Ok(page);
                    }
                    page.seen = recorded.sequence.next();
                    if query.wants(&recorded) {
                        bytes += recorded.event.size();
                        page.items.push(recorded);
                    }
                }
                page.seen = next;
            }
            page.next = Some(page.seen);
            Ok(page)
        })
        .await
    }

    /// The event at a place.
    pub async fn event(&self, sequence: Sequence) -> Option<Recorded> {
        let engine = self.0.engine.clone();
        tokio::task::spawn_blocking(move || engine.event(sequence)).await.ok().flatten()
    }

    /// The places of events with this id, newest last; of one source if it is given.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn find(&self, id: &str, source: Option<&str>) -> Result<Vec<Sequence>, ViewsError> {
        self.0.engine.find(id, source)
    }

    /// The causation tree below an event: who took it, how each attempt ended, what that emitted, and so on down.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn trace(&self, sequence: Sequence) -> Result<Option<Trace>, LogError> {
        let engine = self.0.engine.clone();
        blocking(move || engine.trace(sequence)).await
    }
}

async fn blocking<T: Send + 'static>(read: impl FnOnce() -> Result<T, LogError> + Send + 'static) -> Result<T, LogError> {
    let failed = |error: tokio::task::JoinError| LogError::Io { what: "reading the log".to_owned(), source: std::io::Error::other(error) };
    tokio::task::spawn_blocking(read).await.map_err(failed)?
}
