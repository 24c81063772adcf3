//! Rules to machines: tables and anchored automata, by the bytes that matches can start with.
//!
//! The scan stops at words, numbers and signs only and runs over a bounded window the automata of
//! the rules that can start there, so the time is linear in the text whatever the rules say.

use super::exact::{Exact, Group, RuleAutomata};
use super::flat::{Entry, Flat, PERHAPS, State, Table, holds};
use super::rule::Rule;
use super::start::is_tried;
use super::syntax::{self, first_bytes};
use super::{flat_build, pack};
use regex_automata::hybrid::dfa::Cache;
use std::borrow::Cow;

/// A rule that is sought by a byte inside its match.
#[derive(Debug)]
pub(crate) struct AnchorMachine {
    pub(crate) byte: u8,
    pub(crate) back: [bool; 256],
    pub(crate) rule: u16,
}

/// Everything the scan runs.
#[derive(Debug)]
pub(crate) struct Machines {
    /// For each byte, the rules that need no cue and whose matches can start with it.
    starting: Vec<Vec<u16>>,
    /// The bytes that a match of any rule can start with.
    tried: [bool; 256],
    pub(crate) anchored: Vec<AnchorMachine>,
    /// What is asked at every place, for each rule.
    seen: Vec<Seen>,
    /// What measures the matches of each rule.
    own: Vec<RuleAutomata>,
}

/// A rule as the scan first sees it.
#[derive(Debug)]
struct Seen {
    /// Accepts all that the pattern accepts, and perhaps more.
    quick: Table,
    /// It may end inside a word.
    glued: bool,
    /// It proposes nothing without a cue before the match.
    needs_cue: bool,
    /// Bytes of its longest match.
    longest: u16,
    /// A bit for each byte that a match can start with.
    first: [u8; 32],
}

impl Machines {
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, (usize, String)> {
        let mut starting = vec![Vec::new(); 256];
        let mut tried = [false; 256];
        let mut anchored = Vec::new();
        let mut own = Vec::with_capacity(rules.len());
        let mut seen = Vec::with_capacity(rules.len());
        for (i, rule) in rules.iter().enumerate() {
            let known = rule.pattern.as_deref().map(known).transpose().map_err(|e| (i, e))?;
            let Entry { first, longest, quick, exact } = known.unwrap_or_default();
            own.push(RuleAutomata::new(rule, exact));
            let needs_cue = rule.context.as_ref().is_some_and(|c| c.required && c.after == 0);
            let quick = Table::new(quick);
            seen.push(Seen { quick, glued: rule.glued, needs_cue, longest, first });
            if let Some((byte, back)) = &rule.anchor {
                let back = byte_class(back).map_err(|e| (i, e))?;
                anchored.push(AnchorMachine { byte: *byte, back, rule: i as u16 });
                continue;
            }
            let cued = rule.context.as_ref().is_some_and(|c| c.required);
            // Quick tables read digits alike.
            let digit = (b'0'..=b'9').any(|b| holds(&first, b));
            let starts = |b: u8| if b.is_ascii_digit() { digit } else { holds(&first, b) };
            for byte in (0..=255u8).filter(|&b| is_tried(b) && starts(b)) {
                tried[usize::from(byte)] = true;
                if !cued {
                    starting[usize::from(byte)].push(i as u16);
                }
            }
        }
        Ok(Self { starting, tried, anchored, seen, own })
    }

    /// Rules that need no cue and whose matches can start with this byte, in order.
    pub(crate) fn starting_with(&self, byte: u8) -> &[u16] {
        &self.starting[byte as usize]
    }

    /// True when a match of the rule can start with this byte.
    #[inline]
    pub(crate) fn starts(&self, rule: u16, byte: u8) -> bool {
        holds(&self.seen[rule as usize].first, byte)
    }

    /// True when a match of some rule can start with this byte.
    pub(crate) fn starts_any(&self, byte: u8) -> bool {
        self.tried[byte as usize]
    }

    /// True when the rule may end inside a word.
    #[inline]
    pub(crate) fn is_glued(&self, rule: u16) -> bool {
        self.seen[rule as usize].glued
    }

    /// True when the rule proposes nothing without a cue before the match.
    #[inline]
    pub(crate) fn needs_cue(&self, rule: u16) -> bool {
        self.seen[rule as usize].needs_cue
    }

    /// The state of a rule's table behind the first byte of a match, by what stands before it, an
    /// index of `BEFORE`: `DEAD` when no match starts so, [`PERHAPS`] when there is no table.
    #[inline]
    pub(crate) fn begin(&self, rule: u16, before: usize, byte: u8) -> State {
        self.quick(rule).map_or(PERHAPS, |quick| quick.next(quick.start(before), byte))
    }

    /// Bytes of the longest match of a rule.
    pub(crate) fn longest(&self, rule: u16) -> u32 {
        self.seen[rule as usize].longest.into()
    }

    /// The quick table of the rule; none when it has no pattern, or one that no table can hold.
    #[inline]
    pub(crate) fn quick(&self, rule: u16) -> Option<Flat<'_>> {
        self.seen[rule as usize].quick.get()
    }

    /// What finds the group inside a match; `None` when the rule has none. A group that cannot be
    /// compiled is none, too: then the whole match is masked.
    pub(crate) fn group(&self, rule: u16) -> Option<&Group> {
        self.own[rule as usize].group()
    }
}

fn byte_class(class: &str) -> Result<[bool; 256], String> {
    let mut set = [false; 256];
    first_bytes(&syntax::parse(class)?, &mut set);
    Ok(set)
}

/// What is known of a pattern: from the pack, or found out now.
fn known(pattern: &str) -> Result<Entry<Cow<'static, [u8]>>, String> {
    Ok(match pack::get(pattern) {
        Some(known) => known.map(Cow::Borrowed),
        None => flat_build::entry(pattern)?.map(Cow::Owned),
    })
}

/// States of the exact automata that are no tables: one set for each worker, each made when first
/// needed.
#[derive(Debug)]
pub(crate) struct Caches {
    states: Vec<Option<Cache>>,
}

impl Caches {
    pub(crate) fn new(machines: &Machines) -> Self {
        Self { states: machines.own.iter().map(|_| None).collect() }
    }

    /// What says how far a match of the rule goes.
    pub(crate) fn exact<'m>(&'m mut self, machines: &'m Machines, rule: u16) -> Exact<'m> {
        machines.own[rule as usize].exact(&mut self.states[rule as usize])
    }
    /// The same, made as it reads: what tables are compared with.
    #[cfg(test)]
    pub(crate) fn as_it_reads<'m>(&'m mut self, machines: &'m Machines, rule: u16) -> Exact<'m> {
        machines.own[rule as usize].as_it_reads(&mut self.states[rule as usize])
    }
}
