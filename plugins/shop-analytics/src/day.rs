//! The calendar day of a point in time, in UTC.

use oyez_plugin::Timestamp;

/// `2026-11-21`.
pub(crate) fn of(time: Timestamp) -> String {
    let (year, month, day) = civil(time.seconds.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The proleptic Gregorian date so many days after 1970-01-01. Years are counted from March, so that a leap day is the last of its year.
/// They repeat in eras of 400.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    // From 0000-03-01.
    let days = days + 719_468;
    let of_era = days.rem_euclid(ERA);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / (ERA - 1)) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March take 31, 30, 31, 30, 31 days in turn: 153 in five.
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + 400 * days.div_euclid(ERA) + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_219_200, "2026-11-21"),
            (4_107_542_400, "2100-03-01"),
            (253_402_300_799, "9999-12-31"),
            (-62_167_219_200, "0000-01-01"),
        ] {
            assert_eq!(of(Timestamp { seconds, nanoseconds: 0 }), day);
        }
    }

    #[test]
    fn each_day_is_followed_by_the_next() {
        let long = |year, month| match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let mut date = civil(-719_528);
        assert_eq!(date, (0, 1, 1));
        for days in -719_527..2_932_897 {
            date = match date {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if day == long(year, month) => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
            assert_eq!(civil(days), date);
        }
    }
}
