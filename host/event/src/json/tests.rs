//! What the JSON format lets in, and what not.

use super::*;

const HEAD: &str = r#""specversion":"1.0","id":"1","source":"/a","type":"b""#;

fn event(members: &str) -> Result<Event, Invalid> {
    Event::from_json(format!("{{{HEAD}{members}}}").as_bytes())
}

fn refused(members: &str, code: &str) {
    assert_eq!(event(members).map_err(|e| e.code()), Err(code), "{members}");
}

fn data(members: &str) -> Data {
    event(members).unwrap().into_data().unwrap()
}

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

#[test]
fn json_data_is_kept_byte_for_byte() {
    let raw = "{ \"b\":1.0,\"a\" : [1e3,  123456789012345678901234567890], \"b\":\"\\u00e9\\ud800\" }";
    for media in ["", r#","datacontenttype":"application/json""#, r#","datacontenttype":"a/b+JSON;x=y""#] {
        let event = event(&format!("{media},\"data\" :\n {raw} ")).unwrap();
        assert_eq!(event.data(), Some(&text(raw)));
        assert!(event.to_json().contains(raw));
        assert_eq!(Event::from_json(event.to_json().as_bytes()).unwrap(), event);
    }
    assert_eq!(data(r#","data":null"#), text("null"));
    assert_eq!(data(r#","data":"hi""#), text("\"hi\""));
}

#[test]
fn a_string_under_another_type_is_its_text() {
    assert_eq!(data(r#","datacontenttype":"text/plain","data":"a\nb \u20ac""#), text("a\nb €"));
    assert_eq!(data(r#","datacontenttype":"text/plain","data":{"a": 1}"#), text("{\"a\": 1}"));
    assert_eq!(data(r#","datacontenttype":"image/png","data":"a""#), Data::Binary(b"a".to_vec()));
    refused(r#","datacontenttype":"text/plain","data":"\ud800""#, "invalid-data");
}

#[test]
fn base64_is_decoded_and_settled_by_the_media_type() {
    assert_eq!(data(r#","data_base64":"e30=""#), Data::Binary(b"{}".to_vec()));
    assert_eq!(data(r#","datacontenttype":"application/json","data_base64":"e30=""#), text("{}"));
    assert_eq!(data(r#","data_base64":"\/\/8=""#), Data::Binary(vec![255, 255]));
    assert_eq!(event(r#","data_base64":null"#).unwrap().data(), None);
    for bad in [r#""e30""#, r#""...""#, r#""e 30=""#, "5", "{}"] {
        refused(&format!(",\"data_base64\":{bad}"), "invalid-data");
    }
    refused(r#","data":1,"data_base64":"e30=""#, "invalid-data");
}

#[test]
fn a_member_that_comes_twice_is_refused_even_as_null() {
    for twice in [r#","id":"2""#, r#","x":1,"x":1"#, r#","subject":null,"subject":"s""#, r#","x":null,"x":"s""#, r#","data":1,"data":1"#] {
        refused(twice, "duplicate-attribute");
    }
    refused(r#","\u0069d":"2""#, "duplicate-attribute");
}

#[test]
fn attributes_keep_their_types() {
    let event = event(r#","s":"t","b":false,"i":-2147483648,"z":-0,"n":null"#).unwrap();
    let all: Vec<_> = event.extensions().map(|(name, value)| (name, value.clone())).collect();
    let expect = [("b", false.into()), ("i", i32::MIN.into()), ("s", "t".into()), ("z", 0.into())];
    assert_eq!(all, expect);
    for bad in ["1.5", "1.0", "1e3", "2147483648", "[]", "{}", r#""\ud800""#, r#""\u0000""#, r#""\uffff""#] {
        refused(&format!(",\"x\":{bad}"), "invalid-attribute");
    }
    for bad in ["subject\":5", "subject\":\"\"", "time\":5", "time\":\"\"", "dataschema\":\"a\"", "datacontenttype\":\"xyz\"", "partitionkey\":\"\""]
    {
        refused(&format!(",\"{bad}"), "invalid-attribute");
    }
    for bad in ["My", "a.b", "a_b", ""] {
        refused(&format!(",\"{bad}\":null"), "invalid-attribute-name");
    }
}

#[test]
fn what_is_not_the_json_of_an_event_says_where() {
    for bad in ["", "{", "[]", "5", "{}x", "{\"a\":01}", "{\"a\":\"\n\"}", "{,}", "\"\\", "{\"\\ud800\":1}"] {
        let error = Event::from_json(bad.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "malformed-json", "{bad}");
        assert!(error.to_string().contains("line 1 column") || bad.contains('\n'), "{error}");
    }
    assert_eq!(Event::from_json(b"{\"id\":\"\xff\"}").unwrap_err().code(), "malformed-json");
    assert!(Event::from_json(format!("\"{}\"", "x".repeat(10_000)).as_bytes()).unwrap_err().to_string().len() < 500);
    assert_eq!(Event::from_json(b"{}").unwrap_err(), Invalid::Missing { name: "specversion" });
    assert!(event("\u{20}").is_ok() && Event::from_json(format!("\u{feff}{{{HEAD}}}").as_bytes()).is_ok());
}

#[test]
fn deep_nesting_is_data_like_any_other() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(data(&format!(",\"data\":{deep}")), text(&deep));
    assert_eq!(event(&format!(",\"x\":{deep}")).unwrap_err().code(), "invalid-attribute");
}

#[test]
fn a_batch_is_all_or_nothing() {
    let batch = |n: usize, last: &str| format!("[{}{last}]", format!("{{{HEAD}}},").repeat(n));
    let last = format!("{{{HEAD}}}");
    assert_eq!(Event::batch_from_json(b" [] ").unwrap(), []);
    let full = Event::batch_from_json(batch(BATCH_EVENTS_MAX - 1, &last).as_bytes()).unwrap();
    assert_eq!(Event::batch_from_json(Event::batch_to_json(&full).as_bytes()).unwrap(), full);
    let error = Event::batch_from_json(batch(BATCH_EVENTS_MAX, &last).as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.kind().status()), ("batch-too-long", 413));
    let error = Event::batch_from_json(batch(2, r#"{"specversion":"0.3"}"#).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "unknown-specversion");
    assert!(error.to_string().starts_with("event 2 of the batch"), "{error}");
    assert_eq!(Event::batch_from_json(last.as_bytes()).unwrap_err().code(), "malformed-json");
}

#[test]
fn a_body_over_the_limit_is_refused_unread() {
    let error = Event::from_json(&vec![b' '; BODY_BYTES_MAX + 1]).unwrap_err();
    assert_eq!((error.code(), error.kind().status()), ("body-too-large", 413));
}

#[test]
fn a_line_is_one_line_and_says_the_same() {
    let event = event(",\"data\":{\r\n\"a\":\n\"x\\ny\"}").unwrap();
    let line = event.to_json_line();
    assert!(!line.contains(['\n', '\r']));
    assert!(Event::from_json(line.as_bytes()).unwrap().same_fact(&event));
}
