//! What became of an archive: counts and positions, nothing of the inputs.

use super::error::{Problem, Status};
use super::id::InputId;
use super::manifest::{Counts, ManifestLine};
use std::collections::BTreeMap;

/// How many problems are told one by one.
const TOLD_PROBLEMS: usize = 100;

/// What became of an archive. It holds counts, positions and type names, nothing of the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents by what became of them: files, members of archives, and lines of files of lines.
    pub counts: Counts,
    /// Outputs whose name was replaced because it might identify somebody.
    pub renamed: usize,
    /// Pieces masked in the released documents, by entity type.
    pub masked: BTreeMap<String, usize>,
    /// The first hundred documents that were not released.
    pub problems: Vec<Problem>,
}

impl Summary {
    /// How many documents there were.
    pub fn documents(&self) -> usize {
        self.counts.all()
    }

    /// True when every document was released.
    pub fn is_complete(&self) -> bool {
        self.counts.released == self.documents()
    }

    /// Counts a line of the manifest.
    pub fn add(&mut self, line: &ManifestLine) {
        self.renamed += usize::from(line.renamed);
        for (entity, n) in &line.by_type {
            *self.masked.entry(entity.clone()).or_default() += n;
        }
        match line.holds {
            // Members are told by lines of their own.
            Some(_) if line.is_archive() => return,
            Some(counts) => return self.counts.sum(counts),
            None if line.is_record() => {}
            None => self.counts.add(line.status),
        }
        if line.status != Status::Released {
            self.tell(line);
        }
    }

    fn tell(&mut self, line: &ManifestLine) {
        if self.problems.len() >= TOLD_PROBLEMS {
            return;
        }
        let (input, number) = line.input.split_once(':').unwrap_or((&line.input, ""));
        let Some(input) = InputId::read(input) else { return };
        self.problems.push(Problem {
            input,
            line: number.parse().ok(),
            status: line.status,
            reason: line.reason.clone().unwrap_or_default(),
        });
    }
}
