//! The clues to what a found stretch is: how it is written, its words, its neighbours, its line.

use super::super::class::Class;
use super::super::scan::Scan;
use super::super::surroundings::{Atom, Line, PAD, Surroundings};
use super::ROWS;
use crate::entity::Candidate;
use crate::token::{CLASS, Token, phrase_hash, shape, word_hash};
use std::ops::Range;

/// At most so many clues.
const MAX: usize = 160;
/// Words inside that are looked at.
const INSIDE: usize = 8;
/// Words to either side that are looked at without their distance.
const BAG: usize = 8;
/// Words of a label.
const LABEL: usize = 6;
/// Signs of how something is written.
const SIGNS: usize = 16;
/// Lines above whose labels are looked at.
const ABOVE: usize = 3;
/// Classes of cue words.
const CUES: u64 = 14;

/// The clues of one stretch, as rows of the weights.
#[derive(Clone, Debug)]
pub(crate) struct Clues {
    class: Class,
    rows: [u16; MAX],
    len: u8,
}

/// A stretch in its text.
#[derive(Clone, Copy)]
struct Place<'t> {
    scan: &'t Scan,
    surroundings: &'t Surroundings,
    first: usize,
    /// One past its last token.
    end: usize,
    written: u64,
}

impl Clues {
    /// The clues of a candidate of this class. The words of a name are none: a name never seen before
    /// is told like any other. `None` for what has no letter or digit.
    pub(in crate::detect) fn of(
        view: &str,
        scan: &Scan,
        surroundings: &Surroundings,
        candidate: &Candidate,
        class: Class,
    ) -> Option<Self> {
        let mut clues = Self { class, rows: [0; MAX], len: 0 };
        let Range { start: first, end } = scan.within(candidate.span);
        if first >= end {
            return None;
        }
        let written = written(&view.as_bytes()[candidate.span.range()], class == Class::Name);
        let place = Place { scan, surroundings, first, end, written };
        clues.add(0, u64::from(candidate.evidence.model.is_none()));
        clues.inside(place);
        clues.around(place);
        clues.line(place);
        clues.document(place);
        Some(clues)
    }

    /// The rows that the clues fall on.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        self.rows[..self.len as usize].iter().map(|row| usize::from(*row))
    }

    fn add(&mut self, template: u32, value: u64) {
        if (self.len as usize) < MAX {
            let template = u64::from(template) << 8 | self.class as u64;
            let hash = phrase_hash(template.wrapping_mul(0x9e37_79b9), value);
            self.rows[self.len as usize] = ((hash ^ (hash >> 31)) % ROWS as u64) as u16;
            self.len += 1;
        }
    }

    /// How it is written, and its words.
    fn inside(&mut self, Place { scan, surroundings, first, end, written }: Place<'_>) {
        let atoms = &surroundings.atoms[PAD + first..PAD + end];
        let (one, last) = (&atoms[0], &atoms[atoms.len() - 1]);
        let letters: u32 = scan.tokens[first..end].iter().map(Token::len).sum();
        self.add(1, written);
        self.add(2, atoms.len().min(5) as u64);
        self.add(3, u64::from(one.shape));
        self.add(4, u64::from(last.shape));
        self.add(5, u64::from(atoms.iter().fold(0, |cue, a| cue | a.cue.0)));
        self.add(6, atoms.iter().map(|a| u64::from(a.phrase)).max().unwrap_or(0));
        self.add(15, u64::from(letters.min(4)) | written << 3);
        if self.class == Class::Name {
            return;
        }
        self.add(9, one.coarse);
        self.add(10, last.coarse);
        for (atom, word) in atoms.iter().zip(&scan.words[first..end]).take(INSIDE) {
            self.add(7, atom.coarse);
            self.add(8, atom.cluster());
            self.add(11, u64::from(word.place()) | u64::from(word.flags()) << 8);
        }
    }

    /// What stands on either side.
    fn around(&mut self, Place { surroundings, first, end, written, .. }: Place<'_>) {
        let atoms = &surroundings.atoms;
        let before = |d: usize| (PAD + first).checked_sub(d).map_or(&Atom::NONE, |i| &atoms[i]);
        let after = |d: usize| atoms.get(PAD + end + d - 1).unwrap_or(&Atom::NONE);
        let gaps = [before(0), after(1)].map(|a| u64::from(a.gap_before));
        self.add(12, gaps[0]);
        self.add(13, gaps[1]);
        self.add(14, gaps[0] | gaps[1] << 8);
        for (d, step) in (1..=4).zip(1..) {
            let (b, a) = (before(d), after(d));
            self.add(20 + step, b.coarse);
            self.add(25 + step, a.coarse);
            self.add(30 + step, b.cluster());
            self.add(35 + step, a.cluster());
        }
        let (b, a) = (before(1), after(1));
        self.add(40, phrase_hash(before(2).coarse, b.coarse));
        self.add(41, phrase_hash(a.coarse, after(2).coarse));
        self.add(42, phrase_hash(b.coarse, a.coarse));
        self.add(43, phrase_hash(b.coarse, gaps[0]));
        self.add(44, phrase_hash(a.coarse, gaps[1]));
        self.add(45, phrase_hash(b.cluster(), a.cluster()));
        self.add(50, u64::from(b.pattern) | u64::from(a.pattern) << 8);
        self.add(51, phrase_hash(b.coarse, written));
        self.add(52, phrase_hash(a.coarse, written));
        let line = before(0).line;
        self.side(line, [46, 48], before);
        self.side(line, [47, 49], after);
    }

    /// The words of one side, and how near the nearest word of each class of cues stands.
    fn side<'a>(&mut self, line: u32, [word, cue]: [u32; 2], at: impl Fn(usize) -> &'a Atom) {
        let mut met = 0u64;
        for d in 1..=BAG {
            let atom = at(d);
            if atom.line == line {
                self.add(word, atom.coarse);
            }
            // Next to it, up to three away, farther.
            let near = u64::from(d > 1) + u64::from(d > 3);
            let new = u64::from(atom.cue.0) & !met;
            met |= new;
            for class in (0..CUES).filter(|class| new >> class & 1 != 0) {
                self.add(cue, class | near << 8);
            }
        }
    }

    /// The label of its line and those above, and the head of its column.
    fn line(&mut self, Place { scan, surroundings, first, end, written }: Place<'_>) {
        let (lines, atoms) = (&surroundings.lines, &surroundings.atoms);
        let at = atoms[PAD + first].line as usize;
        let line = &lines[at];
        let behind = u64::from(line.behind_label(first).map_or(9, |b| b.min(3)));
        self.add(53, phrase_hash(line.label, written));
        self.add(60, line.label);
        self.add(61, phrase_hash(line.label, behind));
        self.add(62, phrase_hash(line.label_cluster, behind));
        for word in label_words(scan, line) {
            self.add(63, word);
        }
        let (from_start, to_end, words) = line.place(first);
        self.add(64, from_start | to_end << 4 | words << 8);
        self.add(65, u64::from(line.case) | from_start << 4);
        for (n, above) in (0..).zip(lines[..at].iter().rev().take(ABOVE)) {
            self.add(66, phrase_hash(above.label, n));
            self.add(67, atoms[PAD + above.first as usize].coarse);
        }
        let ends = (at.min(4) | (lines.len() - 1 - at).min(4) << 3) as u64;
        let alone = line.first as usize == first && line.end as usize == end;
        self.add(68, ends);
        self.add(71, u64::from(alone) | ends << 1);
        if let (true, Some(above)) = (alone, lines[..at].last()) {
            self.add(72, atoms[PAD + above.end as usize - 1].coarse);
        }
        if let Some(place) = surroundings.columns.of(first) {
            self.add(69, place.head);
            self.add(70, phrase_hash(place.above, u64::from(place.made)));
        }
    }

    /// Where in the document, and how its words stand elsewhere.
    fn document(&mut self, Place { scan, surroundings, first, end, .. }: Place<'_>) {
        self.add(80, (first * 10 / scan.tokens.len()) as u64);
        self.add(81, surroundings.case);
        let seen = scan.tokens[first..end].iter().filter_map(|t| surroundings.seen.get(&t.hash));
        let (mut often, mut titled) = (0, 0);
        for s in seen {
            often = often.max(s.capital_inside.saturating_add(s.lower));
            titled = titled.max(s.after_title);
        }
        self.add(82, u64::from(often.min(6)) | u64::from(titled.min(2)) << 4);
    }
}

/// The words of a line's label.
fn label_words<'s>(scan: &'s Scan, line: &Line) -> impl Iterator<Item = u64> + use<'s> {
    let first = line.first as usize;
    let label = first..(line.value as usize).min(first + LABEL);
    scan.known[label].iter().map(|k| k.coarse)
}

/// How something is written: letters by case, digits, all else as it is. Where `short`, runs of small
/// letters are one sign and those of capitals at most four, so that the length of a name tells nothing.
fn written(bytes: &[u8], short: bool) -> u64 {
    let (mut signs, mut len, mut run) = ([0; SIGNS], 0, 0);
    for &b in bytes {
        let sign = match CLASS[b as usize] {
            0 => b,
            shape::UPPER => b'1',
            shape::DIGIT => b'9',
            _ => b'2',
        };
        run = if len > 0 && signs[len - 1] == sign { run + 1 } else { 1 };
        let most = match sign {
            b'1' if short => 4,
            b'2' if short => 1,
            _ => SIGNS,
        };
        if len < SIGNS && run <= most {
            signs[len] = sign;
            len += 1;
        }
    }
    word_hash(&signs[..len]) ^ u64::from(short)
}
