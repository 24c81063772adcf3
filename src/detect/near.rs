//! Which rules that need a cue may match where: those with one of their own in reach.
//!
//! Enters: the cues of a text. Leaves: for a place, or the tokens of a block, the rules worth asking
//! for there. A rule that is not asked for would propose nothing; one that is may propose nothing.

use crate::rules::{CueId, RuleSet};
use crate::token::Token;

/// The places in reach of a cue, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    first: u32,
    last: u32,
    cue: CueId,
}

/// How far the cues of a text reach.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Sorted, may overlap.
    stretches: Vec<Stretch>,
}

impl Reach {
    /// Reads the cues of a text: where each starts and ends.
    pub(super) fn mark(&mut self, cues: impl Iterator<Item = (u32, u32, CueId)>, rules: &RuleSet) {
        self.stretches.clear();
        self.stretches.extend(cues.filter_map(|(start, end, cue)| {
            let (behind, before) = rules.cues.reach(cue)?;
            Some(Stretch { first: start.saturating_sub(before), last: end + behind, cue })
        }));
        self.stretches.sort_unstable();
    }

    /// Begins a walk over the text.
    pub(super) fn walk(&self) -> Near<'_> {
        Near { ahead: &self.stretches }
    }
}

/// A walk over [`Reach`], in step with the walk over the view: positions must not go back.
#[derive(Debug)]
pub(super) struct Near<'a> {
    ahead: &'a [Stretch],
}

impl<'a> Near<'a> {
    /// The cues in reach of `at`, one that is met twice perhaps twice.
    fn cues(&mut self, at: u32) -> impl Iterator<Item = CueId> + use<'a> {
        // Those that end before `at` are passed, unless a longer one before them goes on.
        let passed = self.ahead.iter().take_while(|s| s.last < at).count();
        self.ahead = &self.ahead[passed..];
        let begun = self.ahead.iter().take_while(move |s| s.first <= at);
        begun.filter(move |s| s.last >= at).map(|s| s.cue)
    }

    /// Writes the rules that are wanted at a place, in order and each once, over `found`.
    pub(super) fn rules(&mut self, at: u32, rules: &RuleSet, found: &mut Vec<u16>) {
        needing(self.cues(at), rules, found);
    }
}

/// Writes the rules that need one of these cues, in order and each once, over `found`.
fn needing(cues: impl Iterator<Item = CueId>, rules: &RuleSet, found: &mut Vec<u16>) {
    found.clear();
    found.extend(cues.flat_map(|cue| rules.cues.needed_by(cue)));
    found.sort_unstable();
    found.dedup();
}

/// For the tokens of a block, the rules that a cue in reach makes worth asking for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The rules of one set of cues behind those of another.
    rules: Vec<u16>,
    /// For each token where its rules begin and end.
    tokens: Vec<(u32, u32)>,
    /// Cues in reach of this token.
    cues: Vec<CueId>,
    /// Cues in reach of the token before.
    last: Vec<CueId>,
    found: Vec<u16>,
}

impl Wanted {
    /// Reads a block of tokens, over what was read before.
    pub(super) fn read(&mut self, block: &[Token], near: &mut Near<'_>, rules: &RuleSet) {
        self.rules.clear();
        self.tokens.clear();
        self.last.clear();
        let mut own = (0, 0);
        for token in block {
            self.cues.clear();
            self.cues.extend(near.cues(token.start));
            self.cues.sort_unstable();
            self.cues.dedup();
            // Neighbours mostly have the same.
            if self.cues != self.last {
                needing(self.cues.iter().copied(), rules, &mut self.found);
                let from = self.rules.len();
                self.rules.extend_from_slice(&self.found);
                own = (from as u32, self.rules.len() as u32);
                std::mem::swap(&mut self.last, &mut self.cues);
            }
            self.tokens.push(own);
        }
    }

    /// The rules that are wanted at a token of the block, in order and each once.
    pub(super) fn at(&self, token: usize) -> &[u16] {
        let (from, end) = self.tokens[token];
        &self.rules[from as usize..end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokenize;

    #[test]
    fn a_longer_reach_goes_on_behind_a_shorter_one() {
        let stretch = |first, last, cue| Stretch { first, last, cue: CueId(cue) };
        let stretches = vec![stretch(0, 30, 1), stretch(5, 10, 2), stretch(40, 50, 3)];
        let reach = Reach { stretches };
        let mut near = reach.walk();
        let cues = [0, 7, 20, 31, 45, 51].map(|at| near.cues(at).map(|c| c.0).collect::<Vec<_>>());
        assert_eq!(cues, [vec![1], vec![1, 2], vec![1], vec![], vec![3], vec![]]);
    }

    #[test]
    fn a_rule_is_wanted_near_its_own_cue_only() {
        let rules = RuleSet::embedded().unwrap();
        let text = "VIN 1M8GDM9AXKP042788, no accident in a long time, MRN 0123456";
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        let cue = |word: &str| {
            let token = tokens.iter().find(|t| t.text(text) == word).unwrap();
            (token.start, token.end, rules.cues.get(token.hash).unwrap())
        };
        let mut reach = Reach::default();
        reach.mark([cue("VIN"), cue("MRN")].into_iter(), &rules);
        let mut wanted = Wanted::default();
        wanted.read(&tokens, &mut reach.walk(), &rules);
        let wants = |i: usize, id: &str| {
            wanted.at(i).iter().any(|&rule| rules.rules[usize::from(rule)].id.as_str() == id)
        };
        let [vin, mrn] = ["any.vin", "any.mrn_near"].map(|id| {
            (0..tokens.len())
                .filter(|&i| wants(i, id))
                .map(|i| tokens[i].text(text))
                .collect::<Vec<_>>()
        });
        assert_eq!(vin, ["VIN", "1M8GDM9AXKP042788"]);
        assert_eq!(*mrn.last().unwrap(), "0123456");
        assert!(
            !vin.contains(&"0123456") && !mrn.contains(&"1M8GDM9AXKP042788"),
            "{vin:?} {mrn:?}"
        );
        let each_once = |i: usize| wanted.at(i).windows(2).all(|w| w[0] < w[1]);
        assert!((0..tokens.len()).all(each_once));
    }
}
