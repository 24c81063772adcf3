//! Rules to machines: tables and anchored automata, by the bytes that matches can start with.
//!
//! The scan stops at words, numbers and signs only and runs over a bounded window the automata of
//! the rules that can start there, so the time is linear in the text whatever the rules say.

use super::exact::{Group, Own};
use super::quick::{Entry, Layout, Quick};
use super::rule::Rule;
use super::start::Family;
use super::syntax::{self, first_bytes};
use super::{pack, quick_build};
use regex_automata::hybrid::dfa::{Cache, DFA};
use std::borrow::Cow;

/// A rule that is sought by a byte inside its match.
#[derive(Debug)]
pub(crate) struct AnchorMachine {
    pub(crate) byte: u8,
    pub(crate) back: [bool; 256],
    /// Bytes at which a match can start.
    pub(crate) first: [bool; 256],
    pub(crate) rule: u16,
}

/// Everything the scan runs.
#[derive(Debug)]
pub(crate) struct Machines {
    /// For each byte, the rules whose matches can start with it: those that match by themselves,
    /// and those that propose nothing without a cue in reach.
    starting: [Vec<Vec<u16>>; 2],
    pub(crate) anchored: Vec<AnchorMachine>,
    /// What is asked at every place, for each rule.
    tables: Vec<Table>,
    /// The automata of each rule: made when first needed.
    own: Vec<Own>,
}

/// A rule as the scan first sees it.
#[derive(Debug)]
struct Table {
    /// Its quick table: it accepts all that the pattern accepts, and perhaps more.
    bytes: Cow<'static, [u8]>,
    /// `None` when there is no table.
    layout: Option<Layout>,
    /// It may end inside a word.
    glued: bool,
    /// It proposes nothing without a cue before the match.
    needs_cue: bool,
    /// Bytes of its longest match.
    longest: u16,
    /// A bit for each byte that a match can start with.
    first: [u8; 32],
}

impl Table {
    fn new(rule: &Rule, known: Option<&Entry<Cow<'static, [u8]>>>) -> Self {
        let bytes = known.map_or(Cow::Borrowed(&[][..]), |known| known.table.clone());
        Self {
            layout: Layout::of(&bytes),
            bytes,
            glued: rule.glued,
            needs_cue: rule.context.as_ref().is_some_and(|c| c.required && c.after == 0),
            longest: known.map_or(0, |known| known.longest),
            first: known.map_or([0; 32], |known| known.first),
        }
    }
}

impl Machines {
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, (usize, String)> {
        let mut starting = [vec![Vec::new(); 256], vec![Vec::new(); 256]];
        let mut anchored = Vec::new();
        let mut own = Vec::with_capacity(rules.len());
        let mut tables = Vec::with_capacity(rules.len());
        for (i, rule) in rules.iter().enumerate() {
            let known = rule.pattern.as_deref().map(known).transpose().map_err(|e| (i, e))?;
            own.push(Own::new(rule));
            tables.push(Table::new(rule, known.as_ref()));
            let Some(known) = known else { continue };
            if let Some((byte, back)) = &rule.anchor {
                let back = byte_class(back).map_err(|e| (i, e))?;
                let first = std::array::from_fn(|b| known.starts_with(b as u8));
                anchored.push(AnchorMachine { byte: *byte, back, first, rule: i as u16 });
                continue;
            }
            let cued = rule.context.as_ref().is_some_and(|c| c.required);
            // Tables read digits alike.
            let digit = (b'0'..=b'9').any(|b| known.starts_with(b));
            let starts = |b: u8| if b.is_ascii_digit() { digit } else { known.starts_with(b) };
            for byte in (0..=255u8).filter(|&b| starts(b)) {
                if Family::ALL.iter().any(|f| f.holds(byte)) {
                    starting[usize::from(cued)][usize::from(byte)].push(i as u16);
                }
            }
        }
        Ok(Self { starting, anchored, tables, own })
    }

    /// Rules whose matches can start with this byte, in order: those that need a cue, or the others.
    pub(crate) fn starting_with(&self, byte: u8, cued: bool) -> &[u16] {
        &self.starting[usize::from(cued)][byte as usize]
    }

    /// True when a match of the rule can start with this byte.
    #[inline]
    pub(crate) fn starts(&self, rule: u16, byte: u8) -> bool {
        self.tables[rule as usize].first[usize::from(byte / 8)] & 1 << (byte % 8) != 0
    }

    /// True when a match of some rule can start with this byte.
    pub(crate) fn starts_any(&self, byte: u8) -> bool {
        self.starting.iter().any(|s| !s[byte as usize].is_empty())
    }

    /// True when the rule may end inside a word.
    #[inline]
    pub(crate) fn is_glued(&self, rule: u16) -> bool {
        self.tables[rule as usize].glued
    }

    /// True when the rule proposes nothing without a cue before the match.
    #[inline]
    pub(crate) fn needs_cue(&self, rule: u16) -> bool {
        self.tables[rule as usize].needs_cue
    }

    /// Bytes of the longest match of a rule.
    pub(super) fn longest(&self, rule: u16) -> u32 {
        self.tables[rule as usize].longest.into()
    }

    /// The table of the rule; none when it has no pattern, or one that no table can hold.
    #[inline]
    pub(crate) fn quick(&self, rule: u16) -> Option<Quick<'_>> {
        let table = &self.tables[rule as usize];
        // Said out, so that it costs no call.
        let bytes = match &table.bytes {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => bytes.as_slice(),
        };
        Some(Quick::new(bytes, table.layout?))
    }

    fn exact(&self, rule: u16) -> &DFA {
        self.own[rule as usize].exact()
    }

    /// What finds the group inside a match; `None` when the rule has none.
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
        Some(Entry { first, longest, table }) => {
            Entry { first, longest, table: Cow::Borrowed(table) }
        }
        None => {
            let Entry { first, longest, table } = quick_build::entry(pattern)?;
            Entry { first, longest, table: Cow::Owned(table) }
        }
    })
}

/// Caches of the exact automata: one set for each worker, each made when first needed.
#[derive(Debug)]
pub(crate) struct Caches {
    exact: Vec<Option<Cache>>,
}

impl Caches {
    pub(crate) fn new(machines: &Machines) -> Self {
        Self { exact: machines.own.iter().map(|_| None).collect() }
    }

    /// The automaton of the rule, with its cache.
    pub(crate) fn exact<'m>(&mut self, machines: &'m Machines, rule: u16) -> (&'m DFA, &mut Cache) {
        let dfa = machines.exact(rule);
        (dfa, self.exact[rule as usize].get_or_insert_with(|| dfa.create_cache()))
    }
}
