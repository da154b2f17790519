//! Between the contract's types and the model's.

use crate::bindings::types;
use oyez_model::event::{AttributeValue, Data, Event, Time};
use oyez_model::{Delivery, Emission, Limits, Timestamp, Verdict, bounds};
use std::time::Duration;

/// The event as a guest gets it.
pub(crate) fn event(event: &Event) -> types::Event {
    let text = |text: Option<&str>| text.map(str::to_owned);
    types::Event {
        id: event.id().to_owned(),
        source: event.source().to_owned(),
        type_: event.ty().to_owned(),
        subject: text(event.subject()),
        time: event.time().map(|time| types::Timestamp { seconds: time.seconds(), nanoseconds: time.nanos() }),
        datacontenttype: text(event.datacontenttype()),
        dataschema: text(event.dataschema()),
        extensions: event.extensions().map(|(name, value)| (name.to_owned(), attribute(value))).collect(),
        data: event.data().map(|data| match data {
            Data::Text(text) => types::Data::Text(text.clone()),
            Data::Binary(bytes) => types::Data::Binary(bytes.clone()),
        }),
    }
}

/// The delivery as a guest gets it.
pub(crate) fn delivery(delivery: &Delivery) -> types::Delivery {
    let recorded = &delivery.recorded;
    types::Delivery {
        subscription: delivery.subscription.as_str().to_owned(),
        sequence: recorded.sequence.0,
        accepted: timestamp(recorded.accepted),
        partition_key: recorded.event.partition_key().to_owned(),
        attempt: delivery.attempt,
        idempotency_key: delivery.idempotency_key.clone(),
        replay: delivery.replay,
        attributes: Vec::new(),
    }
}

fn timestamp(time: Timestamp) -> types::Timestamp {
    let seconds = i64::try_from(time.seconds()).expect("seconds of a u64 of nanoseconds fit");
    types::Timestamp { seconds, nanoseconds: time.subsec_nanos() }
}

fn attribute(value: &AttributeValue) -> types::AttributeValue {
    match value {
        AttributeValue::String(text) => types::AttributeValue::String(text.clone()),
        AttributeValue::Boolean(truth) => types::AttributeValue::Boolean(*truth),
        AttributeValue::Integer(number) => types::AttributeValue::Integer(*number),
    }
}

/// What a handler's answer comes to: a limit is passed, an emission cannot be, or it is what it says.
pub(crate) fn verdict(answer: Result<Vec<types::Emission>, types::Failure>, limits: &Limits) -> Verdict {
    match answer {
        Ok(emitted) => emissions(emitted, limits).map_or_else(|verdict| verdict, Verdict::Completed),
        Err(types::Failure::Retry(retry)) => Verdict::Retry { reason: cut(retry.reason), after: retry.after.map(Duration::from_nanos) },
        Err(types::Failure::Reject(reason)) => Verdict::Rejected(cut(reason)),
    }
}

fn emissions(emitted: Vec<types::Emission>, limits: &Limits) -> Result<Vec<Emission>, Verdict> {
    let (count, count_max) = (emitted.len(), limits.emissions.min(bounds::EMISSIONS_MAX));
    if count > count_max {
        return Err(Verdict::OverLimit(format!(
            "gave back {count} emissions, over its `emissions` of {count_max}: emit fewer, or raise it in [limits]"
        )));
    }
    let sizes: Vec<usize> = emitted.iter().map(size).collect();
    if let Some(at) = sizes.iter().position(|bytes| *bytes > bounds::EVENT_BYTES_MAX) {
        let (bytes, max, ty) = (sizes[at], bounds::EVENT_BYTES_MAX, named_by(&emitted[at].type_));
        return Err(Verdict::OverLimit(format!(
            "emission {} ({ty}) has {bytes} bytes, over the limit of {max} for any event: refer to large data",
            at + 1
        )));
    }
    let (bytes, bytes_max) = (sizes.iter().sum::<usize>(), limits.emission_bytes);
    if bytes > bytes_max {
        return Err(Verdict::OverLimit(format!(
            "its emissions have {bytes} bytes, over its `emission_bytes` of {bytes_max}: emit less, or raise it in [limits]"
        )));
    }
    emitted.into_iter().zip(1..).map(|(emitted, at)| emission(emitted, at)).collect()
}

fn emission(emitted: types::Emission, at: usize) -> Result<Emission, Verdict> {
    let time = emitted.time.map(|time| Time::try_from_unix(time.seconds, time.nanoseconds)).transpose();
    let time = time.map_err(|e| Verdict::Rejected(format!("emission {at} ({}): {e}", named_by(&emitted.type_))))?;
    Ok(Emission {
        ty: emitted.type_,
        source: emitted.source,
        subject: emitted.subject,
        time,
        datacontenttype: emitted.datacontenttype,
        dataschema: emitted.dataschema,
        extensions: emitted.extensions.into_iter().map(named).collect(),
        data: emitted.data.map(|data| match data {
            types::Data::Text(text) => Data::Text(text),
            types::Data::Binary(bytes) => Data::Binary(bytes),
        }),
        options: emitted.options.into_iter().map(named).collect(),
    })
}

fn named((name, value): (String, types::AttributeValue)) -> (String, AttributeValue) {
    let value = match value {
        types::AttributeValue::String(text) => AttributeValue::String(text),
        types::AttributeValue::Boolean(truth) => AttributeValue::Boolean(truth),
        types::AttributeValue::Integer(number) => AttributeValue::Integer(number),
    };
    (name, value)
}

/// What an emission counts for, in bytes: all its text and data.
fn size(emitted: &types::Emission) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let pair = |(name, value): &(String, types::AttributeValue)| {
        name.len()
            + match value {
                types::AttributeValue::String(text) => text.len(),
                types::AttributeValue::Boolean(_) => 1,
                types::AttributeValue::Integer(_) => 4,
            }
    };
    let data = emitted.data.as_ref().map_or(0, |data| match data {
        types::Data::Text(text) => text.len(),
        types::Data::Binary(bytes) => bytes.len(),
    });
    let attributes = [&emitted.source, &emitted.subject, &emitted.datacontenttype, &emitted.dataschema];
    let named = emitted.extensions.iter().chain(&emitted.options);
    emitted.type_.len() + attributes.into_iter().map(text).sum::<usize>() + named.map(pair).sum::<usize>() + data
}

/// A type for a message, of which the rest still has to be read: a guest may give a type of any length.
fn named_by(ty: &str) -> String {
    const SHOWN_MAX: usize = 100;
    let shown = &ty[..ty.floor_char_boundary(SHOWN_MAX)];
    if shown.len() < ty.len() { format!("`{shown}…`") } else { format!("`{shown}`") }
}

fn cut(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(bounds::REASON_BYTES_MAX));
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emitted(data: usize) -> types::Emission {
        types::Emission {
            type_: "a.b".to_owned(),
            source: None,
            subject: None,
            time: None,
            datacontenttype: None,
            dataschema: None,
            extensions: vec![],
            data: Some(types::Data::Binary(vec![0; data])),
            options: vec![],
        }
    }

    #[test]
    fn too_many_or_too_large_emissions_are_over_limit() {
        let limits = Limits { emissions: 2, emission_bytes: 1_000, ..Limits::default() };
        let check = |sizes: &[usize], limits: &Limits, expect: Option<&str>| match verdict(Ok(sizes.iter().map(|n| emitted(*n)).collect()), limits) {
            Verdict::Completed(emissions) => {
                assert_eq!((emissions.len(), None), (sizes.len(), expect));
            }
            Verdict::OverLimit(reason) => assert!(expect.is_some_and(|expect| reason.contains(expect)), "{reason}"),
            other => panic!("{other:?}"),
        };
        check(&[497, 497], &limits, None);
        check(&[497, 498], &limits, Some("1001 bytes, over its `emission_bytes` of 1000"));
        check(&[1, 1, 1], &limits, Some("3 emissions, over its `emissions` of 2"));
        let wide = Limits { emissions: usize::MAX, emission_bytes: usize::MAX, ..Limits::default() };
        check(&[1, bounds::EVENT_BYTES_MAX], &wide, Some("emission 2 (`a.b`)"));
        check(&[0; bounds::EMISSIONS_MAX + 1], &wide, Some("`emissions` of 900"));
        let long = types::Emission { type_: "a".repeat(bounds::EVENT_BYTES_MAX + 1), ..emitted(0) };
        assert!(matches!(verdict(Ok(vec![long]), &wide), Verdict::OverLimit(reason) if reason.contains("a…`) has 921601 bytes")));
    }

    #[test]
    fn a_time_that_cannot_be_is_rejected() {
        let emission = types::Emission { time: Some(types::Timestamp { seconds: 1, nanoseconds: 1_000_000_000 }), ..emitted(0) };
        assert!(matches!(verdict(Ok(vec![emission]), &Limits::default()), Verdict::Rejected(reason) if reason.starts_with("emission 1 (`a.b`)")));
    }
}
