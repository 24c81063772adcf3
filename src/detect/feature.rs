//! What the tagger sees of a token: about fifty hashed features.
//!
//! No feature looks at the whole of a word that is likely a name, so that a name never seen before
//! scores like one of the training texts.

use super::cue_class::{CueClass, CueSet};
use super::scan::Scan;
use crate::entity::{Candidate, EntityType};
use crate::rules::Word;
use crate::token::{Token, WordMap, phrase_hash, shape, word_hash};

/// At most so many features for a token.
const MAX: usize = 64;

/// The features of one token, as hashes.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    hashes: [u32; MAX],
    len: u8,
}

impl Features {
    fn new() -> Self {
        Self { hashes: [0; MAX], len: 0 }
    }

    fn add(&mut self, template: u32, value: u64) {
        if (self.len as usize) < MAX {
            let h = phrase_hash(u64::from(template).wrapping_mul(0x9e37_79b9), value);
            self.hashes[self.len as usize] = (h ^ (h >> 29)) as u32;
            self.len += 1;
        }
    }

    /// The hashes.
    pub(crate) fn hashes(&self) -> &[u32] {
        &self.hashes[..self.len as usize]
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

/// What surrounds and describes one token, computed once.
#[derive(Clone, Copy, Default)]
struct Atom {
    /// A common word by itself, else shape and name log-odds.
    coarse: u64,
    /// Coarser still.
    lexical: u64,
    cue: CueSet,
    pattern: u8,
    phrase: u8,
    gap_before: u8,
    line: u32,
    odds: i8,
    shape: u8,
}

/// A line of the view.
#[derive(Clone, Copy, Default)]
struct Line {
    first: u32,
    end: u32,
    case: u8,
    /// Hash of the label that the line starts with, 0 for none.
    label: u64,
    /// First token behind the label.
    value: u32,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    capital_inside: u16,
    lower: u16,
    after_title: u16,
}

/// The features of all tokens, given what the patterns propose.
pub(super) fn all(view: &str, scan: &Scan, candidates: &[Candidate]) -> Vec<Features> {
    let (atoms, lines) = atoms(view, scan, candidates);
    let seen = seen(scan, &atoms);
    let doc_case = document_case(scan);
    (0..atoms.len()).map(|i| one(view, scan, &atoms, &lines, &seen, doc_case, i)).collect()
}

/// How much likelier the form is a name than a word, -4 to 4 in factors of ten.
pub(super) fn name_odds(word: Word) -> i8 {
    let name = f32::from(word.given().max(word.surname()));
    if name == 0.0 {
        return if word.is_dictionary() { -4 } else { 0 };
    }
    // A bin is a factor of ten of bearers per million; one token in a hundred is a name.
    let name_zipf = name - 1.0 - 2.0;
    let zipf = |bin: u8| (f32::from(bin) - 1.0) / 2.0;
    let en = if word.is_english() { zipf(word.english()) } else { 0.0 };
    let fr = if word.is_french() { zipf(word.french()) } else { 0.0 };
    (name_zipf - en.max(fr)).round().clamp(-4.0, 4.0) as i8
}

/// True when the word itself may be a feature: common, and hardly a name.
fn may_be_named(word: Word, cue: CueSet) -> bool {
    let common =
        (word.is_english() && word.english() >= 6) || (word.is_french() && word.french() >= 6);
    cue.0 != 0
        || (common && name_odds(word) <= 0)
        || (word.medical() != 0 && word.given().max(word.surname()) < 3)
}

fn shape_class(token: &Token) -> u8 {
    let len = token.len().min(6) as u8;
    if token.has(shape::FOREIGN) {
        return 90;
    }
    if token.is_number() {
        return 10 + len;
    }
    if token.has(shape::DIGIT) {
        return 20
            + u8::from(token.has(shape::UPPER))
            + 2 * u8::from(token.has(shape::FIRST_UPPER));
    }
    if token.is_all_caps() {
        return 30 + len;
    }
    if token.has(shape::FIRST_UPPER) {
        return if token.len() == 1 {
            40
        } else if token.has(shape::INNER_UPPER) {
            41
        } else {
            42
        };
    }
    if token.has(shape::UPPER) { 43 } else { 44 + u8::from(token.len() == 1) }
}

fn atoms(view: &str, scan: &Scan, candidates: &[Candidate]) -> (Vec<Atom>, Vec<Line>) {
    let bytes = view.as_bytes();
    let n = scan.tokens.len();
    let mut atoms = vec![Atom::default(); n];
    let mut lines: Vec<Line> = Vec::new();
    let mut before = 0;
    for (i, (token, word)) in scan.tokens.iter().zip(&scan.words).enumerate() {
        let gap = &bytes[before as usize..token.start as usize];
        before = token.end;
        if lines.is_empty() || gap.contains(&b'\n') {
            if let Some(last) = lines.last_mut() {
                last.end = i as u32;
            }
            lines.push(Line { first: i as u32, end: n as u32, value: i as u32, ..Line::default() });
        }
        let cue = CueSet::of(token.hash);
        let odds = name_odds(*word);
        let shape = shape_class(token);
        let lexical = lexical(*word, cue, odds);
        let coarse = if may_be_named(*word, cue) && token.is_word() {
            token.hash
        } else {
            u64::from(shape) << 16 | lexical & 0xffff | 1 << 40
        };
        atoms[i] = Atom {
            coarse,
            lexical,
            cue,
            gap_before: gap_class(gap),
            line: lines.len() as u32 - 1,
            odds,
            shape,
            ..Atom::default()
        };
    }
    mark_lines(bytes, scan, &mut lines);
    mark_patterns(scan, candidates, &mut atoms);
    for phrase in &scan.phrases {
        for i in phrase.first..phrase.end {
            atoms[i as usize].phrase = (phrase.kind as u8 + 1) * 2 + u8::from(i > phrase.first);
        }
    }
    (atoms, lines)
}

/// A small class of what the word is known as.
fn lexical(word: Word, cue: CueSet, odds: i8) -> u64 {
    let dictionary = u64::from(word.is_english()) | u64::from(word.is_french()) << 1;
    let listed = u64::from(word.given() > 3) | u64::from(word.surname() > 3) << 1;
    let place = u64::from(word.place().min(3));
    let medical = u64::from(word.medical().min(6));
    let unknown = u64::from(word.is_unknown());
    (odds + 4) as u64
        | dictionary << 4
        | listed << 6
        | place << 8
        | medical << 10
        | unknown << 13
        | u64::from(cue.0 != 0) << 14
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
    use EntityType as E;
    match entity {
        E::PersonPatient
        | E::PersonFamily
        | E::PersonProvider
        | E::PersonOther
        | E::Initials
        | E::Username => 2,
        E::Date | E::DateOfBirth | E::Holiday | E::Age90 => 3,
        E::Street
        | E::Unit
        | E::City
        | E::Province
        | E::Country
        | E::PostalCode
        | E::Fsa
        | E::Geocode
        | E::Room => 4,
        E::Phone | E::Fax | E::Email | E::Url | E::IpMac => 5,
        E::Organization | E::Facility => 6,
        E::Profession | E::Ethnicity | E::Biometric => 7,
        E::Sin
        | E::Ssn
        | E::HealthNumber
        | E::Mrn
        | E::Claim
        | E::RxNumber
        | E::Bank
        | E::ProfLicence
        | E::GovId
        | E::Vehicle
        | E::DeviceSerial
        | E::Id => 8,
    }
}

fn seen(scan: &Scan, atoms: &[Atom]) -> WordMap<Seen> {
    let mut seen: WordMap<Seen> = WordMap::default();
    for (i, token) in scan.tokens.iter().enumerate() {
        if !token.is_word() || token.len() < 2 {
            continue;
        }
        let entry = seen.entry(token.hash).or_default();
        if token.has(shape::FIRST_UPPER) {
            let inside =
                atoms[i].gap_before == 1 && i > 0 && !scan.tokens[i - 1].has(shape::FIRST_UPPER);
            entry.capital_inside += u16::from(inside);
            let titled = i > 0
                && (atoms[i - 1].cue.has(CueClass::ProviderTitle)
                    || atoms[i - 1].cue.has(CueClass::CivilTitle));
            entry.after_title += u16::from(titled);
        } else {
            entry.lower += 1;
        }
    }
    seen
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

fn one(
    view: &str,
    scan: &Scan,
    atoms: &[Atom],
    lines: &[Line],
    seen: &WordMap<Seen>,
    doc_case: u64,
    i: usize,
) -> Features {
    const NONE: Atom = Atom {
        coarse: 3,
        lexical: 3,
        cue: CueSet(0),
        pattern: 0,
        phrase: 0,
        gap_before: 3,
        line: u32::MAX,
        odds: 0,
        shape: 0,
    };
    let at = |d: isize| i.checked_add_signed(d).and_then(|k| atoms.get(k)).copied().unwrap_or(NONE);
    let (me, token, word) = (at(0), &scan.tokens[i], scan.words[i]);
    let mut f = Features::new();
    let line = &lines[me.line as usize];
    let line_case = u64::from(line.case);
    f.add(0, 0);
    f.add(1, me.coarse);
    // Shape and name odds, by the case that surrounds them.
    f.add(2, u64::from(me.shape) | ((me.odds + 4) as u64) << 8 | line_case << 16 | doc_case << 20);
    f.add(3, u64::from(me.shape) | me.lexical << 8);
    f.add(
        4,
        u64::from(word.given()) | u64::from(word.surname()) << 4 | u64::from(me.shape >= 40) << 8,
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
        u64::from(word.place()) | u64::from(me.shape) << 4 | u64::from(word.is_dictionary()) << 12,
    );
    f.add(
        7,
        u64::from(word.medical())
            | u64::from(word.medical_terms()) << 4
            | u64::from(me.shape >= 40) << 8,
    );
    f.add(8, u64::from(word.flags()) | u64::from(me.shape / 10) << 16);
    affixes(view, token, me, &mut f);
    for (t, d) in [(20, -1), (21, -2), (22, -3), (23, 1), (24, 2), (25, 3)] {
        f.add(t, at(d).coarse);
    }
    f.add(26, phrase_hash(at(-2).coarse, at(-1).coarse));
    f.add(27, phrase_hash(at(1).coarse, at(2).coarse));
    f.add(28, phrase_hash(at(-1).coarse, at(1).coarse));
    f.add(29, phrase_hash(phrase_hash(at(-3).coarse, at(-2).coarse), at(-1).coarse));
    f.add(30, phrase_hash(at(-1).coarse, me.coarse));
    f.add(31, phrase_hash(me.coarse, at(1).coarse));
    for (t, d) in [(32, -1), (33, 1), (34, -2), (35, 2)] {
        f.add(t, at(d).lexical | u64::from(at(d).shape) << 16);
    }
    let gap_after = at(1).gap_before;
    f.add(
        36,
        u64::from(me.gap_before) | u64::from(gap_after) << 8 | u64::from(me.shape / 10) << 16,
    );
    f.add(37, u64::from(me.gap_before) | u64::from(me.shape) << 8 | ((me.odds + 4) as u64) << 16);
    f.add(38, u64::from(gap_after) | u64::from(me.shape) << 8 | ((me.odds + 4) as u64) << 16);
    f.add(39, phrase_hash(at(-1).coarse, u64::from(me.gap_before) | u64::from(me.shape / 10) << 8));
    f.add(40, u64::from(me.pattern) | u64::from(me.shape) << 8);
    for (t, d) in [(41, -1), (42, 1), (43, -2), (44, 2)] {
        f.add(t, u64::from(at(d).pattern) | u64::from(me.shape / 10) << 8);
    }
    f.add(45, u64::from(me.phrase) | u64::from(me.shape / 10) << 8);
    f.add(46, u64::from(at(-1).phrase) | u64::from(at(1).phrase) << 8 | u64::from(me.phrase) << 16);
    cues(&at, me, &mut f);
    let sentence_start = matches!(me.gap_before, 2..=4)
        || me.gap_before >= 100
        || [b'.', b'!', b'?'].iter().any(|b| me.gap_before == 10 + b % 100);
    f.add(52, u64::from(sentence_start) | u64::from(me.shape) << 1 | ((me.odds + 4) as u64) << 9);
    let from_start = (i as u32 - line.first).min(4);
    let to_end = (line.end - 1 - i as u32).min(3);
    f.add(53, u64::from(from_start) | u64::from(to_end) << 4 | u64::from(me.shape / 10) << 8);
    f.add(
        54,
        u64::from((line.end - line.first).min(8)) | line_case << 4 | u64::from(me.shape) << 8,
    );
    if line.label != 0 && i as u32 >= line.value {
        let behind = u64::from((i as u32 - line.value).min(3));
        f.add(55, phrase_hash(line.label, behind.min(1)));
        f.add(56, phrase_hash(line.label, u64::from(me.shape)));
        f.add(57, behind | u64::from(me.shape) << 4 | ((me.odds + 4) as u64) << 12);
    }
    let s = seen.get(&token.hash).copied().unwrap_or_default();
    f.add(
        58,
        u64::from(s.capital_inside.min(2))
            | u64::from(s.lower.min(2)) << 2
            | u64::from(s.after_title.min(1)) << 4
            | u64::from(me.shape / 10) << 5
            | ((me.odds + 4) as u64) << 12,
    );
    f
}

fn affixes(view: &str, token: &Token, me: Atom, f: &mut Features) {
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

/// Nearest words of each class: five to the left, three to the right.
fn cues(at: &dyn Fn(isize) -> Atom, me: Atom, f: &mut Features) {
    let mut left = 0u64;
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
        let near = (1..=5).find(|&d| at(-d).cue.has(class));
        let step = match near {
            None => 0,
            Some(1) => 1,
            Some(2) => 2,
            Some(_) => 3,
        };
        left |= step << (2 * k);
    }
    f.add(47, left | u64::from(me.shape) << 20);
    let titled = (1..=3)
        .find(|&d| at(-d).cue.has(CueClass::ProviderTitle) || at(-d).cue.has(CueClass::CivilTitle));
    f.add(48, titled.unwrap_or(0) as u64 | u64::from(me.shape) << 4 | ((me.odds + 4) as u64) << 12);
    let credential = (1..=3).find(|&d| at(d).cue.has(CueClass::Credential));
    f.add(49, credential.unwrap_or(0) as u64 | u64::from(me.shape) << 4);
    let head = (0..=3).find(|&d| at(d).cue.has(CueClass::OrgHead));
    let head_before = (1..=3).find(|&d| at(-d).cue.has(CueClass::OrgHead));
    f.add(
        50,
        head.map_or(0, |d| d as u64 + 1)
            | head_before.unwrap_or(0) as u64 * 8
            | u64::from(me.shape) << 6,
    );
    let month = (-2..=2).find(|&d| at(d).cue.has(CueClass::Month));
    let street = (-3..=3).find(|&d| at(d).cue.has(CueClass::StreetWord));
    f.add(
        51,
        month.map_or(0, |d| (d + 3) as u64)
            | street.map_or(0, |d| (d + 4) as u64) << 3
            | u64::from(me.shape) << 8,
    );
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
