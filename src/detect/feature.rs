//! What the tagger sees of a token: 60 to 75 hashed features.
//!
//! No feature looks at the whole of a word that is likely a name, nor at the company that it keeps
//! (`Known::company`), so that a name never seen before scores like one of the training texts.

#![expect(clippy::inline_always, reason = "features that a sink does not want must cost nothing")]

use super::cue_class::CueClass;
use super::scan::Scan;
use super::surroundings::{Atom, PAD, Surroundings};
use crate::token::{Token, phrase_hash, shape, word_hash};

/// At most so many features for a token.
const MAX: usize = 80;

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
        self.take(hash_of(template, value));
    }
}

/// A feature is its template and value, as one hash.
#[inline(always)]
fn hash_of(template: u32, value: u64) -> u32 {
    let h = phrase_hash(u64::from(template).wrapping_mul(0x9e37_79b9), value);
    (h ^ (h >> 29)) as u32
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

/// The features of one token with the names of their templates: evidence for reviewers.
#[derive(Debug, Default)]
pub(super) struct NamedFeatures(pub(super) Vec<(&'static str, u32)>);

impl Sink for NamedFeatures {
    fn take(&mut self, _hash: u32) {}

    fn add(&mut self, template: u32, value: u64) {
        self.0.push((name_of(template), hash_of(template, value)));
    }
}

/// What a template looks at.
fn name_of(template: u32) -> &'static str {
    match template {
        0 => "bias",
        1 => "word",
        2 | 3 => "shape",
        4 => "name_frequency",
        5 => "word_frequency",
        6 => "place_list",
        7 => "medical_list",
        8 => "list_flags",
        10 | 11 => "prefix",
        13..=15 => "suffix",
        20..=22 | 30 | 32 | 34 => "left_word",
        23..=25 | 31 | 33 | 35 => "right_word",
        26 | 29 => "left_pair",
        27 => "right_pair",
        28 => "around",
        36..=39 | 52 => "gap",
        40..=44 => "pattern",
        45 | 46 => "phrase",
        47..=51 => "cue",
        53..=57 => "line",
        59..=62 => "column",
        63..=75 => "company",
        76 | 77 => "line",
        _ => "document",
    }
}

/// Templates of a neighbour's word, with its distance.
const NEAR_WORDS: [(u32, isize); 6] = [(20, -1), (21, -2), (22, -3), (23, 1), (24, 2), (25, 3)];
/// Templates of a neighbour's cluster, with its distance.
const NEAR_CLUSTERS: [(u32, isize); 4] = [(64, -1), (65, 1), (66, -2), (67, 2)];
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
            0 | 1 | 3..=15 | 63 => WORD,
            20..=25 | 32..=35 | 64..=67 => NEAR,
            2 | 36..=38 | 40 | 52..=54 => PLACE,
            41..=46 => FOUND,
            47..=51 | 58 => CUES,
            _ => REST,
        }
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
        f.add(
            8,
            u64::from(word.flags())
                | u64::from(me.shape / 10) << 16
                | u64::from(scan.known[i].slip) << 24,
        );
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
        f.add(63, me.cluster() | u64::from(me.shape / 10) << 48);
        for (t, d) in NEAR_CLUSTERS {
            f.add(t, at(d).cluster());
        }
        f.add(68, phrase_hash(at(-1).cluster(), me.lexical() << 8 | u64::from(me.shape)));
        f.add(69, phrase_hash(at(1).cluster(), me.lexical() << 8 | u64::from(me.shape)));
        f.add(70, phrase_hash(at(-1).cluster(), me.cluster()));
        f.add(71, phrase_hash(me.cluster(), at(1).cluster()));
        f.add(72, phrase_hash(at(-2).group(), at(-1).group()));
        f.add(73, phrase_hash(at(1).group(), at(2).group()));
        f.add(74, phrase_hash(at(-1).group(), at(1).group()));
        f.add(75, phrase_hash(phrase_hash(at(-1).group(), me.group()), at(1).group()));
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
        if let Some(behind) = line.behind_label(i) {
            let behind = u64::from(behind.min(3));
            f.add(55, phrase_hash(line.label, behind.min(1)));
            f.add(56, phrase_hash(line.label, u64::from(me.shape)));
            f.add(76, phrase_hash(line.label_cluster, behind.min(1)));
            f.add(77, phrase_hash(line.label_cluster, u64::from(me.shape)));
            f.add(57, behind | u64::from(me.shape) << 4 | (me.odds()) << 12);
        }
        if let Some(place) = self.columns.of(i) {
            let shape = u64::from(me.shape);
            let inside = u64::from(place.before) | u64::from(place.words) << 4;
            f.add(59, phrase_hash(place.head, shape));
            f.add(60, phrase_hash(place.head, inside));
            f.add(61, phrase_hash(place.above, shape | inside << 8));
            f.add(62, u64::from(place.made) | shape << 8 | inside << 16);
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
        for (t, _) in NEAR_CLUSTERS.iter().filter(|t| t.1 == d) {
            f.add(*t, atom.cluster());
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
