//! What a handler gives back, made into events: checked once here, then written as they are.

use crate::identity;
use oyez_event::{AttributeValue, Event, Invalid, Time};
use oyez_model::{Emission, Limits, Recorded, SubscriptionId, bounds};
use std::collections::BTreeSet;

/// Why emissions do not become events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The handler's next attempt may do better: too many, too large.
    OverLimit(String),
    /// It never will.
    Rejected(String),
}

/// Whose emissions they are.
#[derive(Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) subscription: &'a SubscriptionId,
    pub(crate) parent: &'a Recorded,
    pub(crate) run: u32,
    pub(crate) limits: &'a Limits,
    /// What it was granted, beside its own.
    pub(crate) sources: &'a BTreeSet<String>,
}

impl Origin<'_> {
    /// The root's id: the host's own word where the parent is an emission, the parent's id where it is the root.
    fn correlation(&self) -> String {
        let told = self.parent.lineage.and_then(|_| self.parent.event.extension("correlationid"));
        told.map_or_else(|| self.parent.event.id().to_owned(), |id| id.to_text().into_owned())
    }

    /// All of them as events, or none.
    pub(crate) fn events(&self, emissions: Vec<Emission>) -> Result<Vec<Event>, Refusal> {
        let Limits { emissions: count, emission_bytes, .. } = *self.limits;
        let count = count.min(bounds::EMISSIONS_MAX);
        if emissions.len() > count {
            return Err(Refusal::OverLimit(format!(
                "{} emissions are over the limit of {count}: emit fewer, or raise `emissions` under [limits]",
                emissions.len()
            )));
        }
        let mut events = Vec::with_capacity(emissions.len());
        let mut bytes = 0;
        for (ordinal, emission) in emissions.into_iter().enumerate() {
            let event = self.event(ordinal, emission)?;
            bytes += event.size();
            if bytes > emission_bytes {
                return Err(Refusal::OverLimit(format!(
                    "emissions of more than {emission_bytes} bytes: emit less, or raise `emission_bytes` under [limits]"
                )));
            }
            events.push(event);
        }
        Ok(events)
    }

    fn event(&self, ordinal: usize, emission: Emission) -> Result<Event, Refusal> {
        // People count from one.
        let (nth, ty) = (ordinal + 1, emission.ty.clone());
        if let Some((name, _)) = emission.options.first() {
            return Err(Refusal::Rejected(format!("emission {nth} (`{ty}`) has the option `{name}`, which this host does not know")));
        }
        let own = format!("/plugins/{}", self.subscription.plugin.live());
        let source = emission.source.clone().unwrap_or_else(|| own.clone());
        if source != own && !self.sources.contains(&source) {
            return Err(Refusal::Rejected(format!(
                "emission {nth} (`{ty}`) has the source `{source}`: leave it out, it is `{own}`, or add `sources = [\"{source}\"]` under [grants] in the plugin's .toml"
            )));
        }
        self.build(ordinal, source, emission).map_err(|invalid| match invalid {
            Invalid::EventTooLarge { .. } => Refusal::OverLimit(format!("emission {nth} (`{ty}`): {invalid}")),
            _ => Refusal::Rejected(format!("emission {nth} (`{ty}`): {invalid}")),
        })
    }

    fn build(&self, ordinal: usize, source: String, emission: Emission) -> Result<Event, Invalid> {
        let parent = &self.parent;
        let id = identity::emission_id(parent.sequence, parent.event.id(), self.subscription, self.run, ordinal);
        let accepted = || {
            let seconds = i64::try_from(parent.accepted.seconds()).unwrap_or(i64::MAX);
            Time::from_unix(seconds, parent.accepted.subsec_nanos())
        };
        let mut event = Event::new(id, source, emission.ty)?.with_time(emission.time.unwrap_or_else(accepted))?;
        if let Some(subject) = emission.subject {
            event = event.with_subject(subject)?;
        }
        if let Some(media) = emission.datacontenttype {
            event = event.with_datacontenttype(media)?;
        }
        if let Some(schema) = emission.dataschema {
            event = event.with_dataschema(schema)?;
        }
        for (name, value) in emission.extensions {
            event = event.with_extension(name, value)?;
        }
        // Last, so that they are the host's whatever the handler wrote.
        event = event.with_extension("correlationid", AttributeValue::String(self.correlation()))?;
        event = event.with_extension("causationid", AttributeValue::String(parent.event.id().to_owned()))?;
        match emission.data {
            Some(data) => event.with_data(data),
            None => Ok(event),
        }
    }
}
