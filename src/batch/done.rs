//! What becomes of a document: bytes that may leave, and what is told of it besides its text.

use super::error::Refusal;
use super::manifest::Counts;
use super::report::{Canaries, Captures};
use super::sidecar::Place;
use crate::format::{FormatError, Opened};
use crate::gate::ReleasedCase;
use std::collections::{BTreeMap, BTreeSet};

/// A document that may leave.
pub(super) struct Done {
    pub(super) masked: Masked,
    pub(super) tally: Tally,
    /// For tables: what became of the rows, and which were not released.
    pub(super) rows: Option<(Counts, Vec<(usize, Refusal)>)>,
}

/// The bytes of a released case. Nothing else can be written.
pub(super) struct Masked(Vec<u8>);

impl Done {
    /// Nothing but what is told of documents that were written elsewhere.
    pub(super) fn told(tally: Tally) -> Self {
        Self { masked: Masked(Vec::new()), tally, rows: None }
    }
}

impl Masked {
    /// The document with the released cases in place. JSON ends with a line break; everything
    /// else keeps its own end.
    pub(super) fn of(
        opened: &Opened,
        released: &[Option<ReleasedCase>],
        line: bool,
    ) -> Result<Self, FormatError> {
        let mut bytes = opened.write(released)?;
        if line && !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What is told of a document besides its text.
#[derive(Default)]
pub(super) struct Tally {
    /// What it was read as.
    pub(super) format: &'static str,
    /// How many pieces were masked, by type.
    pub(super) by_type: BTreeMap<&'static str, usize>,
    /// How many of them each rule found.
    pub(super) by_rule: BTreeMap<String, usize>,
    /// What was left out because nobody can search it.
    pub(super) notes: BTreeSet<&'static str>,
    /// Where masking wrote.
    pub(super) places: Vec<Place>,
    /// Candidates that were nearly masked and were not.
    pub(super) near: usize,
    /// Which detectors found what was masked.
    pub(super) captures: [Captures; 2],
    /// Canaries put into a copy, and found.
    pub(super) canaries: Canaries,
    /// True when the path of the file shows what was masked in it.
    pub(super) named_in_path: bool,
}

impl Tally {
    /// Adds what another document of the same output has.
    pub(super) fn sum(&mut self, other: Self) {
        self.named_in_path |= other.named_in_path;
        self.notes.extend(other.notes);
        self.near += other.near;
        self.canaries.sum(other.canaries);
        for (sum, own) in self.captures.iter_mut().zip(other.captures) {
            sum.sum(own);
        }
        for (entity, n) in other.by_type {
            *self.by_type.entry(entity).or_default() += n;
        }
        for (rule, n) in other.by_rule {
            *self.by_rule.entry(rule).or_default() += n;
        }
    }
}
