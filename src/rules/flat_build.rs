//! A pattern made into flat tables: the quick one widened, its likeliest states up to a size; the exact
//! one whole or not at all.
//!
//! Enters: a pattern as it is run. Leaves: what [`super::flat`] reads. The build script makes the
//! tables of the embedded rules, the engine the quick ones of rules that are only on disk.

use super::flat::{ANY_DIGIT, Entry};
use super::flat_walk::Walk;
use super::syntax::{WINDOW, first_bytes, parse};
use super::widen::widened;
use regex_automata::MatchKind;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson;
use regex_syntax::hir::Hir;

/// Most bytes of a quick table that knows its pattern whole.
const WHOLE: usize = 48 << 10;

/// Most bytes of a quick table of a pattern too large for that: the rest is left to the exact
/// automaton.
const PART: usize = 128 << 10;

/// How widely a pattern is read for its quick table, from narrow to wide: repetitions that leave so
/// many counts open are made endless.
const COUNTED: [u32; 3] = [4, 2, 1];

/// Most bytes of an exact table: one pattern in fifty needs more.
const EXACT: usize = 512 << 10;

/// Most bytes of an exact table before states that do the same share one.
const EXACT_READ: usize = 1 << 20;

/// What is known of a pattern before it runs: its first bytes, its longest match, and its quick
/// table; no exact one.
///
/// # Errors
/// Why the pattern cannot be run, as a sentence.
pub fn entry(pattern: &str) -> Result<Entry<Vec<u8>>, String> {
    let hir = parse(pattern)?;
    let mut set = [false; 256];
    first_bytes(&hir, &mut set);
    let mut first = [0; 32];
    for byte in (0..=255u8).filter(|&b| set[usize::from(b)]) {
        first[usize::from(byte / 8)] |= 1 << (byte % 8);
    }
    let longest = hir.properties().maximum_len().unwrap_or(WINDOW) as u16;
    // The narrowest reading that fits; if none does, the narrowest as far as it fits.
    let quick = |counted: u32, most: usize, cut: bool| -> Result<Option<Vec<u8>>, String> {
        let dfa = automaton(&widened(&hir, counted))?;
        let alike = |b: u8| if b.is_ascii_digit() { ANY_DIGIT } else { b };
        Ok(Walk::new(&dfa, alike).read(most, cut)?.map(Walk::laid_out))
    };
    let whole = COUNTED.iter().find_map(|&counted| quick(counted, WHOLE, false).transpose());
    let quick = match whole {
        Some(quick) => quick?,
        None => quick(COUNTED[0], PART, true)?.unwrap_or_default(),
    };
    Ok(Entry { first, longest, quick, exact: Vec::new() })
}

/// The exact table of a pattern; `None` when it would be too large.
///
/// # Errors
/// Why the pattern cannot be run, as a sentence.
#[allow(dead_code)] // Reason: the build script calls it; the engine makes exact automata as it reads.
pub fn exact(pattern: &str) -> Result<Option<Vec<u8>>, String> {
    let dfa = automaton(&parse(pattern)?)?;
    let table = Walk::new(&dfa, |b| b).read(EXACT_READ, false)?.map(Walk::laid_out);
    Ok(table.filter(|table| table.len() <= EXACT))
}

fn automaton(hir: &Hir) -> Result<DFA, String> {
    let nfa = thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).shrink(false))
        .build_from_hir(hir)
        .map_err(|e| e.to_string())?;
    let config = DFA::config()
        .match_kind(MatchKind::All)
        .cache_capacity(usize::MAX / 2)
        .skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::flat::{Flat, PERHAPS, holds};

    /// What the table of a pattern says of a text, read from its start: dead, a match before some
    /// end, or perhaps.
    fn may(pattern: &str, text: &str) -> bool {
        let table = entry(pattern).unwrap().quick;
        let quick = Flat::of(&table).unwrap();
        let mut state = quick.start(1);
        let mut may = false;
        for byte in text.bytes() {
            state = quick.next(state, byte);
            may |= quick.is_match(state) || state == PERHAPS;
        }
        may || quick.is_match(quick.end(state))
    }

    #[test]
    fn a_table_accepts_what_its_pattern_does() {
        for (pattern, yes, no) in [
            (r"(?i:mrn ?\d{6,9})", "MRN 7654321", "MRO 7654321"),
            (r"(?i:\d{3}-\d{3}-\d{4}\b)", "416-555-0199", "416 555 0199"),
            (
                r"(?:[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){1,3} Street)",
                "Elm Tree Street",
                "elm Street",
            ),
        ] {
            assert!(may(pattern, yes), "{pattern} must accept {yes}");
            assert!(!may(pattern, no), "{pattern} must not accept {no}");
        }
    }

    #[test]
    fn a_pattern_too_large_for_a_table_is_read_as_far_as_it_fits() {
        let pattern = format!("(?:a(?:{})x)", [r"[a-c]{1,9}\d[d-z]{2,5}"; 12].join("|y"));
        let entry = entry(&pattern).unwrap();
        assert!(entry.quick.len() <= PART + 1024, "{}", entry.quick.len());
        assert!(may(&pattern, "aabc1efx"));
        assert!(!may(&pattern, "b"));
    }

    #[test]
    fn an_exact_table_counts_and_tells_digits_apart() {
        let table = exact(r"(?i:k(?<id>[1-3]{2,4})\b)").unwrap().unwrap();
        let exact = Flat::of(&table).unwrap();
        let ends = |text: &str| {
            let mut state = exact.start(1);
            let mut ends = Vec::new();
            for (at, byte) in text.bytes().enumerate() {
                state = exact.next(state, byte);
                if exact.is_match(state) {
                    ends.push(at);
                }
            }
            if exact.is_match(exact.end(state)) {
                ends.push(text.len());
            }
            ends
        };
        assert_eq!(ends("K12 "), [3]);
        assert_eq!(ends("k1231"), [5]);
        assert_eq!(ends("k12312"), [0; 0]);
        assert_eq!(ends("k14"), [0; 0]);
        let too_large = r"(?:[ab]{0,40}a[ab]{20,40}c)";
        assert_eq!(super::exact(too_large).unwrap(), None);
    }

    #[test]
    fn first_bytes_and_longest_match() {
        let entry = entry(r"(?i:k\d{2,4})").unwrap();
        assert!(
            holds(&entry.first, b'k') && holds(&entry.first, b'K') && !holds(&entry.first, b'1')
        );
        assert_eq!(entry.longest, 5);
        assert!(super::entry("(?:a+)").unwrap_err().contains("unbounded"));
    }
}
