//! Which messages are events, and which events they are.

use super::*;

const REQUIRED: [(&str, &str); 4] = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/a"), ("ce-type", "b")];

fn headers<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn one(more: &[(&str, &str)], body: &[u8]) -> Result<Event, Invalid> {
    match decode(&headers(REQUIRED.into_iter().chain(more.iter().copied())), body)? {
        Incoming::One(event) => Ok(event),
        Incoming::Batch(events) => panic!("a batch of {}", events.len()),
    }
}

#[test]
fn a_value_is_unquoted_and_percent_decoded_once() {
    let cases = [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("Euro%20%e2%82%ac", "Euro €"),
        ("%41%2541", "A%41"),
        ("plain with spaces", "plain with spaces"),
        (r#""quoted \"value\" \\ %20""#, r#"quoted "value" \  "#),
        ("raw é", "raw é"),
        ("100%", "100%"),
        ("\"", "\""),
    ];
    for (value, expect) in cases {
        assert_eq!(one(&[("ce-subject", value)], b"").unwrap().subject(), Some(expect), "{value}");
    }
    for bad in ["%C0%A0", "%FF", "%0A", "%ED%A0%80", "", "\"\""] {
        assert_eq!(one(&[("ce-subject", bad)], b"").unwrap_err().code(), "invalid-attribute", "{bad}");
    }
}

#[test]
fn the_body_is_the_data_and_its_type_the_media_type() {
    let event = one(&[("content-type", "application/json; charset=utf-8")], b"{\"a\": 1}\n").unwrap();
    assert_eq!(event.datacontenttype(), Some("application/json; charset=utf-8"));
    assert_eq!(event.data(), Some(&Data::Text("{\"a\": 1}".to_owned())));
    let event = one(&[], b"{}").unwrap();
    assert_eq!((event.datacontenttype(), event.data()), (None, Some(&Data::Binary(b"{}".to_vec()))));
    assert_eq!(one(&[("content-type", "text/plain")], b"").unwrap().data(), None);
}

#[test]
fn headers_carry_no_types() {
    let event = one(&[("ce-count", "5"), ("ce-empty", "")], b"").unwrap();
    assert_eq!(event.extension("count"), Some(&"5".into()));
    assert_eq!(event.extension("empty"), Some(&"".into()));
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("ce-id", "2")], "duplicate-attribute"),
        (&[("ce-x", "1"), ("CE-X", "1")], "duplicate-attribute"),
        (&[("content-type", "a/b"), ("content-type", "a/b")], "duplicate-attribute"),
        (&[("ce-datacontenttype", "a/b")], "invalid-attribute-name"),
        (&[("ce-my-ext", "1")], "invalid-attribute-name"),
        (&[("ce-data", "1")], "invalid-attribute-name"),
        (&[("content-type", "xyz")], "invalid-attribute"),
        (&[("content-type", "é")], "invalid-attribute"),
        (&[("ce-time", "lunchtime")], "invalid-attribute"),
    ];
    for (more, code) in cases {
        let error = one(more, b"x").unwrap_err();
        assert_eq!((error.code(), error.kind().status()), (code, 400), "{more:?}");
    }
    assert_eq!(decode(&headers([("ce-id", "1")]), b"").unwrap_err(), Invalid::Missing { name: "specversion" });
}

#[test]
fn what_is_no_event_is_an_unknown_media_type_and_told_the_three_ways() {
    let plain = [Some("application/json"), Some("text/plain"), Some("xyz"), None].map(|value| (value, false));
    let formats =
        ["application/cloudevents+xml", "Application/CloudEvents+Avro", "application/cloudevents", "application/cloudevents-batch+protobuf"];
    for (content_type, with_attributes) in plain.into_iter().chain(formats.map(|value| (Some(value), true))) {
        let attributes = REQUIRED.into_iter().filter(|_| with_attributes);
        let error = decode(&headers(attributes.chain(content_type.map(|value| ("content-type", value)))), b"{}").unwrap_err();
        assert_eq!((error.code(), error.kind().status()), ("unknown-media-type", 415), "{content_type:?}");
        for way in [STRUCTURED, BATCH, "`ce-"] {
            assert!(error.to_string().contains(way), "{error}");
        }
    }
}

#[test]
fn structured_mode_is_known_whatever_the_case_and_in_utf_8_only() {
    let body = br#"{"specversion":"1.0","id":"1","source":"/a","type":"b"}"#;
    let read = |content_type| decode(&headers([("content-type", content_type)]), body);
    for good in ["application/cloudevents+json", "Application/CloudEvents+JSON ; CharSet=\"UTF-8\"", "application/cloudevents+json; x=y"] {
        assert!(matches!(read(good), Ok(Incoming::One(_))), "{good}");
    }
    let error = read("application/cloudevents+json; charset=utf-16").unwrap_err();
    assert_eq!((error.code(), error.kind().status()), ("unknown-charset", 415));
    assert_eq!(read("application/cloudevents-batch+json").unwrap_err().code(), "malformed-json");
    let batch = decode(&headers([("content-type", "application/cloudevents-batch+json; charset=utf-8")]), b"[]");
    assert_eq!(batch, Ok(Incoming::Batch(vec![])));
}

#[test]
fn a_body_over_the_limit_is_refused_in_every_mode() {
    let body = vec![b'x'; BODY_BYTES_MAX + 1];
    assert_eq!(one(&[], &body).unwrap_err().code(), "body-too-large");
    assert_eq!(one(&[], &body[1..]).unwrap_err().code(), "event-too-large");
}

#[test]
fn json_without_a_media_type_gets_one_in_binary_mode() {
    let event = Event::new("1", "/a", "b").unwrap().with_data(Data::Text("\"I'm just a string\"".to_owned())).unwrap();
    let (headers, body) = encode_binary(&event);
    assert_eq!(headers[CONTENT_TYPE], "application/json");
    assert_eq!(body, b"\"I'm just a string\"");
    let bytes = Event::new("1", "/a", "b").unwrap().with_data(Data::Binary(b"{}".to_vec())).unwrap();
    assert!(!encode_binary(&bytes).0.contains_key(CONTENT_TYPE));
}
