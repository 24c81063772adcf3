//! What the tagger sees of a token: about fifty hashed features.
//!
//! No feature looks at the whole of a word that is likely a name, so that a name never seen before
//! scores like one of the training texts.

use super::cue_class::{CueClass, CueSet};
use super::memo::Known;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Group};
use crate::token::{Token, WordMap, phrase_hash, shape, word_hash};

/// At most so many features for a token.
const MAX: usize = 64;

/// Takes the features of a token as they are computed.
pub(super) trait Sink {
    /// A feature, as the hash of its template and value.
    fn take(&mut self, hash: u32);

    /// Whether it takes features of this template.
    #[inline(always)]
    fn wants(_template: u32) -> bool {
        true
    }

    #[inline(always)]
    fn add(&mut self, template: u32, value: u64) {
        if !Self::wants(template) {
            return;
        }
        let h = phrase_hash(u64::from(template).wrapping_mul(0x9e37_79b9), value);
        self.take((h ^ (h >> 29)) as u32);
    }
}

/// The features of one token, as hashes.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    hashes: [u32; MAX],
    len: u8,
}

impl Features {
    /// No features.
    pub(crate) fn none() -> Self {
        Self { hashes: [0; MAX], len: 0 }
    }

    /// The hashes.
    pub(crate) fn hashes(&self) -> &[u32] {
        &self.hashes[..self.len as usize]
    }
}

impl Sink for Features {
    fn take(&mut self, hash: u32) {
        if (self.len as usize) < MAX {
            self.hashes[self.len as usize] = hash;
            self.len += 1;
        }
    }
}

/// Names of the feature templates, in the order in which they are added: evidence for reviewers.
pub(crate) const TEMPLATE_NAMES: [&str; 21] = [
    "bias",
    "word",
    "shape",
    "name_frequency",
    "word_frequency",
    "place_list",
    "medical_list",
    "list_flags",
    "prefix",
    "suffix",
    "left_word",
    "right_word",
    "left_pair",
    "right_pair",
    "around",
    "gap",
    "pattern",
    "phrase",
    "cue",
    "line",
    "document",
];

/// Templates of a neighbour's word, with its distance.
const NEAR_WORDS: [(u32, isize); 6] = [(20, -1), (21, -2), (22, -3), (23, 1), (24, 2), (25, 3)];
/// Templates of what a neighbour is known as, with its distance.
const NEAR_KINDS: [(u32, isize); 4] = [(32, -1), (33, 1), (34, -2), (35, 2)];

/// Features that depend on the same few things, so that the sum of their weights can be
/// remembered: by template.
pub(super) mod part {
    /// The word alone.
    pub(in super::super) const WORD: u8 = 0;
    /// A word nearby.
    pub(in super::super) const NEAR: u8 = 1;
    /// Shape, gaps, and the place in the line.
    pub(in super::super) const PLACE: u8 = 2;
    /// Patterns and phrases around.
    pub(in super::super) const FOUND: u8 = 3;
    /// Cues around, and how the word is written elsewhere.
    pub(in super::super) const CUES: u8 = 4;
    /// All else.
    pub(in super::super) const REST: u8 = 5;

    /// The part that a template belongs to.
    #[inline(always)]
    pub(in super::super) const fn of(template: u32) -> u8 {
        match template {
            0 | 1 | 3..=15 => WORD,
            20..=25 | 32..=35 => NEAR,
            2 | 36..=38 | 40 | 52..=54 => PLACE,
            41..=46 => FOUND,
            47..=51 | 58 => CUES,
            _ => REST,
        }
    }
}

/// What surrounds and describes one token, computed once.
#[derive(Clone, Copy, Debug)]
struct Atom {
    /// A common word by itself, else shape and name log-odds.
    coarse: u64,
    line: u32,
    /// Coarser still.
    lexical: u16,
    cue: CueSet,
    pattern: u8,
    phrase: u8,
    gap_before: u8,
    odds: i8,
    shape: u8,
}

impl Atom {
    /// Stands before the first and behind the last token.
    const NONE: Self = Self {
        coarse: 3,
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

    fn lexical(&self) -> u64 {
        u64::from(self.lexical)
    }

    /// What it is known as, with its shape.
    fn kind(&self) -> u64 {
        self.lexical() | u64::from(self.shape) << 16
    }

    /// Name odds, from 0.
    fn odds(&self) -> u64 {
        (self.odds + 4) as u64
    }
}

/// A line of the view.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    first: u32,
    end: u32,
    case: u8,
    /// Hash of the label that the line starts with, 0 for none.
    label: u64,
    /// First token behind the label.
    value: u32,
}

impl Line {
    /// Where token `i` stands in it, from either end, and how long it is; all bounded.
    fn place(&self, i: usize) -> (u64, u64, u64) {
        let i = i as u32;
        let from_start = (i - self.first).min(4);
        let to_end = (self.end - 1 - i).min(3);
        (from_start.into(), to_end.into(), (self.end - self.first).min(8).into())
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    capital_inside: u16,
    lower: u16,
    after_title: u16,
}

impl Seen {
    fn bits(self) -> u64 {
        u64::from(self.capital_inside.min(2))
            | u64::from(self.lower.min(2)) << 2
            | u64::from(self.after_title.min(1)) << 4
    }
}

/// How far features look to either side.
const PAD: usize = 5;

/// What the features of a document's tokens are computed from; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// One a token, [`PAD`] more at either end.
    atoms: Vec<Atom>,
    lines: Vec<Line>,
    seen: WordMap<Seen>,
    /// 0 mixed, 1 mostly capitals, 2 no capitals.
    case: u64,
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
            if i == 0 || gap.contains(&b'\n') {
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
    let mut pending = 0;
    for line in lines {
        let tokens = &scan.tokens[line.first as usize..line.end as usize];
        let words = tokens.iter().filter(|t| t.is_word());
        let (mut upper, mut lower, mut capital) = (0, 0, 0);
        for t in words {
            if t.is_all_caps() {
                upper += 1
            } else if t.has(shape::FIRST_UPPER) {
                capital += 1
            } else {
                lower += 1
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
        line.label = pending;
        pending = 0;
        for (k, t) in tokens.iter().enumerate().take(6) {
            let gap_end =
                tokens.get(k + 1).map_or(bytes.len().min(t.end as usize + 3), |n| n.start as usize);
            let gap = &bytes[t.end as usize..gap_end];
            let gap = &gap[..gap.iter().position(|&b| b == b'\n').unwrap_or(gap.len())];
            if !gap.iter().any(|b| b":=|\t".contains(b)) {
                continue;
            }
            let label =
                tokens[k.saturating_sub(1)..=k].iter().fold(7, |h, t| phrase_hash(h, t.hash));
            if k + 1 == tokens.len() {
                pending = label;
            } else {
                line.label = label;
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
        let first = scan.tokens.partition_point(|t| t.end <= c.span.start());
        for (t, atom) in scan.tokens[first..].iter().zip(&mut atoms[first..]) {
            if t.start >= c.span.end() {
                break;
            }
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

impl Surroundings {
    /// Hands the features of token `i` to `f`.
    #[inline]
    pub(super) fn features(&self, view: &str, scan: &Scan, i: usize, f: &mut impl Sink) {
        let (token, word) = (&scan.tokens[i], scan.words[i]);
        let around: &[Atom; 2 * PAD + 1] =
            self.atoms[i..].first_chunk().expect("atoms are padded at both ends");
        let at = |d: isize| &around[(PAD as isize + d) as usize];
        let me = at(0);
        let line = &self.lines[me.line as usize];
        let line_case = u64::from(line.case);
        let doc_case = self.case;
        f.add(0, 0);
        f.add(1, me.coarse);
        // Shape and name odds, by the case that surrounds them.
        f.add(2, u64::from(me.shape) | (me.odds()) << 8 | line_case << 16 | doc_case << 20);
        f.add(3, u64::from(me.shape) | me.lexical() << 8);
        f.add(
            4,
            u64::from(word.given())
                | u64::from(word.surname()) << 4
                | u64::from(me.shape >= 40) << 8,
        );
        f.add(
            5,
            u64::from(word.english())
                | u64::from(word.french()) << 4
                | u64::from(word.is_english()) << 8
                | u64::from(word.is_french()) << 9,
        );
        f.add(
            6,
            u64::from(word.place())
                | u64::from(me.shape) << 4
                | u64::from(word.is_dictionary()) << 12,
        );
        f.add(
            7,
            u64::from(word.medical())
                | u64::from(word.medical_terms()) << 4
                | u64::from(me.shape >= 40) << 8,
        );
        f.add(8, u64::from(word.flags()) | u64::from(me.shape / 10) << 16);
        affixes(view, token, me, f);
        for (t, d) in NEAR_WORDS {
            f.add(t, at(d).coarse);
        }
        f.add(26, phrase_hash(at(-2).coarse, at(-1).coarse));
        f.add(27, phrase_hash(at(1).coarse, at(2).coarse));
        f.add(28, phrase_hash(at(-1).coarse, at(1).coarse));
        f.add(29, phrase_hash(phrase_hash(at(-3).coarse, at(-2).coarse), at(-1).coarse));
        f.add(30, phrase_hash(at(-1).coarse, me.coarse));
        f.add(31, phrase_hash(me.coarse, at(1).coarse));
        for (t, d) in NEAR_KINDS {
            f.add(t, at(d).kind());
        }
        let gap_after = at(1).gap_before;
        f.add(
            36,
            u64::from(me.gap_before) | u64::from(gap_after) << 8 | u64::from(me.shape / 10) << 16,
        );
        f.add(37, u64::from(me.gap_before) | u64::from(me.shape) << 8 | (me.odds()) << 16);
        f.add(38, u64::from(gap_after) | u64::from(me.shape) << 8 | (me.odds()) << 16);
        f.add(
            39,
            phrase_hash(at(-1).coarse, u64::from(me.gap_before) | u64::from(me.shape / 10) << 8),
        );
        f.add(40, u64::from(me.pattern) | u64::from(me.shape) << 8);
        for (t, d) in [(41, -1), (42, 1), (43, -2), (44, 2)] {
            f.add(t, u64::from(at(d).pattern) | u64::from(me.shape / 10) << 8);
        }
        f.add(45, u64::from(me.phrase) | u64::from(me.shape / 10) << 8);
        f.add(
            46,
            u64::from(at(-1).phrase) | u64::from(at(1).phrase) << 8 | u64::from(me.phrase) << 16,
        );
        cues(around, f);
        let sentence_start = matches!(me.gap_before, 2..=4)
            || me.gap_before >= 100
            || [b'.', b'!', b'?'].iter().any(|b| me.gap_before == 10 + b % 100);
        f.add(52, u64::from(sentence_start) | u64::from(me.shape) << 1 | (me.odds()) << 9);
        let (from_start, to_end, words) = line.place(i);
        f.add(53, from_start | to_end << 4 | u64::from(me.shape / 10) << 8);
        f.add(54, words | line_case << 4 | u64::from(me.shape) << 8);
        if line.label != 0 && i as u32 >= line.value {
            let behind = u64::from((i as u32 - line.value).min(3));
            f.add(55, phrase_hash(line.label, behind.min(1)));
            f.add(56, phrase_hash(line.label, u64::from(me.shape)));
            f.add(57, behind | u64::from(me.shape) << 4 | (me.odds()) << 12);
        }
        let seen = self.seen.get(&token.hash).copied().unwrap_or_default();
        f.add(58, seen.bits() | u64::from(me.shape / 10) << 5 | (me.odds()) << 12);
    }

    /// Hands the features that token `i` is to its neighbours to `f`, for the neighbour that has
    /// it at distance `d`. Tokens before the first and behind the last are alike.
    pub(super) fn near(&self, i: isize, d: isize, f: &mut impl Sink) {
        let at = usize::try_from(PAD as isize + i).ok();
        let atom = at.and_then(|at| self.atoms.get(at)).unwrap_or(&Atom::NONE);
        for (t, _) in NEAR_WORDS.iter().filter(|t| t.1 == d) {
            f.add(*t, atom.coarse);
        }
        for (t, _) in NEAR_KINDS.iter().filter(|t| t.1 == d) {
            f.add(*t, atom.kind());
        }
    }

    /// All that the features of [`part::PLACE`], [`part::FOUND`] and [`part::CUES`] of token `i`
    /// depend on, in full and never 0: equal keys, equal features.
    #[inline]
    pub(super) fn keys(&self, scan: &Scan, i: usize) -> [u64; 3] {
        let around: &[Atom; 2 * PAD + 1] =
            self.atoms[i..].first_chunk().expect("atoms are padded at both ends");
        let at = |d: isize| &around[(PAD as isize + d) as usize];
        let me = at(0);
        let line = &self.lines[me.line as usize];
        let (from_start, to_end, words) = line.place(i);
        let place = pack([
            (u64::from(me.shape), 8),
            (me.odds(), 4),
            (u64::from(line.case), 2),
            (self.case, 2),
            (u64::from(me.gap_before), 8),
            (u64::from(at(1).gap_before), 8),
            (u64::from(me.pattern), 8),
            (from_start, 3),
            (to_end, 2),
            (words, 4),
        ]);
        let found = pack([
            (u64::from(me.shape / 10), 4),
            (u64::from(at(-1).pattern), 8),
            (u64::from(at(1).pattern), 8),
            (u64::from(at(-2).pattern), 8),
            (u64::from(at(2).pattern), 8),
            (u64::from(me.phrase), 8),
            (u64::from(at(-1).phrase), 8),
            (u64::from(at(1).phrase), 8),
        ]);
        let seen = self.seen.get(&scan.tokens[i].hash).copied().unwrap_or_default();
        let Cues { left, titled, credential, head, head_before, month, street } =
            Cues::around(around);
        let cues = pack([
            (u64::from(me.shape), 8),
            (me.odds(), 4),
            (left, 14),
            (titled, 2),
            (credential, 2),
            (head, 3),
            (head_before, 2),
            (month, 3),
            (street, 3),
            (seen.bits(), 5),
        ]);
        [place, found, cues]
    }
}

/// Numbers of so many bits each, as one that is not 0.
#[inline(always)]
fn pack<const N: usize>(fields: [(u64, u32); N]) -> u64 {
    fields.into_iter().fold(1, |key, (value, bits)| {
        debug_assert!(value < 1 << bits, "{value} has more than {bits} bits");
        key << bits | value
    })
}

#[inline]
fn affixes(view: &str, token: &Token, me: &Atom, f: &mut impl Sink) {
    if !token.is_word() || token.has(shape::FOREIGN) {
        return;
    }
    let text = token.text(view).as_bytes();
    // Never the whole word.
    let longest = text.len().saturating_sub(1);
    let case = u64::from(me.shape / 10);
    for (t, n) in [(10, 2), (11, 3)] {
        if n <= longest {
            f.add(t, word_hash(&text[..n]) ^ case);
        }
    }
    for (t, n) in [(13, 2), (14, 3), (15, 4)] {
        if n <= longest {
            f.add(t, word_hash(&text[text.len() - n..]) ^ case);
        }
    }
}

/// Distances to the nearest words of each class, 0 for none.
struct Cues {
    left: u64,
    titled: u64,
    credential: u64,
    head: u64,
    head_before: u64,
    month: u64,
    street: u64,
}

impl Cues {
    /// Five tokens to the left, three to the right.
    #[inline]
    fn around(around: &[Atom; 2 * PAD + 1]) -> Self {
        let at = |d: isize| &around[(PAD as isize + d) as usize];
        let near = [at(-1).cue.0, at(-2).cue.0, at(-3).cue.0 | at(-4).cue.0 | at(-5).cue.0];
        let any = around.iter().fold(0, |any, a| any | a.cue.0);
        let mut cues = Self {
            left: 0,
            titled: 0,
            credential: 0,
            head: 0,
            head_before: 0,
            month: 0,
            street: 0,
        };
        // Most tokens have no such word around.
        if any == 0 {
            return cues;
        }
        let has = |d: isize, class: CueClass| at(d).cue.has(class);
        for (k, class) in [
            CueClass::Kin,
            CueClass::Patient,
            CueClass::Provider,
            CueClass::OtherRole,
            CueClass::Place,
            CueClass::Work,
            CueClass::Naming,
        ]
        .into_iter()
        .enumerate()
        {
            let step = near.iter().position(|n| n & (1 << class as u16) != 0);
            cues.left |= step.map_or(0, |s| s as u64 + 1) << (2 * k);
        }
        let titled =
            (1..=3).find(|&d| has(-d, CueClass::ProviderTitle) || has(-d, CueClass::CivilTitle));
        let credential = (1..=3).find(|&d| has(d, CueClass::Credential));
        let head = (0..=3).find(|&d| has(d, CueClass::OrgHead));
        let head_before = (1..=3).find(|&d| has(-d, CueClass::OrgHead));
        let month = (-2..=2).find(|&d| has(d, CueClass::Month));
        let street = (-3..=3).find(|&d| has(d, CueClass::StreetWord));
        cues.titled = titled.unwrap_or(0) as u64;
        cues.credential = credential.unwrap_or(0) as u64;
        cues.head = head.map_or(0, |d| d as u64 + 1);
        cues.head_before = head_before.unwrap_or(0) as u64;
        cues.month = month.map_or(0, |d| (d + 3) as u64);
        cues.street = street.map_or(0, |d| (d + 4) as u64);
        cues
    }
}

#[inline]
fn cues(around: &[Atom; 2 * PAD + 1], f: &mut impl Sink) {
    let me = &around[PAD];
    let (shape, odds) = (u64::from(me.shape), me.odds());
    let Cues { left, titled, credential, head, head_before, month, street } = Cues::around(around);
    f.add(47, left | shape << 20);
    f.add(48, titled | shape << 4 | odds << 12);
    f.add(49, credential | shape << 4);
    f.add(50, head | (head_before * 8) | shape << 6);
    f.add(51, month | street << 3 | shape << 8);
}

/// Which group of [`TEMPLATE_NAMES`] the `k`-th feature of a token belongs to. Affixes come only
/// with some tokens, so the position is counted from the end for what follows them.
pub(super) fn template_group(k: usize, features: &Features) -> usize {
    const HEAD: [usize; 9] = [0, 1, 2, 2, 3, 4, 5, 6, 7];
    // Behind the affixes, in the order of `one`.
    const TAIL: [usize; 38] = [
        10, 10, 10, 11, 11, 11, 12, 13, 14, 12, 10, 11, 10, 11, 10, 11, 15, 15, 15, 15, 16, 16, 16,
        16, 16, 17, 17, 18, 18, 18, 18, 18, 15, 19, 19, 19, 19, 19,
    ];
    if k < HEAD.len() {
        return HEAD[k];
    }
    let total = features.hashes().len();
    // The last feature is always the document's.
    if k + 1 == total {
        return 20;
    }
    let affixes = total.saturating_sub(HEAD.len() + 36).min(5);
    if k < HEAD.len() + affixes {
        return if k < HEAD.len() + affixes.min(2) { 8 } else { 9 };
    }
    TAIL[(k - HEAD.len() - affixes).min(TAIL.len() - 1)]
}
