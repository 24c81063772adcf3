//! The words beside which rules believe what they find: one table of the cue phrases of all rules.

use super::compile::Machines;
use super::rule::{Context, Rule};
use crate::token::{WordMap, phrase_hash, tokenize};

/// The number of a cue phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CueId(pub(crate) u16);

/// All cue phrases of all rules, found by their words.
#[derive(Debug, Default)]
pub(crate) struct CueTable {
    by_hash: WordMap<CueId>,
    /// Longest phrase, in words, that starts with this word.
    starts: WordMap<u8>,
    /// Cues of each rule, sorted.
    of_rule: Vec<Vec<CueId>>,
    /// Rules that each cue announces numbers for.
    announces: Vec<Vec<u16>>,
    /// Rules that propose nothing without each cue or another, and are not sought by a byte inside.
    needed_by: Vec<Vec<u16>>,
    /// How far behind and before each cue these can start.
    reach: Vec<Option<(u32, u32)>>,
}

impl CueTable {
    pub(crate) fn new(rules: &[Rule], machines: &Machines) -> Self {
        let mut table = Self::default();
        for (i, rule) in rules.iter().enumerate() {
            let mut own = Vec::new();
            for phrase in rule.context.iter().flat_map(|c| &c.words) {
                let Some(cue) = table.intern(phrase) else { continue };
                own.push(cue);
                if rule.announce.is_some() {
                    table.announces[cue.0 as usize].push(i as u16);
                }
            }
            own.sort_unstable();
            own.dedup();
            let required = rule.context.as_ref().filter(|c| c.required && rule.anchor.is_none());
            if let Some(context) = required {
                for &cue in &own {
                    table.needed_by[cue.0 as usize].push(i as u16);
                    table.extend_reach(cue, context, machines.longest(i as u16));
                }
            }
            table.of_rule.push(own);
        }
        table
    }

    fn intern(&mut self, phrase: &str) -> Option<CueId> {
        let mut tokens = Vec::new();
        tokenize(phrase, &mut tokens);
        let (first, rest) = tokens.split_first()?;
        let hash = rest.iter().fold(first.hash, |h, t| phrase_hash(h, t.hash));
        let longest = self.starts.entry(first.hash).or_default();
        *longest = (*longest).max(tokens.len() as u8);
        let next = CueId(self.announces.len() as u16);
        let cue = *self.by_hash.entry(hash).or_insert(next);
        if cue == next {
            self.announces.push(Vec::new());
            self.needed_by.push(Vec::new());
            self.reach.push(None);
        }
        Some(cue)
    }

    fn extend_reach(&mut self, cue: CueId, context: &Context, longest: u32) {
        // A cue behind the match is in reach of its end.
        let before = if context.after > 0 { context.after + longest } else { 0 };
        let (most_behind, most_before) = self.reach[cue.0 as usize].get_or_insert((0, 0));
        *most_behind = (*most_behind).max(context.within);
        *most_before = (*most_before).max(before);
    }

    /// How far behind and before the cue a rule that needs it can start; `None` when none does.
    pub(crate) fn reach(&self, cue: CueId) -> Option<(u32, u32)> {
        self.reach[cue.0 as usize]
    }

    /// How many words the longest phrase that starts with this word has; 0 for none.
    pub(crate) fn longest(&self, first_word: u64) -> u8 {
        self.starts.get(&first_word).copied().unwrap_or(0)
    }

    pub(crate) fn get(&self, phrase: u64) -> Option<CueId> {
        self.by_hash.get(&phrase).copied()
    }

    pub(crate) fn of_rule(&self, rule: u16) -> &[CueId] {
        &self.of_rule[rule as usize]
    }

    /// The rules that need the cue or another, in order.
    pub(crate) fn needed_by(&self, cue: CueId) -> &[u16] {
        &self.needed_by[cue.0 as usize]
    }

    pub(crate) fn announces(&self, cue: CueId) -> &[u16] {
        &self.announces[cue.0 as usize]
    }
}
