//! What the watcher sees of a word: its shape, what lists say of it, its neighbours and its line.
//!
//! Nothing here looks at what the recognizers of `detect` found or at the tagger's weights: what
//! blinds those does not blind this. Words that masking wrote, or that were decided about, are seen
//! as such and as nothing else.

use crate::detect::cues_of;
use crate::rules::{Lexicon, PhraseKind, Word};
use crate::token::{Token, phrase_hash, shape, tokenize};
use std::collections::HashMap;

/// Values of a word.
pub(crate) const SEEN: usize = OWN + LINE + 4 * CUES + NEIGHBOURS.len() * NEAR;
/// Of the word itself.
const OWN: usize = 27;
/// Of its line and of the text.
const LINE: usize = 13;
/// Classes of cues.
const CUES: usize = 14;
/// Of each neighbour.
const NEAR: usize = 11;
const NEIGHBOURS: [isize; 4] = [-1, 1, -2, 2];

/// All that the watcher knows of a word.
pub(crate) type Seen = [f32; SEEN];

/// How far cues are sought before and behind a word.
const BEFORE: usize = 4;
const BEHIND: usize = 2;

/// Words of a label at most, and of a phrase of the lexicon.
const LABEL: usize = 6;
const PHRASE: usize = 6;

/// A word with what depends on it and the gap before it.
#[derive(Clone, Copy, Debug)]
struct Atom {
    token: Token,
    word: Word,
    cues: u16,
    gap: Gap,
    phrase: u8,
    decided: bool,
    line: u32,
}

/// What stands before a word; in an order in which one cut tells a sentence's start.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Gap {
    None,
    Hyphen,
    Apostrophe,
    Slash,
    Sign,
    Space,
    Comma,
    Bracket,
    Other,
    Colon,
    Point,
    Line,
    Edge,
}

impl Gap {
    fn of(bytes: &[u8]) -> Self {
        let mut kept = bytes.iter().filter(|b| **b != b' ' && **b != b'\r');
        if bytes.contains(&b'\n') {
            return Self::Line;
        }
        match (kept.next(), kept.next()) {
            (None, _) if bytes.is_empty() => Self::None,
            (None, _) => Self::Space,
            (Some(b'-'), None) => Self::Hyphen,
            (Some(b'\''), None) => Self::Apostrophe,
            (Some(b'/'), None) => Self::Slash,
            (Some(b'@' | b'#' | b'_'), None) => Self::Sign,
            (Some(b','), None) => Self::Comma,
            (Some(b'(' | b')' | b'[' | b']' | b'"'), None) => Self::Bracket,
            (Some(b':' | b'=' | b'|' | b'\t'), _) => Self::Colon,
            (Some(b'.' | b'!' | b'?' | b';'), _) => Self::Point,
            _ => Self::Other,
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Line {
    first: u32,
    end: u32,
    capitals: u32,
    lower: u32,
    /// Cues of its label, or of the line before that is only a label.
    label: u16,
    labelled: bool,
    /// First word behind the label.
    value: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Written {
    lower: u16,
    inside: u16,
    all: u16,
}

/// A text as the watcher sees it.
pub(crate) struct Sight {
    atoms: Vec<Atom>,
    lines: Vec<Line>,
    written: HashMap<u64, Written>,
    capitals: f32,
    lower: f32,
}

impl Sight {
    /// Reads a view. `decided` says of a token whether something was decided about it.
    pub(crate) fn new(
        view: &str,
        lexicon: &Lexicon,
        mut decided: impl FnMut(&Token) -> bool,
    ) -> Self {
        let mut tokens = Vec::new();
        tokenize(view, &mut tokens);
        let bytes = view.as_bytes();
        let mut sight = Self {
            atoms: Vec::with_capacity(tokens.len()),
            lines: Vec::new(),
            written: HashMap::new(),
            capitals: 0.0,
            lower: 0.0,
        };
        let mut before = 0;
        for (i, token) in tokens.iter().enumerate() {
            let gap = bytes.get(before..token.start as usize).unwrap_or_default();
            before = token.end as usize;
            let gap = if i == 0 { Gap::Edge } else { Gap::of(gap) };
            if gap >= Gap::Line {
                let first = i as u32;
                sight.lines.push(Line { first, end: first, value: first, ..Line::default() });
            }
            sight.atoms.push(Atom {
                token: *token,
                word: lexicon.word(token.hash),
                cues: cues_of(token.hash),
                gap,
                phrase: 0,
                decided: decided(token),
                line: sight.lines.len() as u32 - 1,
            });
        }
        sight.mark_phrases(lexicon);
        sight.read_lines(bytes);
        sight.count();
        sight
    }

    /// The words that may identify, with their numbers: neither decided about nor plainly common.
    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, &Token)> {
        let open = |(_, a): &(usize, &Atom)| !a.decided && !is_plain(a);
        self.atoms.iter().enumerate().filter(open).map(|(i, a)| (i, &a.token))
    }

    fn mark_phrases(&mut self, lexicon: &Lexicon) {
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

    fn read_lines(&mut self, bytes: &[u8]) {
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
    fn count(&mut self) {
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

    /// The values of word `i`.
    pub(crate) fn values(&self, i: usize) -> Seen {
        let mut row = Row { values: [0.0; SEEN], len: 0 };
        self.own(i, &mut row);
        self.line(i, &mut row);
        let line = &self.lines[self.atoms[i].line as usize];
        row.cues(self.atoms[i].cues);
        // The nearest first: a cue counts for what stands close behind it.
        let near = |range: std::ops::Range<usize>| {
            let own = self.atoms[range].iter().filter(|a| a.line == self.atoms[i].line);
            own.filter(|a| !a.decided).fold(0, |cues, a| cues | a.cues)
        };
        row.cues(near(i.saturating_sub(BEFORE)..i));
        row.cues(near(i + 1..(i + 1 + BEHIND).min(self.atoms.len())));
        row.cues(line.label);
        for d in NEIGHBOURS {
            match self.atoms.get(i.wrapping_add_signed(d)) {
                Some(near) => row.near(near),
                None => row.len += NEAR,
            }
        }
        row.values
    }

    fn own(&self, i: usize, row: &mut Row) {
        let atom = &self.atoms[i];
        let (token, word) = (&atom.token, atom.word);
        let written = self.written.get(&token.hash).copied().unwrap_or_default();
        row.numbers([
            shape_of(token),
            token.len() as f32,
            f32::from(word.given()),
            f32::from(word.surname()),
            f32::from(word.english()),
            f32::from(word.french()),
            f32::from(word.medical()),
            f32::from(word.medical_terms()),
            f32::from(word.place()),
            f32::from(atom.phrase),
            f32::from(word.given().max(word.surname()))
                - 0.5 * f32::from(word.english().max(word.french())),
            f32::from(written.lower.min(3)),
            f32::from(written.inside.min(3)),
            f32::from(written.all.min(6)),
        ]);
        row.flags([
            word.is_english(),
            word.is_french(),
            word.is_abbreviation(),
            word.is_profession(),
            word.is_facility_word(),
            word.is_eponym(),
            word.is_of_clinic(),
            word.is_unknown(),
            word.is_province(),
            word.is_country(),
            token.has(shape::INNER_UPPER),
            token.has(shape::FOREIGN),
            token.has(shape::DIGIT),
        ]);
    }

    fn line(&self, i: usize, row: &mut Row) {
        let atom = &self.atoms[i];
        let line = &self.lines[atom.line as usize];
        let at = i as u32;
        let words = (line.capitals + line.lower).max(1) as f32;
        let far = |d: Option<usize>| d.map_or(6.0, |d| d as f32);
        let before = self.atoms[i.saturating_sub(5)..i].iter().rev().position(|a| a.decided);
        let after = self.atoms[i + 1..].iter().take(5).position(|a| a.decided);
        let behind = self.atoms.get(i + 1).map_or(Gap::Edge, |a| a.gap);
        row.numbers([
            f32::from(atom.gap as u8),
            f32::from(behind as u8),
            (at - line.first).min(8) as f32,
            (line.end - 1 - at).min(8) as f32,
            (line.end - line.first).min(24) as f32,
            line.capitals as f32 / words,
            line.lower as f32 / words,
            self.capitals,
            self.lower,
            far(before),
            far(after),
        ]);
        row.flags([line.labelled, line.labelled && at >= line.value]);
    }
}

/// The values of a word as they are written down, one behind the other.
struct Row {
    values: Seen,
    len: usize,
}

impl Row {
    fn numbers<const N: usize>(&mut self, numbers: [f32; N]) {
        for number in numbers {
            if let Some(value) = self.values.get_mut(self.len) {
                *value = number;
            }
            self.len += 1;
        }
    }

    fn flags<const N: usize>(&mut self, flags: [bool; N]) {
        self.numbers(flags.map(|f| f32::from(u8::from(f))));
    }

    fn cues(&mut self, cues: u16) {
        self.flags(std::array::from_fn::<_, CUES, _>(|c| cues & 1 << c != 0));
    }

    fn near(&mut self, near: &Atom) {
        if near.decided {
            self.numbers([1.0]);
            self.len += NEAR - 1;
            return;
        }
        let word = near.word;
        self.numbers::<NEAR>([
            0.0,
            shape_of(&near.token),
            near.token.len() as f32,
            f32::from(word.given()),
            f32::from(word.surname()),
            f32::from(word.english().max(word.french())),
            f32::from(u8::from(word.is_dictionary())),
            f32::from(word.medical()),
            f32::from(word.place()),
            f32::from(near.gap as u8),
            f32::from(near.phrase),
        ]);
    }
}

/// Words that say nothing by themselves: common ones in lower case, single letters.
fn is_plain(atom: &Atom) -> bool {
    const COMMON: u8 = 5;
    let (token, word) = (&atom.token, atom.word);
    let common = word.is_dictionary() && word.english().max(word.french()) >= COMMON;
    token.len() < 2 && !token.is_number()
        || token.shape == shape::LOWER && (common || word.medical() != 0 || atom.cues != 0)
}

/// Shapes in an order in which one cut tells numbers, words in lower case, capitals.
fn shape_of(token: &Token) -> f32 {
    let class = if token.is_number() {
        0
    } else if token.has(shape::DIGIT) {
        1 + u8::from(token.has(shape::UPPER))
    } else if token.shape == shape::LOWER {
        3
    } else if token.has(shape::FOREIGN) {
        4
    } else if token.is_all_caps() {
        5
    } else if token.has(shape::FIRST_UPPER) {
        if token.has(shape::INNER_UPPER) { 7 } else { 6 + 2 * u8::from(token.len() > 1) }
    } else {
        4
    };
    f32::from(class)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_and_what_is_decided_shows_nothing() {
        let lexicon = crate::rules::RuleSet::compile(&crate::rules::embedded()).unwrap().lexicon;
        let sight = |text: &str| {
            let own = text.to_owned();
            Sight::new(text, &lexicon, move |t| own[t.start as usize..].starts_with("Tag"))
        };
        let text = "Seen by: TagA and Okafor\nlives in Kenora";
        let one = sight(text);
        let open: Vec<&str> = one.open().map(|(_, t)| t.text(text)).collect();
        assert_eq!(open, ["Seen", "Okafor", "Kenora"]);
        for (i, _) in one.open() {
            let mut row = Row { values: [0.0; SEEN], len: 0 };
            one.own(i, &mut row);
            assert_eq!(row.len, OWN);
            one.line(i, &mut row);
            assert_eq!(row.len, OWN + LINE);
        }
        let mut row = Row { values: [0.0; SEEN], len: 0 };
        row.near(&one.atoms[0]);
        assert_eq!(row.len, NEAR);
        // Another word in the place of one that was decided about changes nothing.
        let other = sight("Seen by: Tagoo and Okafor\nlives in Kenora");
        for ((i, _), (j, _)) in one.open().zip(other.open()) {
            assert_eq!(one.values(i), other.values(j));
        }
    }
}
