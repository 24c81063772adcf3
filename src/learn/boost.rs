//! Training of the trees of the second reading: each new tree corrects what those before it get
//! wrong (gradient boosting on the logistic loss).

use super::random::Random;
use crate::detect::{DEPTH, LEAVES, Question, Tree, Trees};
use rayon::prelude::*;

/// Trees to grow.
const TREES: usize = 250;
/// How much of what a tree would correct it does.
const RATE: f32 = 0.12;
/// Weight of the belief that a leaf says nothing.
const PRIOR: f32 = 2.0;
/// So many of a hundred values are considered for each tree.
const CONSIDERED: usize = 40;
/// Steps that each value is cut into.
const STEPS: usize = 32;

/// Learns to tell the yeses from the rest. `random` picks the values that each tree may ask for.
pub(super) fn boost<const N: usize>(examples: &[([f32; N], bool)], random: &mut Random) -> Trees {
    const { assert!(N <= 256, "a question names its value in a byte") };
    let yes = examples.iter().filter(|e| e.1).count();
    if yes == 0 || yes == examples.len() {
        return Trees::default();
    }
    let share = yes as f32 / examples.len() as f32;
    let start = (share / (1.0 - share)).ln();
    let columns: Vec<Column> =
        (0..N).into_par_iter().map(|value| Column::new(examples, value)).collect();
    let mut odds = vec![start; examples.len()];
    let mut trees = Vec::with_capacity(TREES);
    for _ in 0..TREES {
        let pulls: Vec<Pull> = odds.iter().zip(examples).map(|(o, e)| Pull::of(*o, e.1)).collect();
        let considered: Vec<usize> = (0..N).filter(|_| random.percent(CONSIDERED)).collect();
        let mut leaf_of = vec![0u8; examples.len()];
        let mut questions = [Question::default(); DEPTH];
        for (level, question) in questions.iter_mut().enumerate() {
            // The best gain; of equal ones the first, so that threads do not matter.
            let best = considered
                .par_iter()
                .filter_map(|&value| {
                    let (gain, step) = columns[value].best_cut(&leaf_of, level, &pulls)?;
                    Some((gain, value, step))
                })
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            let Some((_, value, step)) = best else { break };
            *question = Question { value: value as u8, bound: columns[value].bounds[step] };
            for (leaf, s) in leaf_of.iter_mut().zip(&columns[value].steps) {
                *leaf |= u8::from(*s as usize > step) << level;
            }
        }
        let mut sums = [Pull::default(); LEAVES];
        for (leaf, pull) in leaf_of.iter().zip(&pulls) {
            sums[*leaf as usize].add(pull);
        }
        let leaves = sums.map(|s| RATE * (s.slope / (s.bend + f64::from(PRIOR))) as f32);
        for (odds, leaf) in odds.iter_mut().zip(&leaf_of) {
            *odds += leaves[*leaf as usize];
        }
        trees.push(Tree { questions, leaves });
    }
    Trees::new(start, trees)
}

/// First and second derivative of the log-likelihood.
#[derive(Clone, Copy, Debug, Default)]
struct Pull {
    slope: f64,
    bend: f64,
}

impl Pull {
    fn of(odds: f32, yes: bool) -> Self {
        let p = 1.0 / (1.0 + (-f64::from(odds)).exp());
        Self { slope: f64::from(u8::from(yes)) - p, bend: p * (1.0 - p) }
    }

    fn add(&mut self, other: &Self) {
        self.slope += other.slope;
        self.bend += other.bend;
    }

    /// How much better a leaf of this sum fits than none.
    fn worth(self) -> f64 {
        self.slope * self.slope / (self.bend + f64::from(PRIOR))
    }
}

/// One value of all examples, cut into steps that hold about equally many.
struct Column {
    /// The highest value of each step but the last.
    bounds: Vec<f32>,
    steps: Vec<u8>,
}

impl Column {
    fn new<const N: usize>(examples: &[([f32; N], bool)], value: usize) -> Self {
        let mut sorted: Vec<f32> = examples.iter().map(|(v, _)| v[value]).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let mut bounds: Vec<f32> =
            (1..STEPS).map(|k| sorted[k * (sorted.len() - 1) / STEPS]).collect();
        bounds.dedup();
        // Nothing is above the highest value.
        bounds.pop_if(|b| sorted.last() == Some(b));
        let step = |v: f32| bounds.partition_point(|b| *b < v) as u8;
        let steps = examples.iter().map(|(v, _)| step(v[value])).collect();
        Self { bounds, steps }
    }

    /// The cut that separates best in the leaves as they are: its gain and step.
    fn best_cut(&self, leaf_of: &[u8], level: usize, pulls: &[Pull]) -> Option<(f64, usize)> {
        let mut sums = [[Pull::default(); STEPS]; LEAVES];
        for ((leaf, step), pull) in leaf_of.iter().zip(&self.steps).zip(pulls) {
            sums[*leaf as usize][*step as usize].add(pull);
        }
        let leaves = &sums[..1 << level];
        let whole: Vec<Pull> = leaves.iter().map(|steps| total(steps)).collect();
        let mut below = vec![Pull::default(); leaves.len()];
        (0..self.bounds.len())
            .map(|step| {
                let mut gain = 0.0;
                for ((below, steps), whole) in below.iter_mut().zip(leaves).zip(&whole) {
                    below.add(&steps[step]);
                    let above =
                        Pull { slope: whole.slope - below.slope, bend: whole.bend - below.bend };
                    gain += below.worth() + above.worth();
                }
                (gain, step)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
    }
}

fn total(steps: &[Pull]) -> Pull {
    let mut sum = Pull::default();
    for step in steps {
        sum.add(step);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{VALUES, Values};

    /// Yes where the first value is above a half or the second is, not where both are: no sum of
    /// the two tells that.
    fn examples(seed: u64) -> Vec<(Values, bool)> {
        let mut random = Random::new(seed);
        let mut value = || random.below(1000) as f32 / 1000.0;
        (0..600)
            .map(|_| {
                let mut values = [0.0; VALUES];
                values.fill_with(&mut value);
                // The first value says which of two others counts.
                let says = if values[0] > 0.5 { values[1] } else { values[2] };
                (values, says > 0.5)
            })
            .collect()
    }

    #[test]
    fn trees_learn_what_no_sum_tells() {
        let trees = boost(&examples(1), &mut Random::new(3));
        let right = |(values, yes): &(Values, bool)| (trees.probability(values) > 0.5) == *yes;
        let hits = examples(2).iter().filter(|e| right(e)).count();
        assert!(hits > 510, "{hits} of 600");
    }

    #[test]
    fn the_same_examples_give_the_same_trees() {
        let grow = || boost(&examples(1), &mut Random::new(3));
        assert_eq!(grow(), grow());
    }
}
