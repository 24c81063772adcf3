//! Parts: features that depend on the same few things, so that the sum of their weights can be
//! remembered.

#![expect(clippy::inline_always, reason = "features that a sink does not want must cost nothing")]

use super::super::scan::Scan;
use super::super::surroundings::{Atom, PAD, Surroundings};
use super::cue::Cues;

/// The word alone.
pub(in crate::detect) const WORD: u8 = 0;
/// A word nearby.
pub(in crate::detect) const NEAR: u8 = 1;
/// Shape, gaps, and the place in the line.
pub(in crate::detect) const PLACE: u8 = 2;
/// Patterns and phrases around.
pub(in crate::detect) const FOUND: u8 = 3;
/// Cues around, and how the word is written elsewhere.
pub(in crate::detect) const CUES: u8 = 4;
/// All else.
pub(in crate::detect) const REST: u8 = 5;

/// The part that a template belongs to.
#[inline(always)]
pub(in crate::detect) const fn of(template: u32) -> u8 {
    match template {
        0 | 1 | 3..=15 | 63 => WORD,
        20..=25 | 32..=35 | 64..=67 => NEAR,
        2 | 36..=38 | 40 | 52..=54 => PLACE,
        41..=46 => FOUND,
        47..=51 | 58 => CUES,
        _ => REST,
    }
}

/// Whether a template looks at the token, its cues, label, column and place, not at the words beside
/// it: those the network sees by itself.
#[inline(always)]
pub(in crate::detect) const fn is_own(template: u32) -> bool {
    matches!(template, 1..=15 | 36..=38 | 40 | 45 | 47..=63 | 76 | 77)
}

impl Surroundings {
    /// All that the features of [`PLACE`], [`FOUND`] and [`CUES`] of token `i`
    /// depend on, in full and never 0: equal keys, equal features.
    #[inline]
    pub(in crate::detect) fn keys(&self, scan: &Scan, i: usize) -> [u64; 3] {
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
