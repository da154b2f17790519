//! Whether two events say the same: what tells a duplicate from an id that was used again.

use crate::media::Media;
use crate::{Data, Event};
use serde_json::{Number, Value};

impl Event {
    /// Whether both state the same fact: type, subject and data agree. Data is compared as JSON where both media types are JSON or
    /// absent and both texts can be parsed, else by its bytes. Numbers are compared by value, so that `1`, `1.0` and `1e0` are the same:
    /// whole numbers of 64 bits exactly, others as doubles.
    #[must_use]
    pub fn same_fact(&self, other: &Self) -> bool {
        self.ty() == other.ty()
            && self.subject() == other.subject()
            && match (self.data(), other.data()) {
                (Some(a), Some(b)) => a.as_bytes() == b.as_bytes() || self.same_json(a, other, b),
                (a, b) => a.is_none() && b.is_none(),
            }
    }

    fn same_json(&self, a: &Data, other: &Self, b: &Data) -> bool {
        let may_be_json = |event: &Self| matches!(event.media(), Media::Json | Media::Absent);
        let parse = |data: &Data| serde_json::from_slice::<Value>(data.as_bytes()).ok();
        may_be_json(self) && may_be_json(other) && parse(a).zip(parse(b)).is_some_and(|(a, b)| same_value(&a, &b))
    }
}

/// Serde's reader lets no value nest deeper than 128, which bounds the recursion.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same_value(a, b))),
        (a, b) => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.as_f64() == b.as_f64(),
        _ => false,
    }
}

/// The number, if it is a whole one that 64 bits hold.
fn whole(number: &Number) -> Option<i128> {
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    number.as_i128().or_else(|| {
        let float = number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < BEYOND)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^64")]
        Some(float as i128)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(media: Option<&str>, data: &str) -> Event {
        let event = Event::new("1", "/a", "b").unwrap();
        let event = media.map_or(Ok(event.clone()), |m| event.with_datacontenttype(m)).unwrap();
        event.with_data(Data::Text(data.to_owned())).unwrap()
    }

    fn check(a: &str, b: &str, expect: bool) {
        for media in [Some("application/json"), Some("a/b+json"), None] {
            assert_eq!(event(media, a).same_fact(&event(media, b)), expect, "{a} {b} {media:?}");
            assert_eq!(event(media, b).same_fact(&event(Some("text/json"), a)), expect, "{b} {a} {media:?}");
        }
    }

    #[test]
    fn json_is_compared_by_value() {
        check(r#"{"a":1,"b":[true,null]}"#, "{ \"b\" : [true, null], \"a\":1 }", true);
        check(r#""\u00e9""#, "\"é\"", true);
        check("[1,2]", "[2,1]", false);
        check(r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false);
        check("null", "0", false);
        for (a, b) in [("1", "1.0"), ("100", "1e2"), ("0.10", "0.1"), ("-0", "0"), ("18446744073709549568", "18446744073709549568.0")] {
            check(a, b, true);
        }
        check("18446744073709551615", "18446744073709551616", false);
        check("9007199254740993", "9007199254740992", false);
        check("-1", "18446744073709551615", false);
        check("1e999", "1e999 ", true);
        check("1e999", "1e998", false);
    }

    #[test]
    fn anything_else_is_compared_by_its_bytes() {
        assert!(!event(Some("text/plain"), "1").same_fact(&event(Some("text/plain"), "1.0")));
        assert!(!event(Some("application/json"), "{ }").same_fact(&event(Some("text/plain"), "{}")));
        assert!(event(Some("application/json"), "{}").same_fact(&event(Some("text/plain"), "{}")));
        assert!(!event(Some("application/json"), "{oops").same_fact(&event(Some("application/json"), "{ oops")));
    }

    #[test]
    fn type_and_subject_count_and_the_rest_does_not() {
        let one = event(None, "1");
        assert!(!one.same_fact(&one.clone().with_subject("s").unwrap()));
        assert!(one.same_fact(&one.clone().with_extension("x", 1).unwrap()));
        let bare = Event::new("1", "/a", "b").unwrap();
        assert!(bare.same_fact(&bare) && !bare.same_fact(&one) && !one.same_fact(&bare));
        assert!(!bare.same_fact(&Event::new("1", "/a", "c").unwrap()));
    }
}
