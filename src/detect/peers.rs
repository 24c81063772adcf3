//! Tokens of a text that stand and look alike: what the chain says of the others says something of
//! each.
//!
//! `3/30` alone may be a score; in a note that writes its dates so it is a date. Letters in a column
//! of initials are initials, and what stands behind one `Given by:` is what stands behind the next.

use super::surroundings::{PAD, Surroundings};
use crate::token::{WordMap, phrase_hash};

/// Values that a token has from its peers.
pub(super) const PEERS: usize = 3 * WAYS;
/// Ways to be alike: form, column, label.
const WAYS: usize = 3;

/// Tokens that are alike in one way.
#[derive(Clone, Copy, Debug, Default)]
struct Alike {
    count: u32,
    sum: f32,
    best: f32,
    second: f32,
}

impl Alike {
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

/// The tokens of a text by what is alike of them.
#[derive(Debug)]
pub(super) struct Peers<'t> {
    surroundings: &'t Surroundings,
    alike: WordMap<Alike>,
}

impl<'t> Peers<'t> {
    /// The tokens of a text, of which each is so likely.
    pub(super) fn new(surroundings: &'t Surroundings, likely: impl Iterator<Item = f32>) -> Self {
        let mut peers = Self { surroundings, alike: WordMap::default() };
        for (i, likely) in likely.enumerate() {
            for key in peers.keys(i).into_iter().flatten() {
                peers.alike.entry(key).or_default().add(likely);
            }
        }
        peers
    }

    /// What the peers of token `i`, which is so likely itself, say of it.
    pub(super) fn values(&self, i: usize, me: f32) -> [f32; PEERS] {
        let mut values = [0.0; PEERS];
        for (key, values) in self.keys(i).into_iter().zip(values.chunks_exact_mut(3)) {
            if let Some(alike) = key.and_then(|key| self.alike.get(&key)) {
                values.copy_from_slice(&alike.others(me));
            }
        }
        values
    }

    /// What is alike of a token: its shape and gaps; its column and its place in the cell; the label
    /// of its line and the distance from it, outside of tables, where the first cell would be one.
    fn keys(&self, i: usize) -> [Option<u64>; WAYS] {
        let (me, next) = (&self.surroundings.atoms[PAD + i], &self.surroundings.atoms[PAD + i + 1]);
        // Numbers of any length are alike.
        let shape = if me.shape / 10 == 1 { 10 } else { me.shape };
        let gaps = u64::from(me.gap_before) << 8 | u64::from(next.gap_before) << 16;
        let place = self.surroundings.columns.of(i);
        let column = place.filter(|p| p.column != 0);
        let line = &self.surroundings.lines[me.line as usize];
        let labelled = line.behind_label(i).filter(|_| place.is_none());
        [
            Some(key(1, u64::from(shape) | gaps)),
            column.map(|p| key(2, u64::from(p.column) << 8 | u64::from(p.before))),
            labelled.map(|behind| key(line.label, behind.min(3).into())),
        ]
    }
}

/// A key whose every bit depends on all of what is alike, for a map that takes it as it is.
fn key(way: u64, alike: u64) -> u64 {
    let hash = phrase_hash(phrase_hash(3, way), alike);
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    /// For each of the words, what its peers say of it; a word in the second list is likely.
    fn peers_of<const N: usize>(
        text: &str,
        words: [&str; N],
        likely: &[&str],
    ) -> [[f32; PEERS]; N] {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let mut surroundings = Surroundings::default();
        surroundings.read(text, &scratch.scan, &[]);
        let tokens = &scratch.scan.tokens;
        let of = |i: usize| if likely.contains(&tokens[i].text(text)) { 0.8 } else { 0.1 };
        let peers = Peers::new(&surroundings, (0..tokens.len()).map(of));
        words.map(|word| {
            let i = tokens.iter().position(|t| t.text(text) == word).unwrap();
            peers.values(i, of(i))
        })
    }

    #[test]
    fn pairs_of_numbers_are_alike() {
        let text = "seen 3/30, pain 7/10, seen 4/2 again";
        let [three, four, seen] = peers_of(text, ["3", "4", "again"], &["4"]);
        // Two more stand behind a space and before a slash, one of them likely.
        assert_eq!((three[0], three[2]), (2.0, 0.8));
        assert!((three[1] - 0.45).abs() < 1e-6, "{three:?}");
        // The likely one itself sees two that are not.
        assert_eq!((four[0], four[2]), (2.0, 0.1));
        assert_eq!(seen, [0.0; PEERS], "nothing ends a text but the last word");
    }

    #[test]
    fn cells_of_a_column_are_alike_without_its_head_and_those_of_another_table() {
        let text = "a | b | c\nx | y | QQ\nx | y | RR\n\n\n\nd | e | f\nx | y | TT\n";
        let [second, other] = peers_of(text, ["RR", "TT"], &["QQ"]);
        assert_eq!((second[3], second[5]), (1.0, 0.8));
        assert_eq!(other[3..6], [0.0; 3]);
    }

    #[test]
    fn values_of_a_label_are_alike_in_its_line_and_in_the_next() {
        let text = "By: TS\nBy:\nLK\nTo: MM\n";
        let [next_line, other] = peers_of(text, ["LK", "MM"], &["TS"]);
        assert_eq!((next_line[6], next_line[8]), (1.0, 0.8));
        assert_eq!(other[6..], [0.0; 3]);
    }

    #[test]
    fn keys_of_many_tables_do_not_crowd() {
        let low = |at: u64| key(2, at << 16) & 0xfff;
        let mut buckets: Vec<u64> = (0..4096).map(low).collect();
        buckets.sort_unstable();
        buckets.dedup();
        // Chance leaves 63 of a hundred.
        assert!(buckets.len() > 2400, "{}", buckets.len());
    }
}
