//! `[limits]`: what one attempt may use, and how much of it an operator can give.

use super::check::{Check, Value, name_of};
use oyez_model::{Limits, bounds, parse_bytes, parse_duration};
use std::ops::RangeInclusive;
use std::time::Duration;

const CPU: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(1);
const TIME: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(24);
const MEMORY: RangeInclusive<usize> = 64 << 10..=1 << 30;
/// A plugin's state lies on the disk; this is a bound against slips of the pen.
const STATE_BYTES: RangeInclusive<usize> = 0..=1 << 40;
const EMISSION_BYTES: RangeInclusive<usize> = 0..=EMISSION_BYTES_MAX;
/// The emissions of an attempt stand in one frame with what else it settles, and each fits in it whatever the limit.
const EMISSION_BYTES_MAX: usize = 64 << 20;
const _: () = assert!(bounds::EVENT_BYTES_MAX < EMISSION_BYTES_MAX, "one emission fits the largest limit");

pub(super) fn limits(check: &mut Check<'_>, value: &Value<'_>) -> Limits {
    let mut limits = Limits::default();
    for (key, value) in check.table("limits", value) {
        match name_of(key) {
            "cpu" => set(&mut limits.cpu, duration(check, "limits.cpu", value, &CPU, "a time from 1ms to 1h, such as `\"1s\"`")),
            "time" => set(&mut limits.time, duration(check, "limits.time", value, &TIME, "a time from 1ms to 24h, such as `\"30s\"`")),
            "memory" => set(&mut limits.memory, bytes(check, "limits.memory", value, &MEMORY, "a size from 64KiB to 1GiB, such as `\"64MiB\"`")),
            "emissions" => set(&mut limits.emissions, emissions(check, value)),
            "emission_bytes" => {
                let expected = "a size of at most 64MiB, such as `\"1MiB\"`";
                set(&mut limits.emission_bytes, bytes(check, "limits.emission_bytes", value, &EMISSION_BYTES, expected));
            }
            "state_bytes" => {
                let expected = "a size of at most 1TiB, such as `\"64MiB\"`";
                set(&mut limits.state_bytes, bytes(check, "limits.state_bytes", value, &STATE_BYTES, expected).map(|bytes| bytes as u64));
            }
            _ => check.unknown("limits", key),
        }
    }
    limits
}

fn set<T>(limit: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *limit = value;
    }
}

fn duration(check: &mut Check<'_>, path: &str, value: &Value<'_>, range: &RangeInclusive<Duration>, expected: &str) -> Option<Duration> {
    let text = check.text(path, value, expected)?;
    parse_duration(&text).ok().filter(|time| range.contains(time)).or_else(|| check.wrong(path, value, expected))
}

fn bytes(check: &mut Check<'_>, path: &str, value: &Value<'_>, range: &RangeInclusive<usize>, expected: &str) -> Option<usize> {
    let text = check.text(path, value, expected)?;
    parse_bytes(&text).ok().filter(|size| range.contains(size)).or_else(|| check.wrong(path, value, expected))
}

fn emissions(check: &mut Check<'_>, value: &Value<'_>) -> Option<usize> {
    let expected = format!("a number from 0 to {}", bounds::EMISSIONS_MAX);
    let number = check.integer("limits.emissions", value, &expected)?;
    let count = usize::try_from(number).ok().filter(|count| *count <= bounds::EMISSIONS_MAX);
    count.or_else(|| check.wrong("limits.emissions", value, &expected))
}
