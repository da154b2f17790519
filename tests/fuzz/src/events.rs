//! Events as producers send them: the HTTP binding and the JSON format.

use http::{HeaderMap, HeaderName, HeaderValue};
use oyez_event::Event;
use oyez_event::http::{Incoming, decode, encode_batch, encode_binary, encode_structured};

/// A message: lines of headers, an empty line, the body. What is taken in is given out again as the same event, in each mode.
///
/// # Panics
/// By a finding.
pub fn http(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line[colon..].strip_prefix(b":").unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    match decode(&headers, rest) {
        Ok(Incoming::One(event)) => out_and_in(&event),
        Ok(Incoming::Batch(events)) => {
            let (headers, body) = encode_batch(&events);
            assert_eq!(decode(&headers, &body), Ok(Incoming::Batch(events)));
        }
        Err(_) => {}
    }
}

fn out_and_in(event: &Event) {
    let (headers, body) = encode_structured(event);
    assert_eq!(decode(&headers, &body), Ok(Incoming::One(event.clone())));
    let (headers, body) = encode_binary(event);
    let Ok(Incoming::One(again)) = decode(&headers, &body) else { panic!("{event:?} in binary mode is no event any more") };
    assert_eq!((again.id(), again.source(), again.ty(), again.subject()), (event.id(), event.source(), event.ty(), event.subject()));
    // A body tells empty data from none nowhere.
    let data = event.data().filter(|data| !data.as_bytes().is_empty());
    assert_eq!((again.partition_key(), again.data()), (event.partition_key(), data));
}

/// An event, or a batch of them, in the JSON format. What is taken in is given out again as the same event, on one line too.
///
/// # Panics
/// By a finding.
pub fn json(bytes: &[u8]) {
    if let Ok(event) = Event::from_json(bytes) {
        assert_eq!(Event::from_json(event.to_json().as_bytes()).as_ref(), Ok(&event));
        let line = event.to_json_line();
        assert!(!line.contains('\n') && Event::from_json(line.as_bytes()).is_ok(), "{line}");
    }
    if let Ok(events) = Event::batch_from_json(bytes) {
        let text = Event::batch_to_json(&events);
        assert_eq!(Event::batch_from_json(text.as_bytes()), Ok(events));
    }
}
