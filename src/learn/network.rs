//! Training of the network: steps along the slopes of its texts by Adam, then whole numbers.

mod floats;
mod text;
mod way;
mod slope;

pub(super) use text::network_texts;

use super::random::Random;
use crate::detect::{EMBED, HIDDEN_ONE, Layer, NETWORK_ROWS, Network, ONE, Parts, WEIGHT_MOST};
use floats::Floats;
use slope::Slopes;
use text::NetworkText;

/// How often and how far to step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Passes over the texts.
    passes: usize,
    /// Tokens of a step.
    tokens: usize,
    /// Size of a step at the start; it falls to a fiftieth.
    rate: f32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { passes: 2, tokens: 12_000, rate: 2.5e-3 }
    }
}

/// Numbers with the means of their slopes, for Adam.
struct Learnt {
    numbers: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Learnt {
    fn new(numbers: Vec<f32>) -> Self {
        let zero = vec![0.0; numbers.len()];
        Self { numbers, mean: zero.clone(), square: zero }
    }

    /// A step along the slopes, the `n`-th; they are 0 afterwards.
    fn step(&mut self, slopes: &mut [f32], share: f32, rate: f32, n: i32) {
        let (a, b) = (1.0 - 0.9f32.powi(n), 1.0 - 0.999f32.powi(n));
        let Self { numbers, mean, square } = self;
        for (((w, m), v), slope) in numbers.iter_mut().zip(mean).zip(square).zip(slopes) {
            let g = std::mem::take(slope) * share;
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *w -= rate * (*m / a) / ((*v / b).sqrt() + 1e-8);
        }
    }
}

/// Trains a network on those of the texts; the same seed gives the same bits.
pub(super) fn fit_network(
    texts: &[NetworkText],
    which: &[usize],
    pace: Pace,
    seed: u64,
) -> Network {
    let mut random = Random::new(seed ^ 0x2e7);
    let rows = (0..NETWORK_ROWS * EMBED).map(|_| 0.05 * normal(&mut random)).collect();
    let (mut rows, mut rest) = (Learnt::new(rows), Learnt::new(floats::start(&mut random)));
    let mut slopes = Slopes::new(rows.numbers.len(), rest.numbers.len());
    let tokens: usize = which.iter().map(|&i| texts[i].classes.len()).sum();
    let steps = (tokens * pace.passes).div_ceil(pace.tokens) as f32;
    let (mut done, mut waiting) = (0, 0);
    let mut floats = Floats::of(&rest.numbers);
    for _ in 0..pace.passes {
        let mut order = which.to_vec();
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i + 1));
        }
        for i in order {
            slopes.add(&texts[i], &rows.numbers, &floats, &mut random);
            waiting += texts[i].classes.len();
            if waiting < pace.tokens {
                continue;
            }
            done += 1;
            let rate = pace.rate * (1.0 - done as f32 / steps).max(0.02);
            let share = 1.0 / std::mem::take(&mut waiting) as f32;
            rows.step(&mut slopes.of_rows, share, rate, done);
            rest.step(&mut slopes.of_rest, share, rate, done);
            floats = Floats::of(&rest.numbers);
        }
    }
    whole(&rows.numbers, &floats)
}

/// About normal, with a spread of 1.
fn normal(random: &mut Random) -> f32 {
    (0..12).map(|_| random.below(1 << 16) as f32 / 65536.0).sum::<f32>() - 6.0
}

/// The network in whole numbers.
fn whole(rows: &[f32], floats: &Floats) -> Network {
    let step = highest(rows) / f32::from(i8::MAX);
    let (chunks, _) = rows.as_chunks::<EMBED>();
    let rows = chunks.iter().map(|row| row.map(|w| (w / step).round() as i8)).collect();
    let parts = Parts {
        first: layer(floats.first.as_flattened(), ONE),
        others: std::array::from_fn(|l| layer(floats.others[l].as_flattened(), HIDDEN_ONE)),
        bias: floats.bias,
        of_hidden: layer(&floats.of_hidden, HIDDEN_ONE),
        of_embedded: layer(&floats.of_embedded, ONE),
        of_none: floats.of_none,
    };
    Network::new(rows, step, parts)
}

/// A layer of these weights, input by input, whose inputs are in steps of which `one` are 1.
fn layer<const N: usize, const FOURS: usize, const OUT: usize>(
    weights: &[[f32; OUT]],
    one: f32,
) -> Layer<N, FOURS> {
    let step = highest(weights.as_flattened()) / f32::from(WEIGHT_MOST);
    Layer::new(step / one, |number, out| (weights[number][out] / step).round() as i16)
}

/// The highest amount; never 0.
fn highest(weights: &[f32]) -> f32 {
    weights.iter().fold(f32::MIN_POSITIVE, |most, w| most.max(w.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::CLASSES;
    use crate::detect::NetworkReading;

    /// Row 7 makes the token six behind it one of class 2; all else is chance.
    fn text(seed: u64) -> NetworkText {
        let mut random = Random::new(seed);
        let rows: Vec<u16> = (0..200).map(|_| random.below(12) as u16).collect();
        let tokens: Vec<(Vec<u16>, u8)> = (0..200)
            .map(|t: usize| {
                let told = t.checked_sub(6).is_some_and(|before| rows[before] == 7);
                let class = if told { 2 } else { CLASSES - 1 };
                (vec![rows[t], 20 + random.below(30) as u16], class as u8)
            })
            .collect();
        NetworkText::of(None, tokens)
    }

    fn fitted(seed: u64) -> Network {
        let texts: Vec<NetworkText> = (0..60).map(text).collect();
        let which: Vec<usize> = (0..60).collect();
        fit_network(&texts, &which, Pace { passes: 5, tokens: 200, rate: 1e-2 }, seed)
    }

    #[test]
    fn what_stands_six_tokens_away_is_learnt() {
        let network = fitted(1);
        let text = text(1000);
        let mut reading = NetworkReading::default();
        let n = text.classes.len();
        reading.read_sums(&network, std::iter::repeat_n(true, n), |token| {
            let mut sum = [0; EMBED];
            text.rows_of(token).iter().for_each(|row| network.add(usize::from(*row), &mut sum));
            sum
        });
        let right = |(said, class): &(&[f32; CLASSES], &u8)| {
            let best = (0..CLASSES).max_by(|a, b| said[*a].total_cmp(&said[*b]));
            best == Some(usize::from(**class))
        };
        let hits = reading.said.iter().zip(&text.classes).filter(right).count();
        assert!(hits >= 195, "{hits} of {n}");
    }

    #[test]
    fn the_same_texts_give_the_same_network() {
        assert_eq!(fitted(1), fitted(1));
    }
}
