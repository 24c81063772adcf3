//! How much may have been let through: two estimates, with what they assume, and the exact bound of
//! a reviewed sample.

use crate::audit::clopper_pearson;
use serde::{Deserialize, Serialize};

/// What two detectors found of the same kind: by rules alone, by the tagger alone, by both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captures {
    /// By rules alone.
    pub rules: usize,
    /// By the tagger alone.
    pub tagger: usize,
    /// By both.
    pub both: usize,
}

impl Captures {
    /// Adds those of another document.
    pub fn sum(&mut self, other: Self) {
        self.rules += other.rules;
        self.tagger += other.tagger;
        self.both += other.both;
    }

    /// All that was found.
    pub fn all(self) -> usize {
        self.rules + self.tagger + self.both
    }

    /// True when nothing was found.
    pub fn is_empty(&self) -> bool {
        self.all() == 0
    }
}

/// Canaries put into copies of documents, and those that were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canaries {
    /// Put in.
    pub put: usize,
    /// Found, and so removed, whole.
    pub found: usize,
}

impl Canaries {
    /// Adds those of another document.
    pub fn sum(&mut self, other: Self) {
        self.put += other.put;
        self.found += other.found;
    }

    /// True when none was put in.
    pub fn is_empty(&self) -> bool {
        self.put == 0
    }
}

/// What may be left, and how much at most at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The best guess.
    pub point: f64,
    /// The upper bound at 95 %, if the assumptions hold.
    pub upper: f64,
}

/// What both detectors missed, if each misses independently of the other: Chapman's estimate, and
/// as a bound the product of the exact upper bounds of both shares of misses, with what chance adds.
///
/// Where the detectors miss the same things it is too low: misses that are shared cannot be seen
/// from what either found. Nothing when one of them never met what the other found.
///
/// # Examples
/// ```
/// use caseveil::batch::{Captures, missed};
/// let found = Captures { rules: 90, tagger: 40, both: 870 };
/// let estimate = missed(found).expect("both found something");
/// assert_eq!(estimate.point.round(), 4.0);
/// assert!(estimate.upper > 6.0 && estimate.upper < 14.0, "{estimate:?}");
/// ```
pub fn missed(found: Captures) -> Option<Estimate> {
    let (by_rules, by_tagger) = (found.rules + found.both, found.tagger + found.both);
    if found.both == 0 {
        return None;
    }
    let (n1, n2, m) = (by_rules as f64, by_tagger as f64, found.both as f64);
    let point = (n1 + 1.0) * (n2 + 1.0) / (m + 1.0) - 1.0 - found.all() as f64;
    // Of what the tagger found, this share at most is missed by the rules; and the other way.
    let rules_miss = clopper_pearson(found.tagger, by_tagger)[1];
    let tagger_misses = clopper_pearson(found.rules, by_rules)[1];
    let share = rules_miss * tagger_misses;
    let expected = found.all() as f64 * share / (1.0 - share).max(1e-9);
    // As many are to be expected at most; chance adds to that (Poisson, 95 %).
    let upper = expected + 1.645 * expected.sqrt() + 0.5;
    Some(Estimate { point: point.max(0.0), upper: upper.max(point) })
}

/// What was missed of names and of everything else together, as [`missed`] tells of each: the guess
/// and the bound of the report. Kinds that cannot be told of are left out.
pub fn missed_of_all(found: [Captures; 2]) -> Option<Estimate> {
    found.into_iter().filter_map(missed).reduce(|sum, other| Estimate {
        point: sum.point + other.point,
        upper: sum.upper + other.upper,
    })
}

/// What is missed of `found` pieces when pieces are missed like the canaries. Canaries are made by
/// us: real identifiers may be harder.
pub fn by_canaries(canaries: Canaries, found: usize) -> Option<Estimate> {
    let missed = canaries.put.checked_sub(canaries.found)?;
    if canaries.put == 0 {
        return None;
    }
    let left = |share: f64| found as f64 * share / (1.0 - share).max(1e-9);
    let upper = clopper_pearson(missed, canaries.put)[1];
    Some(Estimate { point: left(missed as f64 / canaries.put as f64), upper: left(upper) })
}

/// Documents of 1,000 with a leak, at most at 95 % (one side), when `leaky` of `reviewed` documents
/// drawn at random had one.
///
/// # Examples
/// ```
/// // None of 300: at most 10 of 1,000.
/// assert_eq!(caseveil::batch::leaky_per_thousand(0, 300).round(), 10.0);
/// ```
pub fn leaky_per_thousand(leaky: usize, reviewed: usize) -> f64 {
    // The upper end of a two-sided interval at 90 % is the bound of one side at 95 %; the interval
    // at hand is the wider one at 95 %, except without a leak, where the bound has a closed form.
    if leaky == 0 && reviewed > 0 {
        return 1000.0 * (1.0 - 0.05_f64.powf(1.0 / reviewed as f64));
    }
    1000.0 * clopper_pearson(leaky, reviewed)[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SplitMix64` as a share.
    fn share(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Of 200 archives with known leaks, those whose leaks the bound covers.
    fn covered(things: usize, rules: f64, tagger: f64, shared: f64) -> usize {
        let mut seed = 20_261_126;
        (0..200)
            .filter(|_| {
                let (mut found, mut leaks) = (Captures::default(), 0);
                for _ in 0..things {
                    let hidden = share(&mut seed) < shared;
                    let by_rules = !hidden && share(&mut seed) < rules;
                    let by_tagger = !hidden && share(&mut seed) < tagger;
                    match (by_rules, by_tagger) {
                        (true, true) => found.both += 1,
                        (true, false) => found.rules += 1,
                        (false, true) => found.tagger += 1,
                        (false, false) => leaks += 1,
                    }
                }
                missed(found).is_some_and(|e| e.upper >= f64::from(leaks))
            })
            .count()
    }

    #[test]
    fn the_bound_covers_independent_misses() {
        for (things, rules, tagger) in [
            (2000, 0.95, 0.9),
            (2000, 0.7, 0.6),
            (20_000, 0.97, 0.9),
            (500, 0.9, 0.8),
            (10_000, 0.5, 0.5),
        ] {
            let covered = covered(things, rules, tagger, 0.0);
            assert!(covered >= 190, "{things} {rules} {tagger}: {covered} of 200");
        }
    }

    /// Said in the report: what both miss for one reason is invisible to it.
    #[test]
    fn the_bound_fails_where_misses_are_shared() {
        let covered = covered(5000, 0.95, 0.9, 0.02);
        assert!(covered <= 20, "{covered} of 200: the report's warning would be wrong");
    }

    #[test]
    fn canaries_bound_what_is_missed_like_them() {
        let mut seed = 7;
        let covered = (0..200)
            .filter(|_| {
                let mut canaries = Canaries::default();
                let (mut found, mut leaks) = (0, 0.0);
                for _ in 0..600 {
                    canaries.put += 1;
                    canaries.found += usize::from(share(&mut seed) < 0.97);
                }
                for _ in 0..3000 {
                    if share(&mut seed) < 0.97 { found += 1 } else { leaks += 1.0 }
                }
                by_canaries(canaries, found).is_some_and(|e| e.upper >= leaks)
            })
            .count();
        assert!(covered >= 185, "{covered} of 200");
        assert_eq!(by_canaries(Canaries::default(), 10), None);
    }
}
