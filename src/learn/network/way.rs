//! What the network makes of a text in training, with features and numbers left out by chance.

use super::super::random::Random;
use super::floats::{Embedded, Floats, Hidden, embed, layer, product};
use super::text::NetworkText;
use crate::detect::APART;

/// Percent of features left out.
const FEATURES_OUT: usize = 10;
/// Percent of numbers left out.
const NUMBERS_OUT: usize = 20;

/// What a text becomes on its way to the scores, and which of its numbers are left out.
pub(super) struct Way {
    pub(super) rows: Vec<Vec<u16>>,
    pub(super) embedded: Vec<Embedded>,
    pub(super) embedded_mask: Vec<Embedded>,
    pub(super) hidden_mask: Vec<Hidden>,
    /// What each token is, after numbers were left out.
    pub(super) tokens: Vec<Embedded>,
    /// What each layer made.
    pub(super) made: Vec<Vec<Hidden>>,
    /// That with what went around it: what the next layer reads.
    pub(super) sums: Vec<Vec<Hidden>>,
}

impl Way {
    pub(super) fn of(
        text: &NetworkText,
        rows: &[f32],
        floats: &Floats,
        random: &mut Random,
    ) -> Self {
        let n = text.classes.len();
        let kept = |token: usize, random: &mut Random| -> Vec<u16> {
            let rows = text.rows_of(token).iter().copied();
            rows.filter(|_| !random.percent(FEATURES_OUT)).collect()
        };
        let rows_of: Vec<Vec<u16>> = (0..n).map(|token| kept(token, random)).collect();
        let embedded: Vec<Embedded> = rows_of.iter().map(|own| embed(own, rows)).collect();
        let scale = 100.0 / (100 - NUMBERS_OUT) as f32;
        let mut mask = |_| if random.percent(NUMBERS_OUT) { 0.0 } else { scale };
        let embedded_mask: Vec<Embedded> = (0..n).map(|_| std::array::from_fn(&mut mask)).collect();
        let hidden_mask: Vec<Hidden> = (0..n).map(|_| std::array::from_fn(&mut mask)).collect();
        let tokens: Vec<Embedded> =
            embedded.iter().zip(&embedded_mask).map(|(e, m)| product(e, m)).collect();
        let first = layer(&tokens, &floats.first, &floats.bias[0], APART[0]);
        let (mut sums, mut made) = (vec![first.clone()], vec![first]);
        for (l, kernel) in floats.others.iter().enumerate() {
            let more = layer(&sums[l], kernel, &floats.bias[l + 1], APART[l + 1]);
            let mut sum = sums[l].clone();
            for (sum, more) in sum.as_flattened_mut().iter_mut().zip(more.as_flattened()) {
                *sum += more;
            }
            sums.push(sum);
            made.push(more);
        }
        Self { rows: rows_of, embedded, embedded_mask, hidden_mask, tokens, made, sums }
    }
}
