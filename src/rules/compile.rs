//! Rules to machines: anchored automata, by the bytes that they can start with, and one table of cues.
//!
//! The scan stops at words, numbers and signs only and runs over a bounded window the automata of
//! the rules that can start there, so the time is linear in the text whatever the rules say.

use super::quick::{Entry, Layout, Quick};
use super::rule::Rule;
use super::syntax::{self, first_bytes};
use super::{pack, quick_build};
use crate::token::{WordMap, phrase_hash, tokenize};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Input, MatchKind, PatternID, meta};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

/// Where matches of a family start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// At a run of digits.
    Digit,
    /// At a word.
    Letter,
    /// At a sign, such as `(` or `+`.
    Sign,
}

impl Family {
    pub(crate) const ALL: [Self; 3] = [Self::Digit, Self::Letter, Self::Sign];

    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_alphabetic() || byte >= 0x80,
            Self::Sign => byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric(),
        }
    }
}

/// How narrowly the first byte of a rule's matches is known: the scan runs a rule only where such
/// a byte stands at the start of a word, number or sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At some letters, digits or signs, or at its own anchor, or behind its cues.
    Narrow,
    /// At any letter and any digit: it is run at every word, over one window each.
    Anywhere,
    /// Some alternatives start at white space, where nothing is run: they are never tried.
    PartlyNever,
    /// All do: the rule can never match.
    Never,
}

impl Start {
    /// Where matches of this rule can start.
    pub fn of(rule: &Rule) -> Self {
        let Some(hir) = rule.hir().filter(|_| rule.anchor.is_none()) else { return Self::Narrow };
        let mut first = [false; 256];
        first_bytes(&hir, &mut first);
        let starts = |b: u8| Family::ALL.iter().any(|f| f.holds(b));
        let all = |mut of: std::ops::RangeInclusive<u8>| of.all(|b| first[b as usize]);
        let mut bytes = (0..=255u8).filter(|&b| first[b as usize]);
        if all(b'0'..=b'9') && all(b'a'..=b'z') && all(b'A'..=b'Z') {
            Self::Anywhere
        } else if !bytes.clone().any(starts) {
            Self::Never
        } else if bytes.any(|b| !starts(b)) {
            Self::PartlyNever
        } else {
            Self::Narrow
        }
    }
}

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

/// What finds the matches of one rule.
///
/// Its table says where; its exact automaton says how far.
#[derive(Debug)]
struct Own {
    pattern: String,
    has_group: bool,
    exact: OnceLock<DFA>,
    group: OnceLock<Option<Group>>,
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

impl Own {
    fn new(rule: &Rule) -> Self {
        Self {
            pattern: rule.pattern.clone().unwrap_or_default(),
            has_group: rule.has_group,
            exact: OnceLock::new(),
            group: OnceLock::new(),
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
    fn longest(&self, rule: u16) -> u32 {
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
        let own = &self.own[rule as usize];
        own.exact.get_or_init(|| {
            let builder = thompson::Compiler::new()
                .syntax(syntax::config())
                .configure(nfa_config())
                .build(&own.pattern);
            lazy_dfa(builder.expect(READ), EXACT_CAPACITY).expect(READ)
        })
    }

    /// What finds the group inside a match; `None` when the rule has none. A group that cannot be
    /// compiled is none, too: then the whole match is masked.
    pub(crate) fn group(&self, rule: u16) -> Option<&Group> {
        let own = &self.own[rule as usize];
        let compile = || Group::new(&own.pattern);
        if own.has_group { own.group.get_or_init(compile).as_ref() } else { None }
    }
}

/// Finds the group `id` inside a match of its rule.
#[derive(Debug)]
pub(crate) struct Group {
    regex: meta::Regex,
    /// Of its start among the slots of the regex.
    slot: usize,
}

impl Group {
    fn new(pattern: &str) -> Option<Self> {
        // What it reads is a match already, so that an automaton that only says whether there is
        // one would be in vain.
        let config = meta::Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(10 << 20))
            .hybrid(false)
            .dfa(false);
        let regex = meta::Builder::new()
            .configure(config)
            .syntax(regex_automata::util::syntax::Config::new().utf8(false))
            .build(&format!("(?-u)^(?:{pattern})$"))
            .ok()?;
        let slot = regex.group_info().to_index(PatternID::ZERO, "id")? * 2;
        Some(Self { regex, slot })
    }

    /// The group in a match; `None` when it took no part in it.
    pub(crate) fn find(
        &self,
        text: &[u8],
        slots: &mut Vec<Option<NonMaxUsize>>,
    ) -> Option<Range<usize>> {
        slots.clear();
        slots.resize(self.slot + 2, None);
        self.regex.search_slots(&Input::new(text), slots)?;
        Some(slots[self.slot]?.get()..slots[self.slot + 1]?.get())
    }
}

const READ: &str = "the pattern was read and compiled when the rule was loaded";

const EXACT_CAPACITY: usize = 8 << 20;
fn nfa_config() -> thompson::Config {
    thompson::Config::new().utf8(false).shrink(false)
}

fn lazy_dfa(nfa: NFA, capacity: usize) -> Result<DFA, String> {
    let config = DFA::config()
        .match_kind(MatchKind::All)
        // Never gives up: a full cache is cleared and filled again.
        .cache_capacity(capacity)
        .minimum_cache_clear_count(None)
        .skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| e.to_string())
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
                table.extend_reach(cue, rule, machines.longest(i as u16));
                if rule.anchor.is_none() && rule.context.as_ref().is_some_and(|c| c.required) {
                    table.needed_by[cue.0 as usize].push(i as u16);
                }
            }
            own.sort_unstable();
            own.dedup();
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

    fn extend_reach(&mut self, cue: CueId, rule: &Rule, longest: u32) {
        let Some(context) = rule.context.as_ref().filter(|c| c.required) else { return };
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

    /// The rules that need the cue or another, in order, some perhaps twice.
    pub(crate) fn needed_by(&self, cue: CueId) -> &[u16] {
        &self.needed_by[cue.0 as usize]
    }

    pub(crate) fn announces(&self, cue: CueId) -> &[u16] {
        &self.announces[cue.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(pattern: &str, extra: &str) -> Start {
        let file = format!(
            "entity = \"ID\"\n[[rule]]\nid = \"any.test_rule\"\nsummary = \"s\"\nsource = \"s\"\nlang = [\"en\"]\n\
             pattern = \'\'\'{pattern}\'\'\'\nscore = {{ alone = 0.6 }}\n{extra}"
        );
        let rules = super::super::load::read("identifiers/x.toml", &file).unwrap();
        Start::of(&rules[0])
    }

    #[test]
    fn where_a_rule_can_start() {
        assert_eq!(start(r"[+(]?\d{3}", ""), Start::Narrow);
        assert_eq!(start(r"case \d{3}", ""), Start::Narrow);
        assert_eq!(start(r"[a-z0-9]{6}", ""), Start::Anywhere);
        assert_eq!(start(r".{1,20}x", ""), Start::Anywhere);
        assert_eq!(start(r"[^,]{1,20}", ""), Start::Anywhere);
        assert_eq!(start(r"(?-i:[A-Z0-9]{6})", ""), Start::Narrow);
        assert_eq!(start(r"(?:mrn)? ?\d{3}", ""), Start::PartlyNever);
        assert_eq!(start(r"\s\d{3}", ""), Start::Never);
        let anchored = "anchor = \"@\"\nback = \"[a-z]\"";
        assert_eq!(start(r"[a-z0-9]{1,9}@[a-z]{2,9}", anchored), Start::Narrow);
    }
}
