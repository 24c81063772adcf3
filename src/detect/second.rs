//! The second reading: what the chain found likely, read again with what it found around.
//!
//! The chain sums what speaks for and against each token; it cannot say that a likely word beside a
//! sure name is worth more than the same word alone, nor how much surer it must be of a bare `PT`
//! than of a capitalised unknown word. Trees over the probabilities of a token, of its
//! neighbours and of the same word elsewhere, over what the network says of them, and over what lists
//! and layout say of it, learn that.

use super::class::CLASSES;
use super::peers::{PEERS, Peers};
use super::scan::Scan;
use super::surroundings::{PAD, Surroundings};
use crate::token::WordMap;

/// Tokens less likely than this are not read again: they are no identifiers.
pub(crate) const LIKELY: f32 = 0.001;

/// Values of a token.
pub(crate) const VALUES: usize =
    CLASSES + OWN + NEIGHBOURS.len() * (CLASSES + 1) + WHOLE + PEERS + NETWORK;
/// Those that lists and layout say.
const OWN: usize = 35;
/// Those of the word and of the whole text.
const WHOLE: usize = 5;
/// Those that the network says.
const NETWORK: usize = CLASSES + NEIGHBOURS.len();
/// Whose probabilities are read, too.
const NEIGHBOURS: [isize; 4] = [-1, 1, -2, 2];

/// All that is known of a token for the second reading.
pub(crate) type Values = [f32; VALUES];

/// How likely a word is in the whole text.
#[derive(Clone, Copy, Debug, Default)]
struct Elsewhere {
    best: f32,
    second: f32,
    count: u16,
}

/// A text as the second reading sees it.
pub(super) struct Second<'t> {
    scan: &'t Scan,
    surroundings: &'t Surroundings,
    /// The chain's probabilities.
    marginal: &'t [[f32; CLASSES]],
    /// The logarithms of the network's.
    network: &'t [[f32; CLASSES]],
    words: WordMap<Elsewhere>,
    peers: Peers<'t>,
    /// Mean probability of being an identifier.
    mean: f32,
}

impl<'t> Second<'t> {
    /// The text, with what is true of all of it.
    pub(super) fn new(
        scan: &'t Scan,
        surroundings: &'t Surroundings,
        marginal: &'t [[f32; CLASSES]],
        network: &'t [[f32; CLASSES]],
    ) -> Self {
        let (mut words, mut sum) = (WordMap::<Elsewhere>::default(), 0.0);
        for (token, p) in scan.tokens.iter().zip(marginal) {
            let likely = likely(p);
            sum += likely;
            if likely < LIKELY {
                continue;
            }
            let word = words.entry(token.hash).or_default();
            word.count += 1;
            if likely > word.best {
                (word.best, word.second) = (likely, word.best);
            } else {
                word.second = word.second.max(likely);
            }
        }
        let peers = Peers::new(surroundings, marginal.iter().map(likely));
        let mean = sum / marginal.len().max(1) as f32;
        Self { scan, surroundings, marginal, network, words, peers, mean }
    }

    /// The values of token `i`; `None` when it is too unlikely.
    pub(super) fn values(&self, i: usize) -> Option<Values> {
        let me = likely(&self.marginal[i]);
        if me < LIKELY {
            return None;
        }
        let mut values = [0.0; VALUES];
        let (own, rest) = values.split_at_mut(CLASSES + OWN);
        own[..CLASSES].copy_from_slice(&self.marginal[i]);
        own[CLASSES..].copy_from_slice(&self.own(i));
        let (near, rest) = rest.split_at_mut(NEIGHBOURS.len() * (CLASSES + 1));
        let (whole, rest) = rest.split_at_mut(WHOLE);
        let (peers, network) = rest.split_at_mut(PEERS);
        for (d, near) in NEIGHBOURS.iter().zip(near.chunks_exact_mut(CLASSES + 1)) {
            let at = i.wrapping_add_signed(*d);
            if let Some(marginal) = self.marginal.get(at) {
                near[..CLASSES].copy_from_slice(marginal);
                near[CLASSES] = f32::from(self.surroundings.atoms[PAD + at].pattern);
            }
        }
        let word = self.words.get(&self.scan.tokens[i].hash).copied().unwrap_or_default();
        let tokens = self.scan.tokens.len() as f32;
        whole.copy_from_slice(&[
            if me < word.best { word.best } else { word.second },
            f32::from(word.count),
            self.mean,
            tokens,
            i as f32 / tokens,
        ]);
        peers.copy_from_slice(&self.peers.values(i, me));
        let (own, near) = network.split_at_mut(CLASSES);
        own.copy_from_slice(&self.network[i]);
        for (d, near) in NEIGHBOURS.iter().zip(near) {
            let at = self.network.get(i.wrapping_add_signed(*d));
            *near = at.map_or(0.0, |said| 1.0 - said[CLASSES - 1].exp());
        }
        Some(values)
    }

    /// What lists and layout say.
    fn own(&self, i: usize) -> [f32; OWN] {
        let (token, word) = (&self.scan.tokens[i], self.scan.words[i]);
        let (me, next) = (&self.surroundings.atoms[PAD + i], &self.surroundings.atoms[PAD + i + 1]);
        let line = &self.surroundings.lines[me.line as usize];
        let (from_start, to_end, words) = line.place(i);
        let seen = self.surroundings.seen.get(&token.hash).copied().unwrap_or_default();
        let (numbers, short) = self.surroundings.columns.shares(i);
        let flag = |is: bool| f32::from(u8::from(is));
        [
            f32::from(me.shape),
            f32::from(me.odds),
            f32::from(word.given()),
            f32::from(word.surname()),
            f32::from(word.english()),
            f32::from(word.french()),
            flag(word.is_english()),
            flag(word.is_french()),
            f32::from(word.medical()),
            f32::from(word.medical_terms()),
            f32::from(word.place()),
            flag(word.is_abbreviation()),
            flag(word.is_profession()),
            flag(word.is_facility_word()),
            flag(word.is_eponym()),
            flag(word.is_of_clinic()),
            flag(word.is_unknown()),
            flag(self.scan.known[i].slip),
            f32::from(me.pattern),
            f32::from(me.phrase),
            f32::from(me.gap_before),
            f32::from(next.gap_before),
            f32::from(line.case),
            self.surroundings.case as f32,
            from_start as f32,
            to_end as f32,
            words as f32,
            flag(line.label != 0) + flag(line.behind_label(i).is_some()),
            f32::from(seen.capital_inside.min(3)),
            f32::from(seen.lower.min(3)),
            f32::from(seen.after_title.min(1)),
            token.len() as f32,
            flag(self.surroundings.columns.of(i).is_some()),
            f32::from(numbers),
            f32::from(short),
        ]
    }
}

/// Which tokens the network is asked about: those that are likely enough and those beside them.
pub(super) fn asked(marginal: &[[f32; CLASSES]]) -> impl Iterator<Item = bool> {
    let may = |at: Option<&[f32; CLASSES]>| at.is_some_and(|p| likely(p) >= LIKELY);
    (0..marginal.len()).map(move |i| {
        let beside = NEIGHBOURS.iter().any(|d| may(marginal.get(i.wrapping_add_signed(*d))));
        beside || may(Some(&marginal[i]))
    })
}

/// How likely a token is an identifier of any class, given the chain's probabilities.
pub(super) fn likely(p: &[f32; CLASSES]) -> f32 {
    1.0 - p[CLASSES - 1]
}
