//! What the tagger sees of a token: 60 to 75 hashed features.
//!
//! No feature looks at the whole of a word that is likely a name, nor at the company that it keeps
//! (`Known::company`), so that a name never seen before scores like one of the training texts.

mod sink;
mod cue;
pub(super) mod part;

pub(super) use part::is_own;
pub(crate) use sink::Features;
pub(super) use sink::{NamedFeatures, Sink};

use super::scan::Scan;
use super::surroundings::{Atom, PAD, Surroundings};
use crate::token::{Token, phrase_hash, shape, word_hash};

/// Templates of a neighbour's word, with its distance.
const NEAR_WORDS: [(u32, isize); 6] = [(20, -1), (21, -2), (22, -3), (23, 1), (24, 2), (25, 3)];
/// Templates of a neighbour's cluster, with its distance.
const NEAR_CLUSTERS: [(u32, isize); 4] = [(64, -1), (65, 1), (66, -2), (67, 2)];
/// Templates of what a neighbour is known as, with its distance.
const NEAR_KINDS: [(u32, isize); 4] = [(32, -1), (33, 1), (34, -2), (35, 2)];

impl Surroundings {
    /// Hands the features of token `i` to `f`. A template of a part that is remembered looks only at
    /// what the part's key holds (`feature/part.rs`).
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
        cue::features(around, f);
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
