//! How many documents must be reviewed to claim that few leak.
//!
//! A claim "below x with 95 %" holds after `n` reviewed units with `k` leaks when fewer than one in
//! twenty such samples would show so few if x were true: P(Binomial(n, x) <= k) <= 0.05.

use thiserror::Error;

/// A question that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// The rate or the confidence is not a share.
    #[error("the leak rate and the confidence lie between 0 and 1, both excluded")]
    Share,
    /// More than anybody reviews.
    #[error("more than a hundred million would have to be reviewed; ask for a higher leak rate")]
    Endless,
}

/// The most that is sought.
const MOST: u64 = 100_000_000;

/// The chance of at most `k` leaks in `n` units that leak at this rate.
fn at_most(k: u64, n: u64, rate: f64) -> f64 {
    // Terms by their logarithm: the first one alone underflows for large n.
    let (n, odds) = (n as f64, rate.ln() - (-rate).ln_1p());
    let mut term = n * (-rate).ln_1p();
    let mut sum = term.exp();
    for i in 0..k {
        let i = i as f64;
        if i >= n {
            return 1.0;
        }
        term += ((n - i) / (i + 1.0)).ln() + odds;
        sum += term.exp();
    }
    sum.min(1.0)
}

/// How many units must be reviewed to claim a leak rate below `rate`, when `leaks` of them leak.
///
/// # Errors
/// [`PlanError`] for a rate or confidence that is no share, and beyond a hundred million.
///
/// # Examples
/// ```
/// use caseveil::audit::sample_size;
/// // The rule of three: none of 299 leaks, so fewer than one in a hundred does.
/// assert_eq!(sample_size(0.01, 0, 0.95), Ok(299));
/// assert_eq!(sample_size(0.01, 1, 0.95), Ok(473));
/// ```
pub fn sample_size(rate: f64, leaks: u64, confidence: f64) -> Result<u64, PlanError> {
    let share = |x: f64| x > 0.0 && x < 1.0;
    if !share(rate) || !share(confidence) {
        return Err(PlanError::Share);
    }
    let enough = |n: u64| at_most(leaks, n, rate) <= 1.0 - confidence;
    if !enough(MOST) {
        return Err(PlanError::Endless);
    }
    let (mut low, mut high) = (leaks, MOST);
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        *(if enough(middle) { &mut high } else { &mut low }) = middle;
    }
    Ok(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_tables() {
        // Zero leaks have a closed form; the others are from tables of attribute sampling.
        for (rate, leaks, n) in
            [(0.05, 0, 59), (0.05, 1, 93), (0.05, 2, 124), (0.10, 0, 29), (0.001, 0, 2995)]
        {
            assert_eq!(sample_size(rate, leaks, 0.95), Ok(n), "{rate} {leaks}");
        }
        for rate in [0.5, 0.02, 0.001, 1e-6] {
            let closed = (0.05_f64.ln() / (1.0_f64 - rate).ln()).ceil() as u64;
            assert_eq!(sample_size(rate, 0, 0.95), Ok(closed), "{rate}");
        }
        assert_eq!(sample_size(0.0, 0, 0.95), Err(PlanError::Share));
        assert_eq!(sample_size(1e-12, 0, 0.95), Err(PlanError::Endless));
    }
}
