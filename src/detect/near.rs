//! Where rules that need a cue can match, and which.

use crate::rules::{CueId, RuleSet};
use crate::token::Token;

/// The places in reach of a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: u32,
    end: u32,
    cue: CueId,
}

/// Where rules that need a cue can match.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Sorted, may overlap.
    spans: Vec<Span>,
}

impl Reach {
    /// Reads the cues of a text: where each starts and ends.
    pub(super) fn mark(&mut self, cues: impl Iterator<Item = (u32, u32, CueId)>, rules: &RuleSet) {
        self.spans.clear();
        self.spans.extend(cues.filter_map(|(start, end, cue)| {
            let (behind, before) = rules.cues.reach(cue)?;
            Some(Span { start: start.saturating_sub(before), end: end + behind, cue })
        }));
        self.spans.sort_unstable();
    }

    /// Begins a walk over the text.
    pub(super) fn walk(&self) -> Near<'_> {
        Near { spans: &self.spans }
    }
}

/// A walk over [`Reach`], in step with the walk over the view.
#[derive(Debug)]
pub(super) struct Near<'a> {
    /// Those that are not passed.
    spans: &'a [Span],
}

impl<'a> Near<'a> {
    /// True when a cue is in reach of `at`. Positions must not go back.
    pub(super) fn holds(&mut self, at: u32) -> bool {
        self.cues(at).next().is_some()
    }

    /// The cues in reach of `at`. Positions must not go back.
    fn cues(&mut self, at: u32) -> impl Iterator<Item = CueId> + use<'a> {
        // Spans that end before `at` are passed, unless a longer one before them goes on.
        let passed = self.spans.iter().take_while(|s| s.end < at).count();
        self.spans = &self.spans[passed..];
        let begun = self.spans.iter().take_while(move |s| s.start <= at);
        begun.filter(move |s| s.end >= at).map(|s| s.cue)
    }
}

/// For the tokens of a block, the rules that a cue in reach makes worth asking for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Rules of one set of cues behind those of another.
    rules: Vec<u16>,
    /// For each token where its rules begin and end.
    tokens: Vec<(u32, u32)>,
    /// Cues in reach of the token before, and of this one.
    last: Vec<CueId>,
    cues: Vec<CueId>,
}

impl Wanted {
    /// Reads a block of tokens.
    pub(super) fn read(&mut self, block: &[Token], near: &mut Near<'_>, rules: &RuleSet) {
        let Self { rules: wanted, tokens, last, cues } = self;
        wanted.clear();
        tokens.clear();
        last.clear();
        let mut own = (0, 0);
        for token in block {
            cues.clear();
            cues.extend(near.cues(token.start));
            // Neighbours mostly have the same.
            if cues != last {
                let from = wanted.len();
                wanted.extend(cues.iter().flat_map(|&cue| rules.cues.needed_by(cue)));
                wanted[from..].sort_unstable();
                let mut kept = from;
                for i in from..wanted.len() {
                    if i == from || wanted[i] != wanted[kept - 1] {
                        wanted[kept] = wanted[i];
                        kept += 1;
                    }
                }
                wanted.truncate(kept);
                own = (from as u32, kept as u32);
                std::mem::swap(last, cues);
            }
            tokens.push(own);
        }
    }

    /// The rules that are wanted at a token of the block, in order, each once.
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
        let span = |start, end, cue| Span { start, end, cue: CueId(cue) };
        let reach = Reach { spans: vec![span(0, 30, 1), span(5, 10, 2), span(40, 50, 3)] };
        let mut near = reach.walk();
        let cues = [0, 7, 20, 31, 45, 51].map(|at| near.cues(at).map(|c| c.0).collect::<Vec<_>>());
        assert_eq!(cues, [vec![1], vec![1, 2], vec![1], vec![], vec![3], vec![]]);
        let mut near = reach.walk();
        assert!(near.holds(20));
        assert!(!near.holds(35));
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
