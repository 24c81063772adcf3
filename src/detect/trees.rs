//! Small decision trees whose answers add up: what a second reading decides with.
//!
//! Each tree asks one question at a level, whatever the answer above, so that the answers are the
//! bits of a leaf's number and nothing branches. Several items are asked together: the same question
//! of all of them is one comparison of the processor.

/// Questions of a tree.
pub(crate) const DEPTH: usize = 4;
/// Leaves of a tree.
pub(crate) const LEAVES: usize = 1 << DEPTH;

/// Whether a value is above a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Question {
    /// Which value.
    pub(crate) value: u8,
    /// The bound.
    pub(crate) bound: f32,
}

/// A tree: questions, and what each combination of answers is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) questions: [Question; DEPTH],
    pub(crate) leaves: [f32; LEAVES],
}

/// Trees whose leaves sum to the log-odds of a yes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trees {
    /// Log-odds before any tree is asked.
    start: f32,
    trees: Vec<Tree>,
}

/// Items that are asked together: two registers full. Asked by four, each costs a quarter more.
const LANES: usize = 8;

/// One value of each of these items.
#[derive(Clone, Copy)]
#[repr(align(16))]
struct Lanes([f32; LANES]);

/// Values that a question can name.
const NAMED: usize = 1 << u8::BITS;

/// Trees whose leaves are found before any is added: only a loop that does nothing else is compiled
/// to comparisons of whole registers.
const BLOCK: usize = 16;

/// Bytes of a tree in a file.
const TREE_BYTES: usize = DEPTH * 5 + LEAVES * 4;

impl Trees {
    /// Trees, and the log-odds before any is asked.
    pub(crate) fn new(start: f32, trees: Vec<Tree>) -> Self {
        Self { start, trees }
    }

    /// The probability of a yes, 0 to 1. A value that does not exist counts as 0.
    #[cfg(test)]
    pub(crate) fn probability<const N: usize>(&self, values: &[f32; N]) -> f32 {
        self.likely(0.0, std::iter::once(((), *values)))[0].1
    }

    /// The items whose probability of a yes is `least` or more, given the values of each.
    pub(crate) fn likely<T, const N: usize>(
        &self,
        least: f32,
        mut items: impl Iterator<Item = (T, [f32; N])>,
    ) -> Vec<(T, f32)> {
        const { assert!(N <= NAMED, "a question names its value in a byte") };
        let mut likely = Vec::new();
        let mut values = [Lanes([0.0; LANES]); NAMED];
        let mut together = Vec::with_capacity(LANES);
        loop {
            for (lane, (item, own)) in items.by_ref().take(LANES).enumerate() {
                together.push(item);
                for (value, own) in values.iter_mut().zip(&own) {
                    value.0[lane] = *own;
                }
            }
            if together.is_empty() {
                return likely;
            }
            let probabilities = self.sums(&values).map(|sum| 1.0 / (1.0 + (-sum).exp()));
            let asked = together.drain(..).zip(probabilities);
            likely.extend(asked.filter(|(_, probability)| *probability >= least));
        }
    }

    /// The log-odds of a yes for each lane. Each lane adds its leaves in the order of the trees, so
    /// that who else is asked changes no digit.
    fn sums(&self, values: &[Lanes; NAMED]) -> [f32; LANES] {
        let mut sums = [self.start; LANES];
        let mut numbers = [[0u32; LANES]; BLOCK];
        for trees in self.trees.chunks(BLOCK) {
            for (tree, number) in trees.iter().zip(&mut numbers) {
                let mut leaf = [0; LANES];
                for q in tree.questions.iter().rev() {
                    let value = &values[usize::from(q.value)].0;
                    for i in 0..LANES {
                        leaf[i] = leaf[i] << 1 | u32::from(value[i] > q.bound);
                    }
                }
                *number = leaf;
            }
            for (tree, number) in trees.iter().zip(&numbers) {
                for i in 0..LANES {
                    sums[i] += tree.leaves[number[i] as usize % LEAVES];
                }
            }
        }
        sums
    }

    /// True when there is nothing to ask.
    pub(super) fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }

    /// As bytes of a file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.trees.len() as u32).to_le_bytes().to_vec();
        bytes.extend(self.start.to_le_bytes());
        for tree in &self.trees {
            for question in &tree.questions {
                bytes.push(question.value);
                bytes.extend(question.bound.to_le_bytes());
            }
            bytes.extend(tree.leaves.iter().flat_map(|leaf| leaf.to_le_bytes()));
        }
        bytes
    }

    /// From bytes that [`Trees::to_bytes`] wrote; `None` for any others.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let float = |at: &[u8]| Some(f32::from_le_bytes(at.try_into().ok()?));
        let (head, rest) = bytes.split_at_checked(8)?;
        let count = u32::from_le_bytes(head[..4].try_into().ok()?) as usize;
        if rest.len() != count.checked_mul(TREE_BYTES)? {
            return None;
        }
        let tree = |bytes: &[u8]| {
            let (questions, leaves) = bytes.split_at(DEPTH * 5);
            let mut tree = Tree { questions: Default::default(), leaves: [0.0; LEAVES] };
            for (q, b) in tree.questions.iter_mut().zip(questions.chunks_exact(5)) {
                *q = Question { value: b[0], bound: float(&b[1..])? };
            }
            for (leaf, b) in tree.leaves.iter_mut().zip(leaves.chunks_exact(4)) {
                *leaf = float(b)?;
            }
            Some(tree)
        };
        let trees = rest.chunks_exact(TREE_BYTES).map(tree).collect::<Option<_>>()?;
        Some(Self::new(float(&head[4..])?, trees))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_answer_as_they_are_and_come_back_from_bytes() {
        let question = |value, bound| Question { value, bound };
        let mut tree = Tree {
            questions: [question(0, 0.5), question(1, 0.5), question(1, 9.0), question(7, 0.0)],
            leaves: [0.0; LEAVES],
        };
        tree.leaves[0b0001] = 2.0;
        tree.leaves[0b0011] = -2.0;
        let trees = Trees::new(0.0, vec![tree]);
        assert_eq!(trees.probability(&[0.0, 0.0]), 0.5);
        assert!((trees.probability(&[1.0, 0.0]) - 0.880_797).abs() < 1e-5);
        assert!((trees.probability(&[1.0, 1.0]) - 0.119_203).abs() < 1e-5);
        let bytes = trees.to_bytes();
        assert_eq!(Trees::from_bytes(&bytes), Some(trees));
        assert_eq!(Trees::from_bytes(&bytes[1..]), None);
        assert_eq!(Trees::from_bytes(&[0; 7]), None);
    }

    /// Asks one item, question by question.
    fn plain(trees: &Trees, values: &[f32]) -> f32 {
        let sum = trees.trees.iter().fold(trees.start, |sum, tree| {
            let leaf = tree.questions.iter().enumerate().fold(0, |leaf, (level, q)| {
                let value = values.get(q.value as usize).copied().unwrap_or(0.0);
                leaf | usize::from(value > q.bound) << level
            });
            sum + tree.leaves[leaf]
        });
        1.0 / (1.0 + (-sum).exp())
    }

    #[test]
    fn asked_together_items_get_the_answers_that_each_gets_alone() {
        let mut state = 1u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % n
        };
        for trees in [0, 1, BLOCK, 3 * BLOCK + 1] {
            let mut tree = || Tree {
                questions: std::array::from_fn(|_| Question {
                    value: [0, 1, 2, 3, 6, 7, 255][below(7) as usize],
                    bound: [f32::NAN, -1.0, 0.0, 0.5, 3.0][below(5) as usize],
                }),
                leaves: std::array::from_fn(|_| below(1000) as f32 / 1e3 - 0.5),
            };
            let trees = Trees::new(-0.3, (0..trees).map(|_| tree()).collect());
            for items in [0, 1, LANES - 1, LANES, 5 * LANES + 3] {
                let mut values = || std::array::from_fn(|_| below(9) as f32 / 2.0 - 1.0);
                let items: Vec<(usize, [f32; 7])> = (0..items).map(|i| (i, values())).collect();
                let plain = items.iter().map(|(i, values)| (*i, plain(&trees, values)));
                let plain: Vec<(usize, f32)> = plain.filter(|(_, p)| *p >= 0.4).collect();
                assert_eq!(trees.likely(0.4, items.into_iter()), plain);
            }
        }
    }
}
