//! What surrounds each token: its line, gap, neighbours, what patterns found there, and how its word
//! is written elsewhere in the document.

use super::columns::Columns;
use super::cue_class::{CueClass, CueSet};
use super::memo::Known;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Group};
use crate::rules::Company;
use crate::token::{WordMap, phrase_hash, shape};

/// What surrounds and describes one token, computed once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    /// A common word by itself, else shape and name log-odds.
    pub(super) coarse: u64,
    pub(super) company: Company,
    pub(super) line: u32,
    /// Coarser still.
    pub(super) lexical: u16,
    pub(super) cue: CueSet,
    pub(super) pattern: u8,
    pub(super) phrase: u8,
    pub(super) gap_before: u8,
    pub(super) odds: i8,
    pub(super) shape: u8,
}

impl Atom {
    /// Stands before the first and behind the last token.
    pub(super) const NONE: Self = Self {
        coarse: 3,
        company: Company::OUTSIDE,
        line: u32::MAX,
        lexical: 3,
        cue: CueSet(0),
        pattern: 0,
        phrase: 0,
        gap_before: 3,
        odds: 0,
        shape: 0,
    };

    fn of(known: &Known, gap_before: u8, line: u32) -> Self {
        Self {
            coarse: known.coarse,
            company: known.company,
            line,
            lexical: known.lexical,
            cue: known.cue,
            pattern: 0,
            phrase: 0,
            gap_before,
            odds: known.odds,
            shape: known.class,
        }
    }

    pub(super) fn lexical(&self) -> u64 {
        u64::from(self.lexical)
    }

    /// The cluster of its word, or what it is known as.
    pub(super) fn cluster(&self) -> u64 {
        match self.company.cluster {
            0 => self.kind() | 1 << 32,
            cluster => cluster.into(),
        }
    }

    /// The group of its word, or its shape.
    pub(super) fn group(&self) -> u64 {
        match self.company.group {
            0 => u64::from(self.shape) | 1 << 8,
            group => group.into(),
        }
    }

    /// What it is known as, with its shape.
    pub(super) fn kind(&self) -> u64 {
        self.lexical() | u64::from(self.shape) << 16
    }

    /// Name odds, from 0.
    pub(super) fn odds(&self) -> u64 {
        (self.odds + 4) as u64
    }
}

/// A line of the view.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    pub(super) first: u32,
    pub(super) end: u32,
    pub(super) case: u8,
    /// Hash of the label that the line starts with, 0 for none.
    pub(super) label: u64,
    /// First token behind the label.
    pub(super) value: u32,
    /// The cluster of the label's last word.
    pub(super) label_cluster: u64,
}

impl Line {
    /// How far token `i` stands behind the label; `None` in the label and where there is none.
    pub(super) fn behind_label(&self, i: usize) -> Option<u32> {
        (i as u32).checked_sub(self.value).filter(|_| self.label != 0)
    }

    /// Where token `i` stands in it, from either end, and how long it is; all bounded.
    pub(super) fn place(&self, i: usize) -> (u64, u64, u64) {
        let i = i as u32;
        let from_start = (i - self.first).min(4);
        let to_end = (self.end - 1 - i).min(3);
        (from_start.into(), to_end.into(), (self.end - self.first).min(8).into())
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) capital_inside: u16,
    pub(super) lower: u16,
    pub(super) after_title: u16,
}

impl Seen {
    pub(super) fn bits(self) -> u64 {
        u64::from(self.capital_inside.min(2))
            | u64::from(self.lower.min(2)) << 2
            | u64::from(self.after_title.min(1)) << 4
    }
}

/// How far features look to either side.
pub(super) const PAD: usize = 5;

/// What the features of a document's tokens are computed from; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// One a token, [`PAD`] more at either end.
    pub(super) atoms: Vec<Atom>,
    pub(super) lines: Vec<Line>,
    pub(super) seen: WordMap<Seen>,
    pub(super) columns: Columns,
    /// 0 mixed, 1 mostly capitals, 2 no capitals.
    pub(super) case: u64,
}

impl Surroundings {
    /// Reads a document, given what the patterns propose.
    pub(super) fn read(&mut self, view: &str, scan: &Scan, candidates: &[Candidate]) {
        self.read_atoms(view, scan);
        mark_lines(view.as_bytes(), scan, &mut self.lines);
        let atoms = &mut self.atoms[PAD..];
        mark_patterns(scan, candidates, atoms);
        for phrase in &scan.phrases {
            for i in phrase.first..phrase.end {
                atoms[i as usize].phrase = (phrase.kind as u8 + 1) * 2 + u8::from(i > phrase.first);
            }
        }
        self.columns.read(view, scan);
        self.count_words(scan);
        self.case = document_case(scan);
    }

    fn read_atoms(&mut self, view: &str, scan: &Scan) {
        let bytes = view.as_bytes();
        let n = scan.tokens.len();
        self.atoms.clear();
        self.lines.clear();
        self.atoms.extend([Atom::NONE; PAD]);
        let mut before = 0;
        for (i, (token, known)) in scan.tokens.iter().zip(&scan.known).enumerate() {
            let gap = &bytes[before as usize..token.start as usize];
            before = token.end;
            if i == 0 || gap != b" " && gap.contains(&b'\n') {
                if let Some(last) = self.lines.last_mut() {
                    last.end = i as u32;
                }
                let i = i as u32;
                self.lines.push(Line { first: i, end: n as u32, value: i, ..Line::default() });
            }
            self.atoms.push(Atom::of(known, gap_class(gap), self.lines.len() as u32 - 1));
        }
        self.atoms.extend([Atom::NONE; PAD]);
    }

    /// How each word is written in the document.
    fn count_words(&mut self, scan: &Scan) {
        self.seen.clear();
        for (i, token) in scan.tokens.iter().enumerate() {
            if !token.is_word() || token.len() < 2 {
                continue;
            }
            let entry = self.seen.entry(token.hash).or_default();
            if !token.has(shape::FIRST_UPPER) {
                entry.lower += 1;
                continue;
            }
            let (me, before) = (&self.atoms[PAD + i], &self.atoms[PAD + i - 1]);
            let inside = me.gap_before == 1 && i > 0 && !scan.tokens[i - 1].has(shape::FIRST_UPPER);
            entry.capital_inside += u16::from(inside);
            let titled =
                before.cue.has(CueClass::ProviderTitle) || before.cue.has(CueClass::CivilTitle);
            entry.after_title += u16::from(titled);
        }
    }
}

fn gap_class(gap: &[u8]) -> u8 {
    // Nearly all gaps are one space.
    if gap == b" " {
        return 1;
    }
    let mut kept = gap.iter().filter(|&&b| b != b' ' && b != b'\r');
    match (kept.next(), kept.next()) {
        (None, _) if gap.is_empty() => 0,
        (None, _) => 1,
        (Some(b'\n'), None) => 2,
        (Some(b'\n'), Some(b'\n')) => 3,
        (Some(&b), None) => 10 + b % 100,
        (Some(&a), Some(b'\n')) => 110 + a % 60,
        (Some(_), Some(_)) if gap.contains(&b'\n') => 4,
        (Some(&a), Some(_)) => 170 + a % 60,
    }
}

/// Labels: words of a line before a colon, bar, equals sign or tab; a line that is only a label
/// labels the next one.
fn mark_lines(bytes: &[u8], scan: &Scan, lines: &mut [Line]) {
    let mut pending = (0, 0);
    for line in lines {
        let tokens = &scan.tokens[line.first as usize..line.end as usize];
        let words = tokens.iter().filter(|t| t.is_word());
        let (mut upper, mut lower, mut capital) = (0, 0, 0);
        for t in words {
            if t.is_all_caps() {
                upper += 1;
            } else if t.has(shape::FIRST_UPPER) {
                capital += 1;
            } else {
                lower += 1;
            }
        }
        line.case = if upper > 0 && lower + capital == 0 {
            1
        } else if lower > 0 && upper + capital == 0 {
            2
        } else if capital + upper > 2 * lower {
            3
        } else {
            0
        };
        (line.label, line.label_cluster) = pending;
        pending = (0, 0);
        for (k, t) in tokens.iter().enumerate().take(6) {
            let gap_end =
                tokens.get(k + 1).map_or(bytes.len().min(t.end as usize + 3), |n| n.start as usize);
            let gap = &bytes[t.end as usize..gap_end];
            if gap == b" " {
                continue;
            }
            let gap = &gap[..gap.iter().position(|&b| b == b'\n').unwrap_or(gap.len())];
            if !gap.iter().any(|b| b":=|\t".contains(b)) {
                continue;
            }
            let label =
                tokens[k.saturating_sub(1)..=k].iter().fold(7, |h, t| phrase_hash(h, t.hash));
            let cluster = u64::from(scan.known[line.first as usize + k].company.cluster);
            if k + 1 == tokens.len() {
                pending = (label, cluster);
            } else {
                (line.label, line.label_cluster) = (label, cluster);
                line.value = line.first + k as u32 + 1;
            }
            break;
        }
    }
}

fn mark_patterns(scan: &Scan, candidates: &[Candidate], atoms: &mut [Atom]) {
    for c in candidates.iter().filter(|c| c.score.value() >= 0.3) {
        let class = if c.keep {
            1
        } else {
            pattern_class(c.entity) + if c.score.value() >= 0.5 { 8 } else { 0 }
        };
        for atom in &mut atoms[scan.within(c.span)] {
            atom.pattern = atom.pattern.max(class);
        }
    }
}

fn pattern_class(entity: EntityType) -> u8 {
    match entity.group() {
        Group::Person => 2,
        Group::Time => 3,
        Group::Place => 4,
        Group::Contact => 5,
        Group::Organisation => 6,
        Group::Trait => 7,
        Group::Number => 8,
    }
}

/// 0 mixed, 1 mostly capitals, 2 no capitals.
fn document_case(scan: &Scan) -> u64 {
    let words = scan.tokens.iter().filter(|t| t.is_word() && t.len() > 1);
    let (mut upper, mut capital, mut all) = (0, 0, 0);
    for t in words {
        all += 1;
        upper += usize::from(t.is_all_caps());
        capital += usize::from(t.has(shape::FIRST_UPPER));
    }
    if upper * 2 > all {
        1
    } else if capital * 30 < all {
        2
    } else {
        0
    }
}
