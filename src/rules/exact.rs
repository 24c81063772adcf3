//! The automata of one rule: how far its match goes, and its group. What is not in the binary is made
//! when first needed.

use super::flat::Flat;
use super::rule::Rule;
use super::syntax;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Input, MatchKind, PatternID, meta};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

/// Says how far a match goes.
#[derive(Debug)]
pub(crate) enum Exact<'m> {
    Table(Flat<'m>),
    /// Of a pattern that no table holds, or that is not in the binary.
    Lazy(&'m DFA, &'m mut Cache),
}

/// What measures the matches of one rule.
#[derive(Debug)]
pub(super) struct RuleAutomata {
    pattern: String,
    has_group: bool,
    /// Not looked at before it is needed, so that it is not read from disk either.
    table: Cow<'static, [u8]>,
    lazy: OnceLock<DFA>,
    group: OnceLock<Option<Group>>,
}

impl RuleAutomata {
    /// Those of a rule with the bytes of its exact table, none when there is none.
    pub(super) fn new(rule: &Rule, table: Cow<'static, [u8]>) -> Self {
        Self {
            pattern: rule.pattern.clone().unwrap_or_default(),
            has_group: rule.has_group,
            table,
            lazy: OnceLock::new(),
            group: OnceLock::new(),
        }
    }

    /// What says how far a match goes, with the worker's states of it where it has none of its own.
    pub(super) fn exact<'m>(&'m self, states: &'m mut Option<Cache>) -> Exact<'m> {
        if let Some(table) = Flat::of(&self.table) {
            return Exact::Table(table);
        }
        self.as_it_reads(states)
    }

    /// The automaton that is made as it reads, whether or not there is a table.
    pub(super) fn as_it_reads<'m>(&'m self, states: &'m mut Option<Cache>) -> Exact<'m> {
        let dfa = self.lazy.get_or_init(|| {
            let builder = thompson::Compiler::new()
                .syntax(syntax::config())
                .configure(nfa_config())
                .build(&self.pattern);
            lazy_dfa(builder.expect(READ), EXACT_CAPACITY).expect(READ)
        });
        Exact::Lazy(dfa, states.get_or_insert_with(|| dfa.create_cache()))
    }

    /// What finds the group inside a match; `None` when the rule has none. A group that cannot be
    /// compiled is none, too: then the whole match is masked.
    pub(super) fn group(&self) -> Option<&Group> {
        let compile = || Group::new(&self.pattern);
        if self.has_group { self.group.get_or_init(compile).as_ref() } else { None }
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

/// Bytes of states that a worker keeps of one rule.
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
