//! A pattern made into a quick table: widened, and laid out flat, the likeliest states up to a size.
//!
//! Enters: a pattern as it is run. Leaves: what [`super::quick`] reads. The build script makes the
//! tables of the embedded rules, the engine those of rules that are only on disk.

use super::quick::{self, ANY_DIGIT, BEFORE, DEAD, Entry, PERHAPS, State};
use super::syntax::{WINDOW, first_bytes, parse};
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::{Class, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Repetition};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Most bytes of a table that knows its pattern whole.
const WHOLE: usize = 48 << 10;

/// Most bytes of a table of a pattern too large for that: the rest is left to the exact automaton.
const PART: usize = 128 << 10;

/// How widely a pattern is read, from narrow to wide: repetitions that leave so many counts open
/// are made endless.
const COUNTED: [u32; 3] = [4, 2, 1];

/// What is known of a pattern before it runs: its first bytes, its longest match, and a table that
/// accepts all that it accepts, and perhaps more.
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
    let whole = COUNTED.iter().find_map(|&counted| table(&hir, counted, false).transpose());
    let table = match whole {
        Some(table) => table?,
        None => table(&hir, COUNTED[0], true)?.unwrap_or_default(),
    };
    Ok(Entry { first, longest, table })
}

/// The table of a pattern read that widely; `None` when it is too large and must not be `cut`.
fn table(hir: &Hir, counted: u32, cut: bool) -> Result<Option<Vec<u8>>, String> {
    let nfa = thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).shrink(false))
        .build_from_hir(&widened(hir, counted))
        .map_err(|e| e.to_string())?;
    let config = DFA::config()
        .match_kind(MatchKind::All)
        .cache_capacity(usize::MAX / 2)
        .skip_cache_capacity_check(true);
    let dfa = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| e.to_string())?;
    let mut cache = dfa.create_cache();
    Ok(Walk::new(&dfa).read(&mut cache, cut)?.map(Walk::laid_out))
}

/// The pattern with its long repetitions made endless, all digits alike, and its groups away.
fn widened(hir: &Hir, counted: u32) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(|p| widened(p, counted)).collect();
    match hir.kind() {
        HirKind::Repetition(rep) => {
            let open = rep.max.is_none_or(|max| max > 1 && max - rep.min >= counted);
            let (min, max) = if open { (rep.min.min(1), None) } else { (rep.min, rep.max) };
            let sub = Box::new(widened(&rep.sub, counted));
            Hir::repetition(Repetition { min, max, greedy: true, sub })
        }
        HirKind::Capture(capture) => widened(&capture.sub, counted),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Literal(literal) => {
            let alike = |b: &u8| if b.is_ascii_digit() { ANY_DIGIT } else { *b };
            Hir::literal(literal.0.iter().map(alike).collect::<Vec<_>>())
        }
        HirKind::Class(class) => Hir::class(with_any_digit(class.clone())),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// The class, with the digit that stands for all when it holds one.
fn with_any_digit(class: Class) -> Class {
    match class {
        Class::Unicode(mut class) => {
            let digits = |r: &ClassUnicodeRange| r.start() <= '9' && r.end() >= '0';
            if class.ranges().iter().any(digits) {
                class.push(ClassUnicodeRange::new(ANY_DIGIT.into(), ANY_DIGIT.into()));
            }
            Class::Unicode(class)
        }
        Class::Bytes(mut class) => {
            if class.ranges().iter().any(|r| r.start() <= b'9' && r.end() >= b'0') {
                class.push(ClassBytesRange::new(ANY_DIGIT, ANY_DIGIT));
            }
            Class::Bytes(class)
        }
    }
}

/// How unlikely the end of a text is, as [`Walk::cost`] says.
const END: u32 = 160;

/// What a state does, before states are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Dead,
    Perhaps,
    Plain,
    Match,
}

/// An automaton, read from its starts by how likely its states are.
struct Walk<'d> {
    dfa: &'d DFA,
    class_of: [u8; 256],
    /// A byte of each class.
    bytes: Vec<u8>,
    states: Vec<LazyStateID>,
    index: HashMap<LazyStateID, usize>,
    kinds: Vec<Kind>,
    /// A row for each state that was read: a state for each class, and one for the end of the text.
    rows: Vec<Vec<usize>>,
    starts: Vec<usize>,
}

impl<'d> Walk<'d> {
    fn new(dfa: &'d DFA) -> Self {
        let read_as = |b: u8| if b.is_ascii_digit() { ANY_DIGIT } else { b };
        let (mut number, mut bytes, mut class_of) = (HashMap::new(), Vec::new(), [0; 256]);
        for b in 0..=255u8 {
            let class = dfa.byte_classes().get(read_as(b));
            class_of[usize::from(b)] = *number.entry(class).or_insert_with(|| {
                bytes.push(read_as(b));
                (bytes.len() - 1) as u8
            });
        }
        Self {
            dfa,
            class_of,
            bytes,
            states: Vec::new(),
            index: HashMap::new(),
            kinds: Vec::new(),
            rows: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn number(&mut self, state: LazyStateID) -> usize {
        *self.index.entry(state).or_insert_with(|| {
            self.states.push(state);
            let kind = if state.is_dead() || state.is_quit() {
                Kind::Dead
            } else if state.is_match() {
                Kind::Match
            } else {
                Kind::Plain
            };
            self.kinds.push(kind);
            self.rows.push(Vec::new());
            self.states.len() - 1
        })
    }

    /// Reads it whole, or its likeliest states when it may be cut.
    fn read(mut self, cache: &mut Cache, cut: bool) -> Result<Option<Self>, String> {
        let mut next = BinaryHeap::new();
        for before in BEFORE {
            let config = start::Config::new().anchored(Anchored::Yes).look_behind(before);
            let state = self.dfa.start_state(cache, &config).map_err(|e| e.to_string())?;
            let number = self.number(state);
            self.starts.push(number);
            next.push(Reverse((0, number)));
        }
        let costs: Vec<u32> = self.bytes.iter().map(|&b| self.cost(b)).collect();
        let most = if cut { PART } else { WHOLE } / (2 * (self.bytes.len() + 1));
        let mut read = 0;
        while let Some(Reverse((cost, at))) = next.pop() {
            if !self.rows[at].is_empty() || matches!(self.kinds[at], Kind::Dead) {
                continue;
            }
            if read == most {
                if !cut {
                    return Ok(None);
                }
                break;
            }
            read += 1;
            let state = self.states[at];
            let mut row = Vec::with_capacity(self.bytes.len() + 1);
            for (i, own) in costs.iter().enumerate() {
                let to = self.dfa.next_state(cache, state, self.bytes[i]);
                let to = self.number(to.map_err(|e| e.to_string())?);
                row.push(to);
                next.push(Reverse((cost + own, to)));
            }
            let end = self.dfa.next_eoi_state(cache, state).map_err(|e| e.to_string())?;
            let end = self.number(end);
            row.push(end);
            next.push(Reverse((cost + END, end)));
            self.rows[at] = row;
        }
        for (kind, row) in self.kinds.iter_mut().zip(&self.rows) {
            if row.is_empty() && *kind != Kind::Dead {
                *kind = Kind::Perhaps;
            }
        }
        Ok(Some(self))
    }

    /// How unlikely a byte of the class of `byte` is in clinical text, in sixteenths of a bit.
    fn cost(&self, byte: u8) -> u32 {
        let class = self.class_of[usize::from(byte)];
        let all = (0..=255u8).filter(|&b| self.class_of[usize::from(b)] == class);
        let of_million: u32 = all
            .map(|b| match b {
                b'a'..=b'z' => 25_000,
                b' ' => 150_000,
                b'\n' => 20_000,
                // The digits are read as one, and all ten count.
                b'0'..=b'9' => 8_000,
                b'A'..=b'Z' => 5_000,
                b',' | b'.' | b':' | b'-' | b'/' => 8_000,
                b'(' | b')' | b'\'' | b'|' | b'\t' | b'"' | b';' | b'#' => 2_000,
                0x80.. => 20,
                _ => 200,
            })
            .sum();
        (16.0 * (1e6 / f64::from(of_million)).log2()).max(1.0) as u32
    }

    /// The block of each state: states that do the same from here on share one.
    fn blocks(&self) -> Vec<usize> {
        let mut block: Vec<usize> = self.kinds.iter().map(|&k| k as usize).collect();
        let mut count = 0;
        loop {
            let mut fresh = HashMap::new();
            let next: Vec<usize> = (0..self.states.len())
                .map(|i| {
                    let goes_on = matches!(self.kinds[i], Kind::Plain | Kind::Match);
                    let row: &[usize] = if goes_on { &self.rows[i] } else { &[] };
                    let key = (block[i], row.iter().map(|&to| block[to]).collect::<Vec<_>>());
                    let number = fresh.len();
                    *fresh.entry(key).or_insert(number)
                })
                .collect();
            let split = fresh.len() > count;
            (block, count) = (next, fresh.len());
            if !split {
                return block;
            }
        }
    }

    /// The table: dead and perhaps first, then the states that do not match, then those that do.
    fn laid_out(self) -> Vec<u8> {
        let block = self.blocks();
        let mut first_of: Vec<Option<usize>> = vec![None; self.states.len()];
        for (i, &b) in block.iter().enumerate() {
            first_of[b].get_or_insert(i);
        }
        let of = |kind: Kind| {
            let kinds = &self.kinds;
            first_of.iter().flatten().copied().filter(move |&i| kinds[i] == kind)
        };
        let mut state_of: Vec<State> = vec![DEAD; self.states.len()];
        of(Kind::Perhaps).for_each(|i| state_of[block[i]] = PERHAPS);
        let plain: Vec<usize> = of(Kind::Plain).collect();
        let min_match = PERHAPS + 1 + plain.len() as State;
        let numbered: Vec<usize> = plain.into_iter().chain(of(Kind::Match)).collect();
        for (n, &i) in numbered.iter().enumerate() {
            state_of[block[i]] = PERHAPS + 1 + n as State;
        }
        let width = self.bytes.len() + 1;
        let mut steps = vec![DEAD; width];
        steps.resize(2 * width, PERHAPS);
        for &i in &numbered {
            steps.extend(self.rows[i].iter().map(|&to| state_of[block[to]]));
        }
        let starts: Vec<State> = self.starts.iter().map(|&s| state_of[block[s]]).collect();
        quick::write(&self.class_of, width as u16, min_match, &starts, &steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::quick::{Layout, Quick};

    /// What the table of a pattern says of a text, read from its start: dead, a match before some
    /// end, or perhaps.
    fn may(pattern: &str, text: &str) -> bool {
        let entry = entry(pattern).unwrap();
        let quick = Quick::new(&entry.table, Layout::of(&entry.table).unwrap());
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
        assert!(entry.table.len() <= PART + 1024, "{}", entry.table.len());
        assert!(may(&pattern, "aabc1efx"));
        assert!(!may(&pattern, "b"));
    }

    #[test]
    fn first_bytes_and_longest_match() {
        let entry = entry(r"(?i:k\d{2,4})").unwrap();
        assert!(entry.starts_with(b'k') && entry.starts_with(b'K') && !entry.starts_with(b'1'));
        assert_eq!(entry.longest, 5);
        assert!(super::entry("(?:a+)").unwrap_err().contains("unbounded"));
    }
}
