//! Small decision trees whose answers add up: what a second reading decides with.
//!
//! Each tree asks the same question of every value at a level, so that the answers are the bits of
//! a leaf's number and nothing branches.

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
    /// The most that each [`BLOCK`] of trees and all behind it can add.
    most: Vec<f32>,
}

/// Trees that are asked before it is seen whether the others can matter.
const BLOCK: usize = 16;
/// What sums of floats may be off by, many times over.
const SLACK: f32 = 0.01;

/// Bytes of a tree in a file.
const TREE_BYTES: usize = DEPTH * 5 + LEAVES * 4;

impl Trees {
    /// Trees, and the log-odds before any is asked.
    pub(crate) fn new(start: f32, trees: Vec<Tree>) -> Self {
        let best = |t: &Tree| t.leaves.iter().copied().fold(f32::MIN, f32::max);
        let mut most: Vec<f32> = trees.chunks(BLOCK).map(|b| b.iter().map(best).sum()).collect();
        for i in (1..most.len()).rev() {
            most[i - 1] += most[i];
        }
        Self { start, trees, most }
    }

    /// The probability of a yes, 0 to 1. A value that does not exist counts as 0.
    #[cfg(test)]
    pub(crate) fn probability<const N: usize>(&self, values: &[f32; N]) -> f32 {
        self.probability_from(0.0, values).unwrap_or(0.0)
    }

    /// The probability of a yes when it is `least` or more; `None` for most that are less, without
    /// asking all trees.
    #[inline]
    pub(crate) fn probability_from<const N: usize>(
        &self,
        least: f32,
        values: &[f32; N],
    ) -> Option<f32> {
        let wanted = (least / (1.0 - least)).ln() - SLACK;
        let mut sum = self.start;
        for (block, most) in self.trees.chunks(BLOCK).zip(&self.most) {
            if sum + most < wanted {
                return None;
            }
            for tree in block {
                let leaf = tree.questions.iter().enumerate().fold(0, |leaf, (level, q)| {
                    let value = values.get(q.value as usize).copied().unwrap_or(0.0);
                    leaf | usize::from(value > q.bound) << level
                });
                sum += tree.leaves[leaf];
            }
        }
        Some(1.0 / (1.0 + (-sum).exp())).filter(|p| *p >= least)
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
        assert_eq!(trees.probability_from(0.9, &[1.0, 0.0]), None);
        assert_eq!(trees.probability_from(0.85, &[1.0, 0.0]), Some(trees.probability(&[1.0, 0.0])));
        let bytes = trees.to_bytes();
        assert_eq!(Trees::from_bytes(&bytes), Some(trees));
        assert_eq!(Trees::from_bytes(&bytes[1..]), None);
        assert_eq!(Trees::from_bytes(&[0; 7]), None);
    }
}
