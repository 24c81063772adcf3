//! Sums of the weights of a token's features, remembered in parts.
//!
//! Most features depend on one word, or on a few small things such as shape and gap. Weights are
//! whole numbers, and sums of them do not depend on the order or on how they are grouped; so the
//! sum of such a part is taken once and remembered under all that it depends on. A part is found
//! by the whole key, not by a hash of it: what is remembered is what would be computed. Words are
//! told apart by their 64-bit hash and shape, as everywhere. It holds hashes and sums, no text.

#![expect(clippy::inline_always, reason = "features that a sink does not want must cost nothing")]

use super::feature::{Sink, part};
use super::model::Model;
use super::scan::Scan;
use super::surroundings::Surroundings;
use super::table::{Sum, Table};

/// Words remembered: 1 MB.
const WORDS: usize = 1 << 13;
/// Keys remembered for each part: 128 KB each.
const KEYS: usize = 1 << 12;
/// Distances at which a word is a feature of its neighbour.
const NEAR: [isize; 6] = [-1, -2, -3, 1, 2, 3];

/// What a word says of itself, and of its neighbours at the distances of [`NEAR`] from it.
#[derive(Clone, Copy, Debug, Default)]
struct WordSums {
    hash: u64,
    shape: u8,
    own: Sum,
    near: [Sum; NEAR.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct KeySum {
    key: u64,
    sum: Sum,
}

/// What a worker remembers of sums.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// The model whose sums they are.
    model: u64,
    words: Vec<WordSums>,
    keys: [Vec<KeySum>; 3],
    /// For each token of the document what its neighbours and itself say as words.
    tokens: Vec<Sum>,
}

/// Takes features of one part only, and looks them up together: the look-ups wait for memory, and so
/// they wait at the same time.
struct PartSum<'m, const PART: u8> {
    table: &'m Table,
    sum: Sum,
    hashes: [u32; TOGETHER],
    len: usize,
}

/// Features that are looked up together: all that a token has of a part.
const TOGETHER: usize = 32;

impl<const PART: u8> Sink for PartSum<'_, PART> {
    #[inline(always)]
    fn wants(template: u32) -> bool {
        part::of(template) == PART
    }

    #[inline(always)]
    fn take(&mut self, hash: u32) {
        if self.len == TOGETHER {
            self.look_up();
        }
        self.hashes[self.len] = hash;
        self.len += 1;
    }
}

impl<'m, const PART: u8> PartSum<'m, PART> {
    fn new(table: &'m Table) -> Self {
        Self { table, sum: Sum::default(), hashes: [0; TOGETHER], len: 0 }
    }

    fn look_up(&mut self) {
        let mut kept = 0;
        // Without a branch: whether a feature is kept cannot be foreseen.
        for i in 0..self.len {
            let hash = self.hashes[i];
            self.hashes[kept] = hash;
            kept += usize::from(self.table.may_hold(hash));
        }
        self.table.add_kept(&mut self.hashes[..kept], &mut self.sum);
        self.len = 0;
    }

    /// The sum of all features that were taken.
    fn whole(mut self) -> Sum {
        self.look_up();
        self.sum
    }
}

/// A document, with what its features are computed from.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) model: &'t Model,
    pub(super) surroundings: &'t Surroundings,
    pub(super) view: &'t str,
    pub(super) scan: &'t Scan,
}

impl Text<'_> {
    #[inline]
    fn part<const PART: u8>(self, i: usize) -> Sum {
        let mut part = PartSum::<PART>::new(&self.model.table);
        self.surroundings.features(self.view, self.scan, i, &mut part);
        part.whole()
    }

    fn near(self, i: isize, d: isize) -> Sum {
        let mut part = PartSum::<{ part::NEAR }>::new(&self.model.table);
        self.surroundings.near(i, d, &mut part);
        part.whole()
    }
}

impl Sums {
    /// Reads the words of a document; before [`Sums::of`].
    pub(super) fn read(&mut self, text: Text<'_>) {
        if self.model != text.model.number {
            self.model = text.model.number;
            self.words = vec![WordSums::default(); WORDS];
            self.keys = std::array::from_fn(|_| vec![KeySum::default(); KEYS]);
        }
        let n = text.scan.tokens.len();
        self.tokens.clear();
        self.tokens.resize(n, Sum::default());
        for (i, token) in text.scan.tokens.iter().enumerate() {
            let at = ((token.hash >> 20) as usize % WORDS) ^ token.shape as usize;
            let word = &mut self.words[at];
            if word.hash != token.hash || word.shape != token.shape {
                let near = NEAR.map(|d| text.near(i as isize, d));
                let own = text.part::<{ part::WORD }>(i);
                *word = WordSums { hash: token.hash, shape: token.shape, own, near };
            }
            add(&mut self.tokens[i], &word.own);
            for (d, sum) in NEAR.iter().zip(&word.near) {
                // The neighbour that has this word at `d` stands at `i - d`.
                if let Some(neighbour) = self.tokens.get_mut(i.wrapping_add_signed(-d)) {
                    add(neighbour, sum);
                }
            }
        }
        // Beyond either end stands nothing, which is a feature, too.
        for d in NEAR {
            let outside = text.near(-1, d);
            for token in 0..n.min(3) {
                let token = if d < 0 { token } else { n - 1 - token };
                if token.checked_add_signed(d).is_none_or(|at| at >= n) {
                    add(&mut self.tokens[token], &outside);
                }
            }
        }
    }

    /// What all features of token `i` say.
    #[inline]
    pub(super) fn of(&mut self, text: Text<'_>, i: usize) -> Sum {
        let mut sum = self.tokens[i];
        add(&mut sum, &text.part::<{ part::REST }>(i));
        let [place, found, cues] = text.surroundings.keys(text.scan, i);
        let [places, founds, all_cues] = &mut self.keys;
        add(&mut sum, remembered(places, place, || text.part::<{ part::PLACE }>(i)));
        add(&mut sum, remembered(founds, found, || text.part::<{ part::FOUND }>(i)));
        add(&mut sum, remembered(all_cues, cues, || text.part::<{ part::CUES }>(i)));
        sum
    }
}

#[inline]
fn remembered(keys: &mut [KeySum], key: u64, sum: impl FnOnce() -> Sum) -> &Sum {
    let at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % KEYS;
    let slot = &mut keys[at];
    if slot.key != key {
        *slot = KeySum { key, sum: sum() };
    }
    &slot.sum
}

#[inline(always)]
fn add(sum: &mut Sum, part: &Sum) {
    for (s, p) in sum.iter_mut().zip(part) {
        *s += p;
    }
}

#[cfg(test)]
mod tests {
    use super::super::feature::Features;
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::{RuleSet, embedded};

    #[test]
    fn parts_sum_to_the_whole_for_every_token() {
        let rules = RuleSet::embedded().unwrap();
        let files = embedded();
        let model = Model::from_bytes(files.model(), files.network()).unwrap();
        let mut scratch = Scratch::new(&rules);
        let mut sums = Sums::default();
        let texts = [
            "Dr. Maureen O'Brien, MD\nName: Jane Blackwood\nSeen 3/4/2021 by her sister in Kenora, ON.\n",
            "one",
            "two words",
            "Patiente de 54 ans, soeur de Luc Tremblay: douleur L4-L5, 7/10; 12 rue Principale, La Sarre",
            "",
        ];
        let mut telling = 0;
        for text in texts.iter().cycle().take(2 * texts.len()) {
            let mut surroundings = Surroundings::default();
            scratch.scan.read(text, &rules);
            surroundings.read(text, &scratch.scan, &[]);
            let text = Text {
                model: &model,
                surroundings: &surroundings,
                view: text,
                scan: &scratch.scan,
            };
            sums.read(text);
            for i in 0..scratch.scan.tokens.len() {
                let mut features = Features::none();
                surroundings.features(text.view, text.scan, i, &mut features);
                let mut whole = Sum::default();
                for &hash in features.hashes() {
                    model.table.add(hash, &mut whole);
                }
                telling += usize::from(whole != Sum::default());
                assert_eq!(sums.of(text, i), whole, "token {i}");
            }
        }
        assert!(telling > 60, "{telling}");
    }
}
