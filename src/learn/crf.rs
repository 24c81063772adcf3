//! Training of the linear chain: the gradient of the log-likelihood, steps by `AdaGrad`, features
//! dropped at random so that no single one is relied on, and pruned to what a model may hold.

use super::codebook::{Coded, Point, code};
use super::random::Random;
use crate::detect::{CLASSES, Features, Kept, Model, Places};
use std::collections::HashMap;

/// A training text: features and the true class of each token.
pub(super) struct Example {
    /// Hashes, later row numbers: token `i` has `features[ends[i - 1]..ends[i]]`.
    features: Vec<u32>,
    ends: Vec<u32>,
    classes: Vec<u8>,
}

impl Example {
    /// A text of these features and classes, one of each for a token.
    pub(super) fn new(features: &[Features], classes: Vec<u8>) -> Self {
        let mut example = Self { features: Vec::new(), ends: Vec::new(), classes };
        for token in features {
            example.features.extend_from_slice(token.hashes());
            example.ends.push(example.features.len() as u32);
        }
        example
    }

    /// Tokens of the text.
    pub(super) fn tokens(&self) -> usize {
        self.classes.len()
    }

    /// Turns hashes into row numbers; a feature without a row goes.
    fn number(&mut self, row_of: &HashMap<u32, u32>) {
        let (mut from, mut to) = (0, 0);
        for end in &mut self.ends {
            for at in from..*end as usize {
                if let Some(&row) = row_of.get(&self.features[at]) {
                    self.features[to] = row;
                    to += 1;
                }
            }
            from = *end as usize;
            *end = to as u32;
        }
        self.features.truncate(to);
    }
}

type Row = [f32; CLASSES];

/// How to train.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) rate: f32,
    pub(super) decay: f32,
    /// Percent of features left out at each token.
    pub(super) dropout: usize,
}

/// Training texts whose features have numbers.
pub(super) struct Texts {
    hashes: Vec<u32>,
    /// Occurrences of each feature in the texts.
    counts: Vec<u32>,
    texts: Vec<Example>,
}

impl Texts {
    /// The examples with the features that occur at least so often.
    pub(super) fn new(mut texts: Vec<Example>, least: u32) -> Self {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for hash in texts.iter().flat_map(|t| &t.features) {
            *counts.entry(*hash).or_default() += 1;
        }
        let mut kept: Vec<(u32, u32)> = counts.into_iter().filter(|(_, n)| *n >= least).collect();
        kept.sort_unstable();
        let (hashes, counts): (Vec<u32>, Vec<u32>) = kept.into_iter().unzip();
        let row_of = hashes.iter().enumerate().map(|(i, &h)| (h, i as u32)).collect();
        for text in &mut texts {
            text.number(&row_of);
        }
        Self { hashes, counts, texts }
    }

    /// Number of texts.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Number of features.
    pub(super) fn features(&self) -> usize {
        self.hashes.len()
    }
}

/// Weights in training, rows in the order of the features' hashes.
pub(super) struct Trainer<'t> {
    texts: &'t Texts,
    /// The texts that are learnt from.
    which: Vec<usize>,
    /// False for a feature that pruning has dropped.
    alive: Vec<bool>,
    weights: Vec<Row>,
    squares: Vec<Row>,
    transitions: [Row; CLASSES],
    transition_squares: [Row; CLASSES],
    average: Average,
    rates: Rates,
}

/// The mean of the weights over the last passes: steadier than where the last step ended.
#[derive(Default)]
struct Average {
    weights: Vec<Row>,
    transitions: [Row; CLASSES],
    count: u32,
}

/// How much the occurrences of a feature count when features are pruned: weights of rare ones are
/// large because nothing holds them back.
const OFTEN: f32 = 0.35;

/// What one step of a weight is worth: of 127 to either side.
const SCALE: f32 = 5.0 / 127.0;

/// So many times in a pass the weights are taken into the average.
const SAMPLES: usize = 8;

impl<'t> Trainer<'t> {
    /// A trainer over those of the texts.
    pub(super) fn new(texts: &'t Texts, which: Vec<usize>, rates: Rates) -> Self {
        let n = texts.features();
        Self {
            texts,
            which,
            alive: vec![true; n],
            weights: vec![[0.0; CLASSES]; n],
            squares: vec![[1e-3; CLASSES]; n],
            transitions: [[0.0; CLASSES]; CLASSES],
            transition_squares: [[1e-3; CLASSES]; CLASSES],
            average: Average::default(),
            rates,
        }
    }

    /// One pass over the texts in an order by chance; the loss per token.
    pub(super) fn pass(&mut self, random: &mut Random) -> f32 {
        let mut order = self.which.clone();
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i + 1));
        }
        let texts = &self.texts.texts;
        let (mut loss, mut tokens) = (0.0f64, 0usize);
        let every = (order.len() / SAMPLES).max(1);
        for (k, i) in order.into_iter().enumerate() {
            loss += f64::from(self.step(&texts[i], random));
            tokens += texts[i].classes.len();
            if (k + 1) % every == 0 && !self.average.weights.is_empty() {
                self.sample();
            }
        }
        (loss / tokens.max(1) as f64) as f32
    }

    /// Keeps the features whose weights say most, and often, as long as there is a place for them.
    pub(super) fn prune(&mut self) {
        let mut ranked: Vec<(f32, usize)> = (0..self.weights.len())
            .map(|i| {
                let mean: f32 = self.weights[i].iter().sum::<f32>() / CLASSES as f32;
                let says: f32 = self.weights[i].iter().map(|w| (w - mean) * (w - mean)).sum();
                (says * (self.texts.counts[i] as f32).powf(OFTEN), i)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut places = Places::default();
        for &(_, i) in &ranked {
            if !places.take(self.texts.hashes[i]) {
                self.alive[i] = false;
                self.weights[i] = [0.0; CLASSES];
            }
        }
    }

    /// Takes the weights into the average from now on.
    pub(super) fn average_from_here(&mut self) {
        self.average.weights = vec![[0.0; CLASSES]; self.weights.len()];
    }

    /// Takes the present weights into the average.
    fn sample(&mut self) {
        let add = |sum: &mut [Row], now: &[Row]| {
            for (s, w) in sum.as_flattened_mut().iter_mut().zip(now.as_flattened()) {
                *s += w;
            }
        };
        add(&mut self.average.weights, &self.weights);
        add(&mut self.average.transitions, &self.transitions);
        self.average.count += 1;
    }

    /// One step on one text; its log-loss.
    fn step(&mut self, text: &Example, random: &mut Random) -> f32 {
        let n = text.classes.len();
        if n == 0 {
            return 0.0;
        }
        let mut kept: Vec<u32> = Vec::with_capacity(text.features.len());
        let mut ends: Vec<usize> = Vec::with_capacity(n);
        let mut from = 0;
        for &end in &text.ends {
            let rows = &text.features[from..end as usize];
            kept.extend(
                rows.iter()
                    .filter(|&&r| self.alive[r as usize] && !random.percent(self.rates.dropout)),
            );
            ends.push(kept.len());
            from = end as usize;
        }
        let rows_of = |i: usize| &kept[if i == 0 { 0 } else { ends[i - 1] }..ends[i]];
        let emit: Vec<Row> = (0..n).map(|i| self.emission(rows_of(i))).collect();
        let step = self.transitions.map(|row| row.map(f32::exp));
        let (alpha, beta) = sums(&emit, &step);
        let mut loss = 0.0;
        for i in 0..n {
            let gold = text.classes[i] as usize;
            let p = normal(std::array::from_fn(|c| alpha[i][c] * beta[i][c]));
            loss -= p[gold].max(1e-9).ln();
            let gradient: Row = std::array::from_fn(|c| f32::from(u8::from(c == gold)) - p[c]);
            // What would not move is skipped.
            if gradient.iter().all(|g| g.abs() < 1e-4) {
                continue;
            }
            for &row in rows_of(i) {
                let row = row as usize;
                adapt(
                    &mut self.weights[row],
                    &mut self.squares[row],
                    gradient,
                    self.rates.rate,
                    self.rates.decay,
                );
            }
            if i + 1 < n {
                let next: Row = std::array::from_fn(|c| emit[i + 1][c] * beta[i + 1][c]);
                self.move_transitions(
                    &alpha[i],
                    &next,
                    &step,
                    (gold, text.classes[i + 1] as usize),
                );
            }
        }
        loss
    }

    fn emission(&self, rows: &[u32]) -> Row {
        let mut sum = [0.0; CLASSES];
        for &row in rows {
            for (s, w) in sum.iter_mut().zip(&self.weights[row as usize]) {
                *s += w;
            }
        }
        let most = sum.iter().copied().fold(f32::MIN, f32::max);
        sum.map(|s| (s - most).exp().max(1e-12))
    }

    fn move_transitions(
        &mut self,
        alpha: &Row,
        next: &Row,
        step: &[Row; CLASSES],
        gold: (usize, usize),
    ) {
        let mut pair = [[0.0; CLASSES]; CLASSES];
        let mut total = 0.0;
        for (a, row) in pair.iter_mut().enumerate() {
            for (b, cell) in row.iter_mut().enumerate() {
                *cell = alpha[a] * step[a][b] * next[b];
                total += *cell;
            }
        }
        for (a, row) in pair.iter().enumerate() {
            let gradient = std::array::from_fn(|b| {
                f32::from(u8::from((a, b) == gold)) - row[b] / total.max(1e-20)
            });
            adapt(
                &mut self.transitions[a],
                &mut self.transition_squares[a],
                gradient,
                self.rates.rate * 0.3,
                0.0,
            );
        }
    }

    /// The model, its rows of weights coded; the largest weights are clipped so that the small ones
    /// keep their precision.
    pub(super) fn quantized(&self) -> Model {
        let count = self.average.count.max(1) as f32;
        let (weights, transitions) = if self.average.count > 0 {
            (&self.average.weights, &self.average.transitions)
        } else {
            (&self.weights, &self.transitions)
        };
        let steps = |w: f32| (w / count / SCALE).clamp(-127.0, 127.0);
        let (mut hashes, mut rows, mut worth) = (Vec::new(), Vec::<Point>::new(), Vec::new());
        for i in (0..weights.len()).filter(|&i| self.alive[i]) {
            hashes.push(self.texts.hashes[i]);
            rows.push(weights[i].map(steps));
            worth.push((self.texts.counts[i] as f32).powf(OFTEN));
        }
        let Coded { rows, codes } = code(&rows, &worth);
        let kept = hashes.into_iter().zip(codes).map(|(hash, rows)| Kept { hash, rows });
        let transitions = transitions.map(|row| row.map(|w| w / count));
        Model::from_parts(&kept.collect::<Vec<_>>(), &rows, SCALE, transitions)
    }
}

/// Forward and backward sums along the chain.
fn sums(emit: &[Row], step: &[Row; CLASSES]) -> (Vec<Row>, Vec<Row>) {
    let n = emit.len();
    let mut alpha: Vec<Row> = Vec::with_capacity(n);
    let mut beta = vec![[1.0; CLASSES]; n];
    for (i, e) in emit.iter().enumerate() {
        let from: Row = if i == 0 {
            [1.0; CLASSES]
        } else {
            std::array::from_fn(|to| (0..CLASSES).map(|k| alpha[i - 1][k] * step[k][to]).sum())
        };
        alpha.push(normal(std::array::from_fn(|c| from[c] * e[c])));
    }
    for i in (0..n - 1).rev() {
        let next: Row = std::array::from_fn(|c| emit[i + 1][c] * beta[i + 1][c]);
        beta[i] = normal(std::array::from_fn(|from| {
            (0..CLASSES).map(|to| step[from][to] * next[to]).sum()
        }));
    }
    (alpha, beta)
}

fn adapt(weights: &mut Row, squares: &mut Row, gradient: Row, rate: f32, decay: f32) {
    for c in 0..CLASSES {
        let g = gradient[c] - decay * weights[c];
        squares[c] += g * g;
        weights[c] += rate * g / squares[c].sqrt();
    }
}

fn normal(values: Row) -> Row {
    let sum: f32 = values.iter().sum();
    if sum > 0.0 { values.map(|v| v / sum) } else { [1.0 / CLASSES as f32; CLASSES] }
}
