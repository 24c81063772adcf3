//! Columns as values that several rows have: counts, times, and what no row of ours holds.

use crate::gate::ReleasedCase;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Entity type to how many.
pub type Counts = BTreeMap<String, u64>;

pub(super) fn counts_to_json(counts: &Counts) -> String {
    serde_json::to_string(counts).expect("names and numbers are JSON")
}

/// How many pieces of each type were masked: what the output shows.
pub(super) fn masked_counts(case: &ReleasedCase) -> Counts {
    let mut counts = Counts::new();
    for replaced in case.masked().replaced() {
        *counts.entry(replaced.entity.name().to_owned()).or_default() += 1;
    }
    counts
}

/// The time of a column; one that no calendar knows reads as the beginning of time.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MIN)
}

/// A row that this version did not write.
pub(super) fn unreadable() -> sqlx::Error {
    sqlx::Error::Decode("a row of another version".into())
}
