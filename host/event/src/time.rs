//! A point in time as RFC 3339 writes it, kept as it was received.

use crate::Invalid;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use minicbor::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

const NANOS: u32 = 1_000_000_000;

/// A point in time: the RFC 3339 text as it was received, and what it says. Two are equal if their texts are; compare
/// [`seconds`](Self::seconds) and [`nanos`](Self::nanos) for the instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Time {
    #[n(0)]
    text: String,
    #[n(1)]
    seconds: i64,
    #[n(2)]
    nanos: u32,
}

impl Time {
    /// The first second that RFC 3339 can write, 0000-01-01T00:00:00Z.
    pub const SECONDS_MIN: i64 = -62_167_219_200;
    /// The last second that RFC 3339 can write, 9999-12-31T23:59:59Z.
    pub const SECONDS_MAX: i64 = 253_402_300_799;

    /// Reads RFC 3339: `2026-11-21T10:00:00Z`, with any fraction of a second (kept in the text, cut to nanoseconds in
    /// [`nanos`](Self::nanos)) and any offset. A leap second is the second after it.
    ///
    /// # Errors
    /// [`Invalid::Attribute`] where it is not RFC 3339, or names a day or an hour that does not exist.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const RULE: &str = "it must be a time as in RFC 3339, such as `2026-11-21T10:00:00Z`";
        let (seconds, nanos) = instant(text.as_bytes()).ok_or_else(|| Invalid::attribute("time", text, RULE))?;
        Ok(Self { text: text.to_owned(), seconds, nanos })
    }

    /// The canonical text in UTC, `…Z`, for seconds since 1970-01-01T00:00:00Z and nanoseconds above them. What RFC 3339 cannot
    /// write (years before 0000 or after 9999, a second's worth of nanoseconds or more) becomes the nearest that it can;
    /// [`try_from_unix`](Self::try_from_unix) refuses it.
    #[must_use]
    pub fn from_unix(seconds: i64, nanos: u32) -> Self {
        let (seconds, nanos) = (seconds.clamp(Self::SECONDS_MIN, Self::SECONDS_MAX), nanos.min(NANOS - 1));
        let time = DateTime::from_timestamp(seconds, nanos).expect("within the years 0000 to 9999");
        Self { text: time.to_rfc3339_opts(SecondsFormat::AutoSi, true), seconds, nanos }
    }

    /// As [`from_unix`](Self::from_unix), for what a guest or a stranger says.
    ///
    /// # Errors
    /// [`Invalid::Attribute`] where RFC 3339 cannot write it.
    pub fn try_from_unix(seconds: i64, nanos: u32) -> Result<Self, Invalid> {
        const RULE: &str = "it must be in the years 0000 to 9999, with less than 1,000,000,000 nanoseconds";
        let time = Self::from_unix(seconds, nanos);
        let exact = (time.seconds, time.nanos) == (seconds, nanos);
        if exact { Ok(time) } else { Err(Invalid::attribute("time", &format!("{seconds} s and {nanos} ns"), RULE)) }
    }

    /// The text as it was received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Nanoseconds above [`seconds`](Self::seconds), below 1,000,000,000.
    #[must_use]
    pub fn nanos(&self) -> u32 {
        self.nanos
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Time {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// Seconds and nanoseconds. By hand: chrono's reader also takes what RFC 3339 does not, such as a space for the `T`.
fn instant(text: &[u8]) -> Option<(i64, u32)> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let &[y0, y1, y2, y3, b'-', mo0, mo1, b'-', d0, d1, b'T' | b't', h0, h1, b':', mi0, mi1, b':', s0, s1] = date_time else {
        return None;
    };
    let year = i32::try_from(number(&[y0, y1, y2, y3])?).ok()?;
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[mi0, mi1])?, number(&[s0, s1])?);
    let date = NaiveDate::from_ymd_opt(year, number(&[mo0, mo1])?, number(&[d0, d1])?)?;
    let start_of_minute = date.and_hms_opt(hour, minute, 0)?.and_utc().timestamp();
    let (nanos, rest) = fraction(rest)?;
    let start_of_minute = start_of_minute - offset(rest)?;
    let leap = second == 60 && start_of_minute.rem_euclid(86_400) == 86_400 - 60;
    (second < 60 || leap).then_some((start_of_minute + i64::from(second), nanos))
}

fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(digits);
    let nanos = digits.iter().chain(std::iter::repeat(&b'0')).take(9).fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    (!digits.is_empty()).then_some((nanos, rest))
}

/// Seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (number(&[h0, h1])?, number(&[m0, m1])?);
            let seconds = i64::from(hours * 3600 + minutes * 60);
            (hours < 24 && minutes < 60).then_some(if sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

/// At most four digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_text_and_knows_its_instant() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2018-04-05T17:31:00Z", 1_522_949_460, 0),
            ("2018-04-05t18:31:00.5+01:00", 1_522_949_460, 500_000_000),
            ("2018-04-05T16:31:00.0000000019-01:00", 1_522_949_460, 1),
            ("1969-12-31T23:59:59.999999999z", -1, 999_999_999),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
            ("2017-01-01T00:59:60+01:00", 1_483_228_800, 0),
            ("0000-01-01T00:00:00Z", Time::SECONDS_MIN, 0),
            ("9999-12-31T23:59:59Z", Time::SECONDS_MAX, 0),
            ("2024-02-29T00:00:00-00:00", 1_709_164_800, 0),
        ];
        for (text, seconds, nanos) in cases {
            let time = Time::parse(text).unwrap();
            assert_eq!((time.as_str(), time.seconds(), time.nanos()), (text, seconds, nanos));
        }
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        let bad = [
            "",
            "lunchtime",
            "2018-04-05",
            "2018-04-05T18:31Z",
            "2018-04-05T18:31:00X",
            "2018-04-05T18:31:00",
            "2018-04-05T18:31:00+25:00",
            "2018-04-05T18:31:00+xx:00",
            "2018-04-05T18:31:00+05",
            "2018-04-05T18:31:00+0500",
            "2018-04-05 18:31:00Z",
            "2018-04-05T18:31:00.Z",
            "2018-02-30T00:00:00Z",
            "2018-04-05T24:00:00Z",
            "2018-04-05T18:60:00Z",
            "2018-04-05T18:31:60Z",
            "2018-04-05T18:31:61Z",
            "+2018-04-05T18:31:00Z",
            "2018-04-05T18:31:00Z ",
            "2018-13-01T00:00:00Z",
            "2018-04-05T18:31:00+01:60",
            "２018-04-05T18:31:00Z",
        ];
        for text in bad {
            assert_eq!(Time::parse(text).map_err(|e| e.code()), Err("invalid-attribute"), "{text}");
        }
    }

    #[test]
    fn unix_time_becomes_canonical_utc() {
        assert_eq!(Time::from_unix(1_522_949_460, 0).as_str(), "2018-04-05T17:31:00Z");
        assert_eq!(Time::from_unix(-1, 5_000_000).as_str(), "1969-12-31T23:59:59.005Z");
        assert_eq!(Time::from_unix(i64::MAX, u32::MAX).as_str(), "9999-12-31T23:59:59.999999999Z");
        assert_eq!(Time::from_unix(i64::MIN, 0).as_str(), "0000-01-01T00:00:00Z");
        assert!(Time::try_from_unix(i64::MAX, 0).is_err() && Time::try_from_unix(0, NANOS).is_err());
        let time = Time::from_unix(7, 1);
        assert_eq!(Time::parse(time.as_str()).unwrap(), time);
    }
}
