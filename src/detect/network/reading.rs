//! Asking the network: only what the tokens that are asked for depend on is reckoned.

use super::super::class::CLASSES;
use super::super::feature::{Sink, is_own};
use super::super::scan::Scan;
use super::super::surroundings::Surroundings;
use super::{
    APART, EMBED, Embedded, HIDDEN, HIDDEN_ONE, Hidden, LAYERS, MOST, Network, Parts, row_of,
};

/// Sums what the features of a token say.
struct Summed<'n> {
    network: &'n Network,
    sum: Embedded,
}

impl Sink for Summed<'_> {
    #[inline]
    fn wants(template: u32) -> bool {
        is_own(template)
    }

    #[inline]
    fn take(&mut self, hash: u32) {
        self.network.add(row_of(hash), &mut self.sum);
    }
}

/// The rows that the features of a token fall on.
#[derive(Debug, Default)]
pub(in crate::detect) struct Rows(pub(in crate::detect) Vec<u16>);

impl Sink for Rows {
    fn wants(template: u32) -> bool {
        is_own(template)
    }

    fn take(&mut self, hash: u32) {
        self.0.push(row_of(hash) as u16);
    }
}

/// What the network makes of a document; its buffers are reused.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    block: Block,
    /// The logarithm of the probability of each class for each token that was asked for.
    pub(crate) said: Vec<[f32; CLASSES]>,
}

impl Reading {
    /// Says nothing of so many tokens.
    pub(in crate::detect) fn forget(&mut self, tokens: usize) {
        self.said.clear();
        self.said.resize(tokens, [0.0; CLASSES]);
    }

    /// Asks for the tokens of a document that are `wanted`; nothing is said of others.
    pub(in crate::detect) fn read(
        &mut self,
        network: &Network,
        surroundings: &Surroundings,
        (view, scan): (&str, &Scan),
        wanted: impl Iterator<Item = bool>,
    ) {
        self.read_sums(network, wanted, |token| {
            let mut features = Summed { network, sum: [0; EMBED] };
            surroundings.features(view, scan, token, &mut features);
            features.sum
        });
    }

    /// The same, given the sum of the rows of each token.
    pub(crate) fn read_sums(
        &mut self,
        network: &Network,
        wanted: impl Iterator<Item = bool>,
        sum_of: impl Fn(usize) -> Embedded,
    ) {
        let wanted: Vec<bool> = wanted.collect();
        self.forget(wanted.len());
        for start in (0..wanted.len()).step_by(BLOCK) {
            let end = wanted.len().min(start + BLOCK);
            // With all that its tokens look at.
            let (first, last) = (start.saturating_sub(REACH), wanted.len().min(end + REACH));
            let asked = (first..last).map(|i| wanted[i] && (start..end).contains(&i));
            self.block.read(network, asked, |i| sum_of(first + i));
            self.block.answer(network, &mut self.said[first..last]);
        }
    }
}

/// Tokens that are read together: more would not stay near the processor.
const BLOCK: usize = 1 << 10;
/// How far a token looks to either side.
const REACH: usize = {
    let (mut reach, mut layer) = (0, 0);
    while layer < LAYERS {
        reach += APART[layer];
        layer += 1;
    }
    reach
};

/// The numbers of some tokens that stand in a row.
#[derive(Debug, Default)]
struct Block {
    embedded: Vec<Embedded>,
    hidden: Vec<Hidden>,
    made: Vec<Hidden>,
    /// Whose numbers each layer needs: of the last, those that are asked for.
    needed: [Vec<bool>; LAYERS],
    /// Who must be embedded.
    own: Vec<bool>,
}

impl Block {
    fn read(
        &mut self,
        network: &Network,
        asked: impl Iterator<Item = bool>,
        sum_of: impl Fn(usize) -> Embedded,
    ) {
        let Self { embedded, hidden, made, needed, own } = self;
        let [.., last] = &mut *needed;
        last.clear();
        last.extend(asked);
        let n = last.len();
        for layer in (1..LAYERS).rev() {
            let [below, above] = &mut needed[layer - 1..=layer] else { continue };
            spread(above, APART[layer], below);
        }
        spread(&needed[0], APART[0], own);
        embedded.clear();
        let embed = |(i, own): (usize, &bool)| {
            if *own { network.embed(&sum_of(i)) } else { [0; EMBED] }
        };
        embedded.extend(own.iter().enumerate().map(embed));
        let Parts { first, others, bias, .. } = &network.parts;
        hidden.resize(n, [0; HIDDEN]);
        made.resize(n, [0; HIDDEN]);
        for i in (0..n).filter(|i| needed[0][*i]) {
            hidden[i] = bent(first.sums(&around(embedded, i, APART[0])), &bias[0]);
        }
        for (layer, l) in others.iter().zip(1..) {
            for i in (0..n).filter(|i| needed[l][*i]) {
                let more = bent(layer.sums(&around(hidden, i, APART[l])), &bias[l]);
                made[i] = std::array::from_fn(|k| (hidden[i][k] + more[k]).min(MOST as i16));
            }
            std::mem::swap(hidden, made);
        }
    }

    /// Says what was asked for.
    fn answer(&self, network: &Network, said: &mut [[f32; CLASSES]]) {
        let Parts { of_hidden, of_embedded, of_none, .. } = &network.parts;
        let asked = self.needed[LAYERS - 1].iter().enumerate().filter(|(_, asked)| **asked);
        for (i, _) in asked {
            let (h, e) = (of_hidden.sums(&self.hidden[i]), of_embedded.sums(&self.embedded[i]));
            let (h, e) = (h.as_flattened(), e.as_flattened());
            said[i] = logarithms(std::array::from_fn(|c| of_none[c] + h[c] + e[c]));
        }
    }
}

/// The numbers of a token between those of its neighbours so far away, which are 0 beyond either
/// end.
#[inline]
fn around<const N: usize, const THREE: usize>(
    tokens: &[[i16; N]],
    i: usize,
    apart: usize,
) -> [i16; THREE] {
    let mut three = [0; THREE];
    let places = [i.checked_sub(apart), Some(i), i.checked_add(apart)];
    for (out, at) in three.chunks_exact_mut(N).zip(places) {
        if let Some(numbers) = at.and_then(|at| tokens.get(at)) {
            out.copy_from_slice(numbers);
        }
    }
    three
}

/// Sums as the next layer takes them: none is below 0.
#[inline]
fn bent(sums: [[f32; 4]; HIDDEN / 4], bias: &[f32; HIDDEN]) -> Hidden {
    let sums = sums.as_flattened();
    std::array::from_fn(|k| {
        let sum = (sums[k] + bias[k]).max(0.0);
        ((sum * HIDDEN_ONE + 0.5) as i32).min(MOST) as i16
    })
}

/// Marks what is marked and both neighbours so far away.
fn spread(marks: &[bool], apart: usize, out: &mut Vec<bool>) {
    out.clear();
    out.extend_from_slice(marks);
    for (out, mark) in out.iter_mut().zip(marks.iter().skip(apart)) {
        *out |= mark;
    }
    for (out, mark) in out.iter_mut().skip(apart).zip(marks) {
        *out |= mark;
    }
}

/// Scores as logarithms of probabilities.
fn logarithms(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let most = scores.into_iter().fold(f32::MIN, f32::max);
    let sum: f32 = scores.iter().map(|s| (s - most).exp()).sum();
    let sum = most + sum.ln();
    scores.map(|s| s - sum)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{chance, network};
    use super::*;

    /// More than are read together.
    const N: usize = BLOCK + 60;

    #[test]
    fn a_token_gets_the_answer_that_it_gets_when_all_are_asked_for() {
        let network = network();
        let mut below = chance();
        let sums: Vec<Embedded> =
            (0..N).map(|_| std::array::from_fn(|_| below(400) as i16 - 200)).collect();
        let (mut all, mut some) = (Reading::default(), Reading::default());
        all.read_sums(&network, sums.iter().map(|_| true), |token| sums[token]);
        assert!(all.said.iter().all(|said| {
            let sum: f32 = said.iter().map(|s| s.exp()).sum();
            (sum - 1.0).abs() < 1e-4
        }));
        assert!(all.said.windows(2).all(|two| two[0] != two[1]));
        for every in [1, 3, 7, 40, 89, 2000] {
            let wanted = |token: usize| token % every == every / 2;
            some.read_sums(&network, (0..N).map(wanted), |token| sums[token]);
            for token in (0..N).filter(|token| wanted(*token)) {
                assert_eq!(some.said[token], all.said[token], "{token}");
            }
        }
        // The same tokens, cut into other blocks.
        some.read_sums(&network, (500..N).map(|_| true), |token| sums[500 + token]);
        assert_eq!(some.said[REACH..], all.said[500 + REACH..]);
        assert_ne!(some.said[0], all.said[500]);
        some.read_sums(&network, std::iter::empty(), |token| sums[token]);
        assert!(some.said.is_empty());
    }
}
