//! The numbers of a network in training, and what they make of tokens.

use super::super::random::Random;
use super::normal;
use crate::detect::{CLASSES, EMBED, HIDDEN, LAYERS};

pub(super) type Embedded = [f32; EMBED];
pub(super) type Hidden = [f32; HIDDEN];
/// What each number of three tokens adds to each that is made.
pub(super) type Kernel<const N: usize> = [[Hidden; N]; 3];

// All of the network but its table stands in one row of numbers, in the order of `Floats`.
pub(super) const FIRST: usize = 3 * EMBED * HIDDEN;
pub(super) const OTHER: usize = 3 * HIDDEN * HIDDEN;
pub(super) const BIAS: usize = FIRST + (LAYERS - 1) * OTHER;
pub(super) const OUT_HIDDEN: usize = BIAS + LAYERS * HIDDEN;
pub(super) const OUT_EMBEDDED: usize = OUT_HIDDEN + HIDDEN * CLASSES;
pub(super) const OUT_NONE: usize = OUT_EMBEDDED + EMBED * CLASSES;
const NUMBERS: usize = OUT_NONE + CLASSES;

/// Numbers to start from.
pub(super) fn start(random: &mut Random) -> Vec<f32> {
    let spread = |inputs: usize| 0.6 / (3.0 * inputs as f32).sqrt();
    (0..NUMBERS)
        .map(|at| match at {
            0..FIRST => spread(EMBED) * normal(random),
            FIRST..BIAS => spread(HIDDEN) * normal(random),
            OUT_HIDDEN..OUT_NONE => 0.07 * normal(random),
            _ => 0.0,
        })
        .collect()
}

/// All of a network but its table.
pub(super) struct Floats {
    pub(super) first: Kernel<EMBED>,
    pub(super) others: Box<[Kernel<HIDDEN>; LAYERS - 1]>,
    pub(super) bias: [Hidden; LAYERS],
    pub(super) of_hidden: [[f32; CLASSES]; HIDDEN],
    pub(super) of_embedded: [[f32; CLASSES]; EMBED],
    pub(super) of_none: [f32; CLASSES],
}

impl Floats {
    pub(super) fn of(numbers: &[f32]) -> Self {
        let mut rest = numbers;
        let mut first = [[[0.0; HIDDEN]; EMBED]; 3];
        let mut others = Box::new([[[[0.0; HIDDEN]; HIDDEN]; 3]; LAYERS - 1]);
        let mut bias = [[0.0; HIDDEN]; LAYERS];
        let mut of_hidden = [[0.0; CLASSES]; HIDDEN];
        let mut of_embedded = [[0.0; CLASSES]; EMBED];
        let mut of_none = [0.0; CLASSES];
        for part in [
            first.as_flattened_mut().as_flattened_mut(),
            others.as_flattened_mut().as_flattened_mut().as_flattened_mut(),
            bias.as_flattened_mut(),
            of_hidden.as_flattened_mut(),
            of_embedded.as_flattened_mut(),
            &mut of_none,
        ] {
            let (own, behind) = rest.split_at(part.len());
            part.copy_from_slice(own);
            rest = behind;
        }
        Self { first, others, bias, of_hidden, of_embedded, of_none }
    }
}

pub(super) fn embed(own: &[u16], rows: &[f32]) -> Embedded {
    let (rows, _) = rows.as_chunks::<EMBED>();
    let mut sum = [0.0; EMBED];
    for &row in own {
        add_scaled(&mut sum, &rows[usize::from(row)], 1.0);
    }
    sum.map(f32::tanh)
}

pub(super) fn product<const N: usize>(a: &[f32; N], b: &[f32; N]) -> [f32; N] {
    std::array::from_fn(|i| a[i] * b[i])
}

#[inline]
pub(super) fn add_scaled(sum: &mut [f32], more: &[f32], scale: f32) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += scale * more;
    }
}

pub(super) fn add_layer<const N: usize>(
    scores: &mut [f32; CLASSES],
    x: &[f32; N],
    weights: &[[f32; CLASSES]; N],
) {
    for (x, weights) in x.iter().zip(weights) {
        add_scaled(scores, weights, *x);
    }
}

pub(super) fn softmax(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let most = scores.into_iter().fold(f32::MIN, f32::max);
    let e = scores.map(|s| (s - most).exp());
    let sum: f32 = e.iter().sum();
    e.map(|x| x / sum)
}

/// What `kernel` makes of the tokens, with zeroes beyond the ends; nothing below 0.
pub(super) fn layer<const N: usize>(
    x: &[[f32; N]],
    kernel: &Kernel<N>,
    bias: &Hidden,
    apart: usize,
) -> Vec<Hidden> {
    let mut made = vec![*bias; x.len()];
    for (t, made) in made.iter_mut().enumerate() {
        // Few enough numbers at a time to stay in the processor.
        let (parts, _) = made.as_chunks_mut::<PART>();
        for (p, made) in parts.iter_mut().enumerate() {
            let mut sums = *made;
            for (k, kernel) in kernel.iter().enumerate() {
                let at = (t + k * apart).checked_sub(apart);
                let Some(x) = at.and_then(|at| x.get(at)) else { continue };
                for i in 0..N {
                    let weights = &kernel[i].as_chunks::<PART>().0[p];
                    for n in 0..PART {
                        sums[n] += x[i] * weights[n];
                    }
                }
            }
            *made = sums.map(|sum| sum.max(0.0));
        }
    }
    made
}

/// Numbers of a layer that are summed together.
const PART: usize = 16;
