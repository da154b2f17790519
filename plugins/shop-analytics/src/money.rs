//! An amount of money that can be added up without drifting: a whole number of millionths, since an amount does not say which currency it is in.

use oyez_plugin::serde_json::Number;
use oyez_plugin::{Failure, Result};
use std::fmt;

const DECIMALS: usize = 6;
const UNITS: u64 = 1_000_000;

/// At most 18 trillion, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Money(u64);

impl Money {
    pub(crate) fn from_units(units: u64) -> Self {
        Self(units)
    }

    pub(crate) fn units(self) -> u64 {
        self.0
    }

    /// The amount as it was written, digit by digit: up to fifteen of them, as many as a number of JSON is sure to keep.
    ///
    /// # Errors
    /// It is below zero, too large, or has more than six decimals: rejected.
    pub(crate) fn of(amount: &Number) -> Result<Self> {
        let text = amount.to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        // Neither a sign nor an exponent is a digit.
        let units = if part.len() <= DECIMALS { format!("{whole}{part:0<DECIMALS$}").parse().ok() } else { None };
        units.map(Self).ok_or_else(|| Failure::reject(format!("`{amount}` is no amount from 0 to 18 trillion with at most {DECIMALS} decimals")))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:0DECIMALS$}", self.0 / UNITS, self.0 % UNITS);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::serde_json;

    #[test]
    fn an_amount_comes_out_as_it_went_in() {
        for (text, out) in [("0", "0"), ("0.01", "0.01"), ("13", "13"), ("13.10", "13.1"), ("100", "100"), ("1000.000001", "1000.000001")] {
            let amount: Number = serde_json::from_str(text).unwrap();
            assert_eq!(Money::of(&amount).unwrap().to_string(), out);
        }
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_rejected() {
        for text in ["-1", "-0.5", "0.0000001", "18446744073710", "1e30"] {
            let amount: Number = serde_json::from_str(text).unwrap();
            assert!(matches!(Money::of(&amount), Err(Failure::Reject(_))), "{text}");
        }
    }
}
