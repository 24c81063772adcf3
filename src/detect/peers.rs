//! Tokens of a text that stand and look alike: what the chain says of the others says something of
//! each.
//!
//! `3/30` alone may be a score; in a note that writes its dates so it is a date. Letters in a column
//! of initials are initials, and what stands behind one `Given by:` is what stands behind the next.

use super::surroundings::{PAD, Surroundings};
use crate::token::{WordMap, phrase_hash};

/// Values that a token has from its peers.
pub(super) const PEERS: usize = 3 * KINDS;
/// Ways to be alike: form, column, label.
const KINDS: usize = 3;

/// Tokens that are alike in one way.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    count: u32,
    sum: f32,
    best: f32,
    second: f32,
}

impl Group {
    fn add(&mut self, likely: f32) {
        self.count += 1;
        self.sum += likely;
        if likely > self.best {
            (self.best, self.second) = (likely, self.best);
        } else {
            self.second = self.second.max(likely);
        }
    }

    /// How many others there are, how likely they are in the mean, and the likeliest of them.
    fn others(&self, me: f32) -> [f32; 3] {
        let others = self.count.saturating_sub(1);
        let best = if me < self.best { self.best } else { self.second };
        [others.min(50) as f32, (self.sum - me).max(0.0) / others.max(1) as f32, best]
    }
}

/// The groups of a text.
#[derive(Debug)]
pub(super) struct Peers<'t> {
    surroundings: &'t Surroundings,
    groups: WordMap<Group>,
}

impl<'t> Peers<'t> {
    /// The groups of the tokens that are so likely each.
    pub(super) fn new(surroundings: &'t Surroundings, likely: impl Iterator<Item = f32>) -> Self {
        let mut peers = Self { surroundings, groups: WordMap::default() };
        for (i, likely) in likely.enumerate() {
            for key in peers.keys(i).into_iter().flatten() {
                peers.groups.entry(key).or_default().add(likely);
            }
        }
        peers
    }

    /// What the peers of token `i`, which is so likely itself, say of it.
    pub(super) fn values(&self, i: usize, me: f32) -> [f32; PEERS] {
        let mut values = [0.0; PEERS];
        for (key, values) in self.keys(i).into_iter().zip(values.chunks_exact_mut(3)) {
            if let Some(group) = key.and_then(|key| self.groups.get(&key)) {
                values.copy_from_slice(&group.others(me));
            }
        }
        values
    }

    /// The groups of a token: by shape and gaps, by column and place in its cell, by the label of
    /// its line and the distance from it.
    fn keys(&self, i: usize) -> [Option<u64>; KINDS] {
        let (me, next) = (&self.surroundings.atoms[PAD + i], &self.surroundings.atoms[PAD + i + 1]);
        // Numbers of any length are alike.
        let shape = if me.shape / 10 == 1 { 10 } else { me.shape };
        let gaps = u64::from(me.gap_before) << 8 | u64::from(next.gap_before) << 16;
        let line = &self.surroundings.lines[me.line as usize];
        let labelled = line.label != 0 && i as u32 >= line.value;
        let column = self.surroundings.columns.of(i);
        [
            Some(phrase_hash(1, u64::from(shape) | gaps)),
            column.map(|p| phrase_hash(2, u64::from(p.column) << 8 | u64::from(p.before))),
            labelled
                .then(|| phrase_hash(line.label, (i as u64 - u64::from(line.value)).min(3) + 3)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    #[test]
    fn what_stands_and_looks_alike_speaks_for_each() {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        let text = "seen 3/30, pain 7/10, seen 4/2 again\nBy: TS\nBy: LK\n\
                    a | b | c\nx | y | QQ\nx | y | RR\n";
        scratch.scan.read(text, &rules);
        let mut surroundings = Surroundings::default();
        surroundings.read(text, &scratch.scan, &[]);
        let tokens = &scratch.scan.tokens;
        let at = |word: &str| tokens.iter().position(|t| t.text(text) == word).unwrap();
        let likely = |i: usize| match tokens[i].text(text) {
            "4" | "TS" | "QQ" => 0.8,
            _ => 0.1,
        };
        let peers = Peers::new(&surroundings, (0..tokens.len()).map(likely));
        let values = |word: &str| peers.values(at(word), likely(at(word)));
        // Two more pairs stand behind a space and before a slash, one of them likely.
        let [count, mean, best, ..] = values("3");
        assert_eq!((count, best), (2.0, 0.8));
        assert!((mean - 0.45).abs() < 1e-6, "{mean}");
        // The likely one itself sees two that are not.
        assert_eq!(values("4")[2], 0.1);
        // One more in the column, one more behind the label.
        assert_eq!((values("RR")[3], values("RR")[5]), (1.0, 0.8));
        assert_eq!((values("LK")[6], values("LK")[8]), (1.0, 0.8));
        assert_eq!(values("seen")[3..], [0.0; 6]);
    }
}
