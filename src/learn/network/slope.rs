//! The slopes of a text: how the logarithm of what the network says of its true classes changes
//! with each of the network's numbers.

use super::super::random::Random;
use super::floats::{
    BIAS, Embedded, FIRST, Floats, Hidden, Kernel, OTHER, OUT_EMBEDDED, OUT_HIDDEN, OUT_NONE,
    add_layer, add_scaled, product, softmax,
};
use super::text::NetworkText;
use super::way::Way;
use crate::detect::{APART, CLASSES, EMBED, HIDDEN, LAYERS};

/// Sums of slopes.
pub(super) struct Slopes {
    pub(super) of_rows: Vec<f32>,
    pub(super) of_rest: Vec<f32>,
}

impl Slopes {
    pub(super) fn new(rows: usize, rest: usize) -> Self {
        Self { of_rows: vec![0.0; rows], of_rest: vec![0.0; rest] }
    }

    /// Adds the slopes of a text, of which features and numbers are left out by chance.
    pub(super) fn add(
        &mut self,
        text: &NetworkText,
        rows: &[f32],
        floats: &Floats,
        random: &mut Random,
    ) {
        let way = Way::of(text, rows, floats, random);
        let (mut of_tokens, mut of_sums) = self.of_scores(text, floats, &way);
        for l in (0..LAYERS).rev() {
            // What a layer did not let through has no slope.
            let mut of_made = of_sums.clone();
            let made = way.made[l].as_flattened();
            for (slope, made) in of_made.as_flattened_mut().iter_mut().zip(made) {
                *slope = if *made > 0.0 { *slope } else { 0.0 };
            }
            let bias = &mut self.of_rest[BIAS + l * HIDDEN..][..HIDDEN];
            for slopes in &of_made {
                add_scaled(bias, slopes, 1.0);
            }
            match l.checked_sub(1) {
                None => {
                    let kernel = &mut self.of_rest[..FIRST];
                    back(&way.tokens, &floats.first, APART[0], &of_made, kernel, &mut of_tokens);
                }
                // What goes around the layer stays in `of_sums`.
                Some(below) => {
                    let kernel = &mut self.of_rest[FIRST + below * OTHER..][..OTHER];
                    let floats = &floats.others[below];
                    back(&way.sums[below], floats, APART[l], &of_made, kernel, &mut of_sums);
                }
            }
        }
        let (of_rows, _) = self.of_rows.as_chunks_mut::<EMBED>();
        for (t, slopes) in of_tokens.iter().enumerate() {
            let slopes: Embedded = std::array::from_fn(|i| {
                let e = way.embedded[t][i];
                slopes[i] * way.embedded_mask[t][i] * (1.0 - e * e)
            });
            for &row in &way.rows[t] {
                add_scaled(&mut of_rows[usize::from(row)], &slopes, 1.0);
            }
        }
    }

    /// Adds the slopes of the scores; gives those of tokens and of the last layer.
    fn of_scores(
        &mut self,
        text: &NetworkText,
        floats: &Floats,
        way: &Way,
    ) -> (Vec<Embedded>, Vec<Hidden>) {
        let n = text.classes.len();
        let (mut of_tokens, mut of_sums) = (vec![[0.0; EMBED]; n], vec![[0.0; HIDDEN]; n]);
        for (t, class) in text.classes.iter().enumerate() {
            let class = usize::from(*class);
            if class >= CLASSES {
                continue;
            }
            let hidden = product(&way.sums[LAYERS - 1][t], &way.hidden_mask[t]);
            let mut scores = floats.of_none;
            add_layer(&mut scores, &hidden, &floats.of_hidden);
            add_layer(&mut scores, &way.tokens[t], &floats.of_embedded);
            let mut slopes = softmax(scores);
            slopes[class] -= 1.0;
            let rest = &mut self.of_rest;
            back_scores(
                &hidden,
                &floats.of_hidden,
                &slopes,
                &mut rest[OUT_HIDDEN..],
                &mut of_sums[t],
            );
            of_sums[t] = product(&of_sums[t], &way.hidden_mask[t]);
            let (tokens, own) = (&way.tokens[t], &mut rest[OUT_EMBEDDED..]);
            back_scores(tokens, &floats.of_embedded, &slopes, own, &mut of_tokens[t]);
            add_scaled(&mut rest[OUT_NONE..], &slopes, 1.0);
        }
        (of_tokens, of_sums)
    }
}

/// Adds the slopes of a layer, given those of what it made: of its weights to `of_kernel`, of what
/// it read to `of_x`.
fn back<const N: usize>(
    x: &[[f32; N]],
    kernel: &Kernel<N>,
    apart: usize,
    of_made: &[Hidden],
    of_kernel: &mut [f32],
    of_x: &mut [[f32; N]],
) {
    let (of_kernel, _) = of_kernel.as_chunks_mut::<HIDDEN>();
    for (t, slopes) in of_made.iter().enumerate() {
        let (slopes, _) = slopes.as_chunks::<LANES>();
        for (k, kernel) in kernel.iter().enumerate() {
            let at = (t + k * apart).checked_sub(apart);
            let Some(at) = at.filter(|at| *at < x.len()) else { continue };
            let of_kernel = &mut of_kernel[k * N..][..N];
            for i in 0..N {
                // Both sums in one loop: each slope is read once.
                let (weights, _) = kernel[i].as_chunks::<LANES>();
                let (of_weights, _) = of_kernel[i].as_chunks_mut::<LANES>();
                let (value, mut sums) = (x[at][i], [0.0; LANES]);
                for c in 0..HIDDEN / LANES {
                    for lane in 0..LANES {
                        of_weights[c][lane] += value * slopes[c][lane];
                        sums[lane] += weights[c][lane] * slopes[c][lane];
                    }
                }
                of_x[at][i] += total(&sums);
            }
        }
    }
}

/// So many sums a processor keeps side by side.
const LANES: usize = 8;

/// In the order of a tree, which takes three steps.
fn total(sums: &[f32; LANES]) -> f32 {
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}

fn back_scores<const N: usize>(
    x: &[f32; N],
    weights: &[[f32; CLASSES]; N],
    slopes: &[f32; CLASSES],
    of_weights: &mut [f32],
    of_x: &mut [f32; N],
) {
    for i in 0..N {
        add_scaled(&mut of_weights[i * CLASSES..][..CLASSES], slopes, x[i]);
        of_x[i] += total(&product(&weights[i], slopes));
    }
}

#[cfg(test)]
mod tests {
    use super::super::floats::start;
    use super::super::normal;
    use super::*;

    /// What the network says against the true classes, and the slopes, always with the same numbers
    /// left out.
    fn loss(text: &NetworkText, rows: &[f32], rest: &[f32]) -> (f64, Slopes) {
        let floats = Floats::of(rest);
        let way = Way::of(text, rows, &floats, &mut Random::new(5));
        let mut loss = 0.0;
        for (t, class) in
            text.classes.iter().enumerate().filter(|(_, c)| usize::from(**c) < CLASSES)
        {
            let hidden = product(&way.sums[LAYERS - 1][t], &way.hidden_mask[t]);
            let mut scores = floats.of_none;
            add_layer(&mut scores, &hidden, &floats.of_hidden);
            add_layer(&mut scores, &way.tokens[t], &floats.of_embedded);
            loss -= f64::from(softmax(scores)[usize::from(*class)]).ln();
        }
        let mut slopes = Slopes::new(rows.len(), rest.len());
        slopes.add(text, rows, &floats, &mut Random::new(5));
        (loss, slopes)
    }

    #[test]
    fn slopes_say_how_the_loss_changes() {
        let mut random = Random::new(1);
        let text = NetworkText::of(
            None,
            (0..20).map(|t| {
                let rows = (0..6).map(|_| random.below(50) as u16).collect();
                // One in five teaches nothing.
                (rows, if t % 5 == 0 { u8::MAX } else { (t % CLASSES) as u8 })
            }),
        );
        let rows: Vec<f32> = (0..50 * EMBED).map(|_| 0.2 * normal(&mut random)).collect();
        let rest = start(&mut random);
        let (_, slopes) = loss(&text, &rows, &rest);
        let step = 2e-3;
        let close = |numbers: &[f32], at: usize, slope: f32, of: &dyn Fn(&[f32]) -> f64| {
            let mut moved = numbers.to_vec();
            moved[at] = numbers[at] + step;
            let above = of(&moved);
            moved[at] = numbers[at] - step;
            let measured = (above - of(&moved)) / f64::from(2.0 * step);
            let far = (measured - f64::from(slope)).abs();
            assert!(far < 0.02 + 0.05 * measured.abs(), "{at}: {measured}, {slope}");
        };
        for _ in 0..60 {
            let at = random.below(rows.len());
            close(&rows, at, slopes.of_rows[at], &|rows| loss(&text, rows, &rest).0);
        }
        for part in [0..FIRST, FIRST..BIAS, BIAS..OUT_HIDDEN, OUT_HIDDEN..rest.len()] {
            for _ in 0..40 {
                let at = part.start + random.below(part.len());
                close(&rest, at, slopes.of_rest[at], &|rest| loss(&text, &rows, rest).0);
            }
        }
        assert!(slopes.of_rest.iter().filter(|s| s.abs() > 0.1).count() > 100);
    }
}
