//! Whatever is a valid event comes back from each of its forms as it was.

use oyez_event::http::{Incoming, decode, encode_batch, encode_binary, encode_structured};
use oyez_event::{AttributeValue, Data, Event, Invalid, Time};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Text with what is awkward in JSON, in headers and in URIs.
fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec!['"', '\\', '%', ' ', ',', ';', 'é', '€', '😀', '\u{2028}', '\u{fffd}']);
    let character = prop_oneof![4 => prop::char::range('!', '~'), 2 => awkward, 1 => any::<char>()];
    vec(character, 1..12).prop_map(|chars| chars.into_iter().filter(|c| is_allowed(*c)).chain(['x']).collect())
}

fn is_allowed(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fdd0}'..='\u{fdef}') && u32::from(c) & 0xfffe != 0xfffe
}

fn media_type() -> impl Strategy<Value = String> {
    let known = ["application/json", "a/b+json; charset=utf-8", "TEXT/plain;x=\"a; b\"", "image/svg+xml", "application/octet-stream"];
    prop::sample::select(known.map(str::to_owned).to_vec())
}

fn json_text() -> impl Strategy<Value = String> {
    let known = ["null", " {\"a\" : [1.0, 1e999, \"\\ud800\\n\"]}\n", "\"text\"", "\t0", "[\r\n]", "{oops", "01", ""];
    prop_oneof![prop::sample::select(known.map(str::to_owned).to_vec()), text(), "[\\[\\]{}\":, a1\n]{0,8}"]
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        json_text().prop_map(Data::Text),
        json_text().prop_map(|text| Data::Binary(text.into_bytes())),
        vec(any::<u8>(), 0..40).prop_map(Data::Binary),
    ]
}

fn extension() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        text().prop_map(AttributeValue::String),
        Just(AttributeValue::String(String::new())),
        any::<bool>().prop_map(AttributeValue::Boolean),
        any::<i32>().prop_map(AttributeValue::Integer),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just("partitionkey".to_owned()), "x[a-z0-9]{0,20}"]
}

prop_compose! {
    fn event()(
        id in text(),
        source in prop::sample::select(vec!["/a", "https://example.com/a?b=c#d", "urn:x:y", "a%20b", "#f"]),
        ty in text(),
        subject in option::of(text()),
        time in option::of((any::<i64>(), any::<u32>())),
        datacontenttype in option::of(media_type()),
        dataschema in option::of(Just("https://example.com/s")),
        extensions in btree_map(name(), extension(), 0..4),
        data in option::of(data()),
    ) -> Event {
        let build = || -> Result<Event, Invalid> {
            let mut event = Event::new(id, source, ty)?;
            if let Some(subject) = subject { event = event.with_subject(subject)?; }
            if let Some((seconds, nanos)) = time { event = event.with_time(Time::from_unix(seconds % Time::SECONDS_MAX, nanos))?; }
            if let Some(data) = data { event = event.with_data(data)?; }
            if let Some(media_type) = datacontenttype { event = event.with_datacontenttype(media_type)?; }
            if let Some(schema) = dataschema { event = event.with_dataschema(schema)?; }
            for (name, value) in extensions {
                let empty_key = name == "partitionkey" && value.to_text().is_empty();
                event = event.with_extension(name, if empty_key { "key".into() } else { value })?;
            }
            Ok(event)
        };
        build().expect("what is made here is valid")
    }
}

/// What binary mode cannot tell apart: types of extensions, empty data from none, JSON that is implied from JSON that is said.
fn as_binary_mode_has_it(event: &Event) -> Event {
    let said = match (event.datacontenttype(), event.data()) {
        (None, Some(Data::Text(_))) => event.clone().with_datacontenttype("application/json").expect("a media type"),
        _ => event.clone(),
    };
    let texts = event.extensions().map(|(name, value)| (name.to_owned(), value.to_string()));
    texts.fold(said, |event, (name, text)| event.with_extension(name, text).expect("text is as valid"))
}

proptest! {
    #[test]
    fn json_reads_back_equal(event in event()) {
        prop_assert_eq!(&Event::from_json(event.to_json().as_bytes()).unwrap(), &event, "{}", event.to_json());
        prop_assert!(Event::from_json(event.to_json_line().as_bytes()).unwrap().same_fact(&event));
        prop_assert!(!event.to_json_line().contains(['\n', '\r']));
    }

    #[test]
    fn structured_and_batch_mode_read_back_equal(events in vec(event(), 0..4)) {
        let (headers, body) = encode_batch(&events);
        prop_assert_eq!(decode(&headers, &body), Ok(Incoming::Batch(events.clone())));
        for event in events {
            let (headers, body) = encode_structured(&event);
            prop_assert_eq!(decode(&headers, &body), Ok(Incoming::One(event)));
        }
    }

    #[test]
    fn binary_mode_reads_back_equal_but_for_what_it_cannot_say(event in event()) {
        prop_assume!(event.data().is_none_or(|data| !data.as_bytes().is_empty()));
        let (headers, body) = encode_binary(&event);
        prop_assert_eq!(decode(&headers, &body), Ok(Incoming::One(as_binary_mode_has_it(&event))));
    }

    #[test]
    fn the_binary_form_reads_back_equal(event in event()) {
        let bytes = minicbor::to_vec(&event).unwrap();
        prop_assert_eq!(minicbor::decode::<Event>(&bytes).unwrap(), event);
    }

    #[test]
    fn an_event_states_the_same_fact_after_a_way_through_the_sdk(event in event()) {
        prop_assert!(event.same_fact(&event));
        prop_assert!(event.same_fact(&Event::try_from(cloudevents::Event::from(event.clone())).unwrap()));
    }

    #[test]
    fn no_bytes_whatever_make_the_reader_panic(
        start in prop::sample::select(vec!["", "{\"specversion\":\"1.0\",", "[{"]),
        body in vec(any::<u8>(), 0..60),
    ) {
        let body = [start.as_bytes(), &body].concat();
        let _ = Event::from_json(&body);
        let _ = Event::batch_from_json(&body);
        let _ = Time::parse(&String::from_utf8_lossy(&body));
        let _ = Event::new("1", String::from_utf8_lossy(&body), "t");
        let _ = Event::new("1", "/a", "t").unwrap().with_datacontenttype(String::from_utf8_lossy(&body));
    }
}
