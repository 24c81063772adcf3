//! Intervals and significance by resampling documents (paired bootstrap, percentile).
//!
//! Documents are drawn, not spans: what stands in one document was written by one hand. The seed is
//! fixed, so that the same figures give the same interval.

use serde::Serialize;

/// Resamples of every interval.
pub const RESAMPLES: usize = 2000;
/// The seed of all of them.
const SEED: u64 = 0x5eed_ca5e_0e11_0009;

/// `SplitMix64`: small, good, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..n`.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.roll()) * n as u128) >> 64) as usize
    }
}

/// The figure of [`RESAMPLES`] resamples of `n` documents, sorted; `figure` gets how often each
/// document was drawn, and resamples in which it is undefined are left out.
fn resampled(n: usize, mut figure: impl FnMut(&[u32]) -> Option<f64>) -> Vec<f64> {
    let mut dice = Dice(SEED);
    let mut drawn = vec![0; n];
    let mut out: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            drawn.fill(0);
            for _ in 0..n {
                drawn[dice.below(n)] += 1;
            }
            figure(&drawn)
        })
        .collect();
    out.sort_by(f64::total_cmp);
    out
}

fn percentiles(sorted: &[f64]) -> Option<[f64; 2]> {
    let at = |share: f64| sorted.get(((sorted.len().max(1) - 1) as f64 * share).round() as usize);
    Some([*at(0.025)?, *at(0.975)?])
}

/// The 95 % interval of a figure of `n` documents.
pub(super) fn interval(n: usize, figure: impl FnMut(&[u32]) -> Option<f64>) -> Option<[f64; 2]> {
    percentiles(&resampled(n, figure))
}

/// How a figure differs between two audits of the same documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// In the earlier audit.
    pub old: Option<f64>,
    /// In this one.
    pub new: Option<f64>,
    /// New less old.
    pub difference: Option<f64>,
    /// The 95 % interval of the difference.
    pub ci95: Option<[f64; 2]>,
    /// Two-sided: how likely a difference like this is when there is none.
    pub p: Option<f64>,
}

impl Difference {
    /// True when chance is a poor explanation: p below 0.05.
    pub fn is_significant(&self) -> bool {
        self.p.is_some_and(|p| p < 0.05)
    }
}

/// The paired difference of a figure of `n` documents: both audits are drawn together.
pub(super) fn paired(
    n: usize,
    old: impl Fn(&[u32]) -> Option<f64>,
    new: impl Fn(&[u32]) -> Option<f64>,
) -> Difference {
    let all = vec![1; n];
    let of = |drawn: &[u32]| Some(new(drawn)? - old(drawn)?);
    let sorted = resampled(n, of);
    let at_most = sorted.partition_point(|d| *d <= 0.0) + 1;
    let at_least = sorted.len() - sorted.partition_point(|d| *d < 0.0) + 1;
    let p = 2.0 * at_most.min(at_least) as f64 / (sorted.len() + 1) as f64;
    Difference {
        old: old(&all),
        new: new(&all),
        difference: of(&all),
        ci95: percentiles(&sorted),
        p: (!sorted.is_empty()).then_some(p.min(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: &[u32], drawn: &[u32]) -> Option<f64> {
        let of: u32 = drawn.iter().sum();
        let sum: u32 = hits.iter().zip(drawn).map(|(h, d)| h * d).sum();
        (of > 0).then(|| f64::from(sum) / f64::from(of))
    }

    #[test]
    fn the_same_twice_differs_by_nothing_and_a_loss_is_significant() {
        let hits: Vec<u32> = (0..100).map(|i| u32::from(i % 10 != 0)).collect();
        let worse: Vec<u32> = (0..100).map(|i| u32::from(i % 10 > 1)).collect();
        let noise: Vec<u32> = (0..100).map(|i| u32::from(i % 10 != 1 || i == 1)).collect();
        let against = |other: &[u32]| paired(100, |d| share(&hits, d), |d| share(other, d));
        let same = against(&hits);
        assert_eq!((same.p, same.ci95, same.is_significant()), (Some(1.0), Some([0.0; 2]), false));
        let lost = against(&worse);
        assert!(lost.is_significant() && lost.ci95.is_some_and(|[_, high]| high < 0.0), "{lost:?}");
        assert!(!against(&noise).is_significant());
        assert_eq!(against(&worse), lost, "the seed is fixed");
    }

    #[test]
    fn the_interval_of_a_share_is_near_wilsons() {
        let hits: Vec<u32> = (0..400).map(|i| u32::from(i % 5 != 0)).collect();
        let [low, high] = interval(400, |d| share(&hits, d)).unwrap();
        let [w_low, w_high] = super::super::metric::wilson(320, 400);
        assert!((low - w_low).abs() < 0.01 && (high - w_high).abs() < 0.01, "{low} {high}");
        assert_eq!(interval(0, |d| share(&[], d)), None);
    }
}
