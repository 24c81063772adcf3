//! Training of the linear chain: the gradient of the log-likelihood, steps by `AdaGrad`.

use crate::detect::{CLASSES, FEATURE_SLOTS, Features, Model};

/// A training text: features and the true class of each token.
pub(super) struct Example {
    pub(super) features: Vec<Features>,
    pub(super) classes: Vec<u8>,
}

type Row = [f32; CLASSES];

/// Weights in training.
pub(super) struct Trainer {
    weights: Vec<Row>,
    squares: Vec<Row>,
    transitions: [Row; CLASSES],
    transition_squares: [Row; CLASSES],
    rate: f32,
    decay: f32,
}

impl Trainer {
    pub(super) fn new(rate: f32, decay: f32) -> Self {
        Self {
            weights: vec![[0.0; CLASSES]; FEATURE_SLOTS],
            squares: vec![[1e-3; CLASSES]; FEATURE_SLOTS],
            transitions: [[0.0; CLASSES]; CLASSES],
            transition_squares: [[1e-3; CLASSES]; CLASSES],
            rate,
            decay,
        }
    }

    /// One step on one text; its log-loss per token.
    pub(super) fn step(&mut self, example: &Example) -> f32 {
        let n = example.features.len();
        if n == 0 {
            return 0.0;
        }
        let emit: Vec<Row> = example.features.iter().map(|f| self.emission(f)).collect();
        let step = self.transitions.map(|row| row.map(f32::exp));
        let mut alpha: Vec<Row> = Vec::with_capacity(n);
        let mut beta = vec![[1.0; CLASSES]; n];
        for (i, e) in emit.iter().enumerate() {
            let from: Row = if i == 0 { [1.0; CLASSES] } else {
                std::array::from_fn(|to| (0..CLASSES).map(|k| alpha[i - 1][k] * step[k][to]).sum())
            };
            alpha.push(normal(std::array::from_fn(|c| from[c] * e[c])));
        }
        for i in (0..n - 1).rev() {
            let next: Row = std::array::from_fn(|c| emit[i + 1][c] * beta[i + 1][c]);
            beta[i] = normal(std::array::from_fn(|from| (0..CLASSES).map(|to| step[from][to] * next[to]).sum()));
        }
        let mut loss = 0.0;
        for i in 0..n {
            let gold = example.classes[i] as usize;
            let p = normal(std::array::from_fn(|c| alpha[i][c] * beta[i][c]));
            loss -= p[gold].max(1e-9).ln();
            let gradient: Row = std::array::from_fn(|c| f32::from(u8::from(c == gold)) - p[c]);
            // A text whose classes are certain changes little: skip what would not move.
            if gradient.iter().all(|g| g.abs() < 1e-4) {
                continue;
            }
            for &slot in example.features[i].slots() {
                adapt(&mut self.weights[slot as usize], &mut self.squares[slot as usize], gradient, self.rate, self.decay);
            }
            if i + 1 < n {
                self.move_transitions(&alpha[i], &emit[i + 1], &beta[i + 1], &step, gold, example.classes[i + 1] as usize);
            }
        }
        loss / n as f32
    }

    fn emission(&self, features: &Features) -> Row {
        let mut sum = [0.0; CLASSES];
        for &slot in features.slots() {
            for (s, w) in sum.iter_mut().zip(&self.weights[slot as usize]) {
                *s += w;
            }
        }
        let most = sum.iter().copied().fold(f32::MIN, f32::max);
        sum.map(|s| (s - most).exp().max(1e-12))
    }

    fn move_transitions(&mut self, alpha: &Row, emit: &Row, beta: &Row, step: &[Row; CLASSES], from: usize, to: usize) {
        let mut pair = [[0.0; CLASSES]; CLASSES];
        let mut total = 0.0;
        for (a, row) in pair.iter_mut().enumerate() {
            for (b, cell) in row.iter_mut().enumerate() {
                *cell = alpha[a] * step[a][b] * emit[b] * beta[b];
                total += *cell;
            }
        }
        for (a, row) in pair.iter().enumerate() {
            let gradient = std::array::from_fn(|b| f32::from(u8::from(a == from && b == to)) - row[b] / total.max(1e-20));
            adapt(&mut self.transitions[a], &mut self.transition_squares[a], gradient, self.rate * 0.3, 0.0);
        }
    }

    /// Eight-bit weights; the largest ones are clipped so that the small ones keep their precision.
    pub(super) fn quantized(&self) -> Model {
        let most = 6.0f32;
        let scale = most / 127.0;
        let byte = |w: f32| (w / scale).round().clamp(-127.0, 127.0) as i8;
        Model::from_parts(self.weights.iter().map(|row| row.map(byte)).collect(), scale, self.transitions)
    }
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
