//! `[limits]`: what one attempt may use, and how much of it an operator can give.

use super::check::{Check, Value, name_of};
use oyez_model::{LimitKey, Unit, parse_bytes, parse_duration};
use std::collections::BTreeMap;

/// The limits that a table gives, each in its own unit.
pub(super) fn limits(check: &mut Check<'_>, value: &Value<'_>) -> BTreeMap<LimitKey, u64> {
    let mut limits = BTreeMap::new();
    for (key, value) in check.table("limits", value) {
        match LimitKey::ALL.into_iter().find(|limit| limit.as_str() == name_of(key)) {
            Some(limit) => limits.extend(one(check, limit, value).map(|value| (limit, value))),
            None => check.unknown("limits", key),
        }
    }
    limits
}

fn one(check: &mut Check<'_>, limit: LimitKey, value: &Value<'_>) -> Option<u64> {
    let (path, range) = (format!("limits.{limit}"), limit.range());
    let (least, most) = (limit.show(*range.start()), limit.show(*range.end()));
    let expected = match limit.unit() {
        Unit::Time => format!("a time from {least} to {most}, such as `\"1s\"`"),
        Unit::Bytes => format!("a size from {least} to {most}, such as `\"64MiB\"`"),
        Unit::Count => format!("a number from {least} to {most}"),
    };
    let number = match limit.unit() {
        Unit::Count => check.integer(&path, value, &expected).map(|number| u64::try_from(number).unwrap_or(u64::MAX)),
        Unit::Time => check
            .text(&path, value, &expected)
            .map(|text| parse_duration(&text).ok().and_then(|time| time.as_millis().try_into().ok()).unwrap_or(u64::MAX)),
        Unit::Bytes => check.text(&path, value, &expected).map(|text| parse_bytes(&text).map_or(u64::MAX, |bytes| bytes as u64)),
    }?;
    if range.contains(&number) { Some(number) } else { check.wrong(&path, value, &expected) }
}
