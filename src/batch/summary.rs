//! What became of an archive: counts and positions, nothing of the inputs.

use super::error::{Problem, Refusal};
use super::worker::Tally;
use std::collections::BTreeMap;

/// How many problems are told one by one.
const TOLD_PROBLEMS: usize = 100;

/// What became of an archive. It holds counts, positions and type names, nothing of the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents: files, and lines of JSON lines files.
    pub documents: usize,
    /// Documents written.
    pub released: usize,
    /// Documents that the gate held.
    pub held: usize,
    /// Documents that could not be read as text or JSON.
    pub failed: usize,
    /// Files whose path was replaced because it might identify somebody.
    pub renamed: usize,
    /// Pieces masked in the released documents, by entity type.
    pub masked: BTreeMap<&'static str, usize>,
    /// The first hundred documents that were not released.
    pub problems: Vec<Problem>,
}

impl Summary {
    /// True when every document was released.
    pub fn is_complete(&self) -> bool {
        self.released == self.documents
    }

    pub(super) fn add(&mut self, done: &Tally) {
        self.documents += 1;
        self.released += 1;
        for (entity, n) in &done.masked {
            *self.masked.entry(entity.name()).or_default() += n;
        }
    }

    pub(super) fn refuse(&mut self, input: usize, line: Option<usize>, refusal: Refusal) {
        self.documents += 1;
        match refusal {
            Refusal::Held(_) => self.held += 1,
            _ => self.failed += 1,
        }
        if self.problems.len() < TOLD_PROBLEMS {
            self.problems.push(Problem { input, line, refusal });
        }
    }
}
