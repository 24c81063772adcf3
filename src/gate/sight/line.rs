//! What the text says of its words: phrases of the lexicon, lines with their labels, how often a
//! word is written how.

use super::Sight;
use super::word::Gap;
use crate::rules::{Lexicon, PhraseKind};
use crate::token::{phrase_hash, shape};

/// Words of a label at most, and of a phrase of the lexicon.
const LABEL: usize = 6;
const PHRASE: usize = 6;

/// A line of the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    pub(super) first: u32,
    pub(super) end: u32,
    pub(super) capitals: u32,
    pub(super) lower: u32,
    /// Cues of its label, or of the line before that is only a label.
    pub(super) label: u16,
    pub(super) labelled: bool,
    /// First word behind the label.
    pub(super) value: u32,
}

/// How often a word is written how.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) lower: u16,
    pub(super) inside: u16,
    pub(super) all: u16,
}

impl Sight {
    /// Marks the words of phrases that the lexicon knows.
    pub(super) fn mark_phrases(&mut self, lexicon: &Lexicon) {
        let mut free = 0;
        for i in 0..self.atoms.len() {
            if i < free {
                continue;
            }
            let mut hash = self.atoms[i].token.hash;
            let mut found = None;
            for n in 1..=PHRASE {
                let Some(phrase) = lexicon.phrase(hash) else { break };
                if let (Some(kind), true) = (phrase.kind, n > 1) {
                    found = Some((n, kind));
                }
                let next = self.atoms.get(i + n).filter(|a| a.gap <= Gap::Space && !a.decided);
                let (true, Some(next)) = (phrase.goes_on, next) else { break };
                hash = phrase_hash(hash, next.token.hash);
            }
            if let Some((n, kind)) = found {
                self.atoms[i..i + n].iter_mut().for_each(|a| a.phrase = rank(kind));
                free = i + n;
            }
        }
    }

    /// Reads how lines are written and what labels them.
    pub(super) fn read_lines(&mut self, bytes: &[u8]) {
        let count = self.atoms.len() as u32;
        let ends: Vec<u32> = self.lines.iter().skip(1).map(|l| l.first).chain([count]).collect();
        let mut pending = None;
        for (line, end) in self.lines.iter_mut().zip(ends) {
            line.end = end;
            let atoms = &self.atoms[line.first as usize..end as usize];
            for atom in atoms.iter().filter(|a| a.token.is_word() && !a.decided) {
                let upper = atom.token.has(shape::FIRST_UPPER);
                line.capitals += u32::from(upper);
                line.lower += u32::from(!upper);
            }
            if let Some(label) = pending.take() {
                (line.label, line.labelled) = (label, true);
            }
            let ends_label = |k: &usize| {
                let behind = atoms.get(k + 1).map(|a| a.gap);
                let gap = behind.unwrap_or_else(|| {
                    let from = atoms[*k].token.end as usize;
                    let rest = bytes.get(from..).unwrap_or_default();
                    Gap::of(rest.split(|b| *b == b'\n').next().unwrap_or_default())
                });
                gap == Gap::Colon
            };
            let Some(k) = (0..atoms.len().min(LABEL)).find(ends_label) else { continue };
            let label = atoms[k.saturating_sub(1)..=k].iter().fold(0, |c, a| c | a.cues);
            if k + 1 == atoms.len() {
                pending = Some(label);
            } else {
                (line.label, line.labelled) = (label, true);
                line.value = line.first + k as u32 + 1;
            }
        }
    }

    /// How each word is written in the text.
    pub(super) fn count(&mut self) {
        let (mut capitals, mut lower) = (0u32, 0u32);
        for (i, atom) in self.atoms.iter().enumerate() {
            if atom.decided || !atom.token.is_word() || atom.token.len() < 2 {
                continue;
            }
            let entry = self.written.entry(atom.token.hash).or_default();
            entry.all += 1;
            if atom.token.has(shape::FIRST_UPPER) {
                capitals += 1;
                let before = i.checked_sub(1).map(|b| &self.atoms[b]);
                let inside = atom.gap == Gap::Space
                    && before.is_some_and(|b| !b.token.has(shape::FIRST_UPPER));
                entry.inside += u16::from(inside);
            } else {
                lower += 1;
                entry.lower += 1;
            }
        }
        let all = (capitals + lower).max(1) as f32;
        (self.capitals, self.lower) = (capitals as f32 / all, lower as f32 / all);
    }
}

/// Phrases in the order of how much they speak for an identifier.
fn rank(kind: PhraseKind) -> u8 {
    match kind {
        PhraseKind::Medical => 1,
        PhraseKind::Profession => 2,
        PhraseKind::Demonym => 3,
        PhraseKind::Region => 4,
        PhraseKind::PlaceWorld => 5,
        PhraseKind::PlaceCanada => 6,
        PhraseKind::FirstNation => 7,
        PhraseKind::Organization => 8,
        PhraseKind::Facility => 9,
    }
}
