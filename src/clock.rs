//! The time of day, checked: a machine whose clock is far off decides nothing.
//!
//! Expiry of keys and holds, leases and signatures hang on it. A clock that jumps by hours is
//! believed (the ledger counts rows, not seconds); one that is years off is a broken one.

use crate::fault::{self, Part};
use jiff::Timestamp;
use thiserror::Error;

/// The clock cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the clock of this machine is years off; set it")]
pub struct ClockError;

/// Seconds since 1970 between which a clock is believed: 2025 and 2125.
const BELIEVED: std::ops::Range<i64> = 1_735_689_600..4_891_363_200;

/// The present time.
///
/// # Errors
/// [`ClockError`] when the clock shows a year before 2025 or after 2124.
///
/// # Examples
/// ```
/// assert!(caseveil::clock::now()?.as_second() > 1_735_689_600);
/// # Ok::<(), caseveil::clock::ClockError>(())
/// ```
pub fn now() -> Result<Timestamp, ClockError> {
    if fault::fails(Part::Clock) {
        return Err(ClockError);
    }
    let now = if fault::empties(Part::Clock) { Timestamp::UNIX_EPOCH } else { Timestamp::now() };
    BELIEVED.contains(&now.as_second()).then_some(now).ok_or(ClockError)
}
