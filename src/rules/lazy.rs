//! Exact automata, made as they are read: a state when a text first leads to it.

use regex_automata::MatchKind;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_syntax::hir::Hir;

/// Most bytes that a worker keeps of the states of one automaton.
const CAPACITY: usize = 8 << 20;

/// The automaton of a pattern or of a part of one, read forwards or `backwards`; it tells of all
/// ends of its matches.
///
/// # Errors
/// Why there is none, as a sentence.
pub(super) fn automaton(hir: &Hir, backwards: bool) -> Result<DFA, String> {
    let nfa = thompson::Config::new()
        .utf8(false)
        .shrink(false)
        .which_captures(WhichCaptures::None)
        .reverse(backwards);
    let nfa = thompson::Compiler::new().configure(nfa).build_from_hir(hir);
    let config = DFA::config()
        .match_kind(MatchKind::All)
        // Never gives up: a full cache is cleared and filled again.
        .cache_capacity(CAPACITY)
        .minimum_cache_clear_count(None)
        .skip_cache_capacity_check(true);
    let nfa = nfa.map_err(|e| e.to_string())?;
    DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| e.to_string())
}
