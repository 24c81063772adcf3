//! Rules to machines: tables and anchored automata, by the bytes that matches can start with.
//!
//! The scan stops at words, numbers and signs only and runs over a bounded window the automata of
//! the rules that can start there, so the time is linear in the text whatever the rules say.

use super::exact::{Group, RuleAutomata};
use super::quick::{Entry, Layout, PERHAPS, Quick, State, holds};
use super::rule::Rule;
use super::start::is_tried;
use super::syntax::{self, first_bytes};
use super::{pack, quick_build};
use regex_automata::hybrid::dfa::{Cache, DFA};
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
    tables: Vec<Table>,
    /// The automata of each rule: made when first needed.
    own: Vec<RuleAutomata>,
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
        let mut starting = vec![Vec::new(); 256];
        let mut tried = [false; 256];
        let mut anchored = Vec::new();
        let mut own = Vec::with_capacity(rules.len());
        let mut tables = Vec::with_capacity(rules.len());
        for (i, rule) in rules.iter().enumerate() {
            let known = rule.pattern.as_deref().map(known).transpose().map_err(|e| (i, e))?;
            own.push(RuleAutomata::new(rule));
            tables.push(Table::new(rule, known.as_ref()));
            let Some(known) = known else { continue };
            if let Some((byte, back)) = &rule.anchor {
                let back = byte_class(back).map_err(|e| (i, e))?;
                anchored.push(AnchorMachine { byte: *byte, back, rule: i as u16 });
                continue;
            }
            let cued = rule.context.as_ref().is_some_and(|c| c.required);
            // Tables read digits alike.
            let digit = (b'0'..=b'9').any(|b| known.starts_with(b));
            let starts = |b: u8| if b.is_ascii_digit() { digit } else { known.starts_with(b) };
            for byte in (0..=255u8).filter(|&b| is_tried(b) && starts(b)) {
                tried[usize::from(byte)] = true;
                if !cued {
                    starting[usize::from(byte)].push(i as u16);
                }
            }
        }
        Ok(Self { starting, tried, anchored, tables, own })
    }

    /// Rules that need no cue and whose matches can start with this byte, in order.
    pub(crate) fn starting_with(&self, byte: u8) -> &[u16] {
        &self.starting[byte as usize]
    }

    /// True when a match of the rule can start with this byte.
    #[inline]
    pub(crate) fn starts(&self, rule: u16, byte: u8) -> bool {
        holds(&self.tables[rule as usize].first, byte)
    }

    /// True when a match of some rule can start with this byte.
    pub(crate) fn starts_any(&self, byte: u8) -> bool {
        self.tried[byte as usize]
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

    /// The state of a rule's table behind the first byte of a match, by what stands before it, an
    /// index of `BEFORE`: `DEAD` when no match starts so, [`PERHAPS`] when there is no table.
    #[inline]
    pub(crate) fn begin(&self, rule: u16, before: usize, byte: u8) -> State {
        self.quick(rule).map_or(PERHAPS, |quick| quick.next(quick.start(before), byte))
    }

    /// Bytes of the longest match of a rule.
    pub(crate) fn longest(&self, rule: u16) -> u32 {
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
