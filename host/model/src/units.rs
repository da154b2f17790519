//! Durations and sizes as people write them: `1s`, `64MiB`.

use std::time::Duration;

/// Why a duration or a size was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// Not a number with a unit of time.
    #[error("`{0}` is no duration: write a number and ms, s, m, h or d, such as `30s`")]
    Duration(String),
    /// Not a number with a unit of size.
    #[error("`{0}` is no size: write a number and B, KiB, MiB or GiB, such as `64MiB`")]
    Bytes(String),
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim()))
}

/// `250ms`, `1s`, `5m`, `2h`, `7d`.
///
/// # Errors
/// Anything else, and what overflows.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let millis = split(text).and_then(|(n, unit)| {
        n.checked_mul(match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        })
    });
    millis.map(Duration::from_millis).ok_or_else(|| UnitError::Duration(text.to_owned()))
}

/// `512B`, `64KiB`, `64MiB`, `1GiB`.
///
/// # Errors
/// Anything else, and what overflows.
pub fn parse_bytes(text: &str) -> Result<usize, UnitError> {
    let bytes = split(text).and_then(|(n, unit)| {
        n.checked_mul(match unit {
            "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        })
    });
    bytes.and_then(|n| usize::try_from(n).ok()).ok_or_else(|| UnitError::Bytes(text.to_owned()))
}

/// A duration as it is read: in the largest unit that holds it whole.
#[must_use]
pub fn show_duration(time: Duration) -> String {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    largest(millis, &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")])
}

/// A size as it is read: in the largest unit that holds it whole.
#[must_use]
pub fn show_bytes(bytes: u64) -> String {
    largest(bytes, &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")])
}

fn largest(number: u64, units: &[(u64, &str)]) -> String {
    // A day is 24 hours still: two are days.
    let fits = |(of, unit): &&(u64, &str)| number >= *of && number.is_multiple_of(*of) && (*unit != "d" || number > *of);
    let (of, unit) = units.iter().find(fits).or(units.last()).expect("there are units");
    format!("{}{unit}", number / of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_need_a_unit() {
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(parse_bytes("64MiB"), Ok(64 << 20));
        assert_eq!([0, 1_500, 3_600_000].map(|ms| show_duration(Duration::from_millis(ms))), ["0ms", "1500ms", "1h"]);
        assert_eq!([0, 1_000, 64 << 20].map(show_bytes), ["0B", "1000B", "64MiB"]);
        for bad in ["", "1", "s", "-1s", "1.5s", "99999999999999999999s", "18446744073709551615d", "1MB"] {
            assert!(parse_duration(bad).is_err() && parse_bytes(bad).is_err(), "{bad}");
        }
    }
}
