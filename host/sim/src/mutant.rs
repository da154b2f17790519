//! Bugs that are put in on purpose: the model has to find each.

use std::str::FromStr;

/// A bug, at one of this crate's own seams: the device, the log, the store of the views, or the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mutant {
    /// The device says that it has synced, and has not: so a receipt is given before the sync.
    ReceiptBeforeSync,
    /// A settlement and what it emits are two writes.
    EmissionsInASecondFrame,
    /// The engine is told a place that has an open delivery below it.
    PlacePastAnUnsettledDelivery,
    /// A checkpoint leaves out the ids: the process knows them, the next one does not.
    DedupLostAtRestart,
    /// That a key was absent is not looked at again when the run is settled.
    AbsentReadsNotValidated,
    /// A new epoch is taken to hold for all that was not yet read.
    EpochFromTheWrongSequence,
    /// A settlement whose write failed is written again at the next start, though it may be there.
    SettlementRepeatedAfterAnUnknownOutcome,
    /// A lane whose dead letter an earlier process saw die is taken for one that waits behind none.
    ParkingLiftedEarly,
}

/// A name that no mutant has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no mutant `{0}`: use one of {all}", all = Mutant::ALL.map(Mutant::name).join(", "))]
pub struct UnknownMutant(String);

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ReceiptBeforeSync,
        Self::EmissionsInASecondFrame,
        Self::PlacePastAnUnsettledDelivery,
        Self::DedupLostAtRestart,
        Self::AbsentReadsNotValidated,
        Self::EpochFromTheWrongSequence,
        Self::SettlementRepeatedAfterAnUnknownOutcome,
        Self::ParkingLiftedEarly,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReceiptBeforeSync => "receipt-before-sync",
            Self::EmissionsInASecondFrame => "emissions-in-a-second-frame",
            Self::PlacePastAnUnsettledDelivery => "place-past-an-unsettled-delivery",
            Self::DedupLostAtRestart => "dedup-lost-at-restart",
            Self::AbsentReadsNotValidated => "absent-reads-not-validated",
            Self::EpochFromTheWrongSequence => "epoch-from-the-wrong-sequence",
            Self::SettlementRepeatedAfterAnUnknownOutcome => "settlement-repeated-after-an-unknown-outcome",
            Self::ParkingLiftedEarly => "parking-lifted-early",
        }
    }
}

impl FromStr for Mutant {
    type Err = UnknownMutant;

    fn from_str(name: &str) -> Result<Self, UnknownMutant> {
        Self::ALL.into_iter().find(|mutant| mutant.name() == name).ok_or_else(|| UnknownMutant(name.to_owned()))
    }
}
