//! An automaton, read state by state from where it starts, and laid out as a flat table.
//! Compiled into the build script, too.

use super::flat::{self, BEFORE, DEAD, PERHAPS, State};
use regex_automata::Anchored;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::util::start;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

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
pub struct Walk<'d> {
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
    /// An automaton that is told of another byte for some.
    pub fn new(dfa: &'d DFA, read_as: impl Fn(u8) -> u8) -> Self {
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

    /// Reads it whole, or its likeliest states when it may be cut; `None` when it needs more than
    /// these bytes and must not be.
    pub fn read(mut self, most: usize, cut: bool) -> Result<Option<Self>, String> {
        let dfa = self.dfa;
        let cache = &mut dfa.create_cache();
        let mut next = BinaryHeap::new();
        for before in BEFORE {
            let config = start::Config::new().anchored(Anchored::Yes).look_behind(before);
            let state = dfa.start_state(cache, &config).map_err(|e| e.to_string())?;
            let number = self.number(state);
            self.starts.push(number);
            next.push(Reverse((0, number)));
        }
        let costs: Vec<u32> = self.bytes.iter().map(|&b| self.cost(b)).collect();
        // A state is a number of two bytes, and two are taken.
        let most = (most / (2 * (self.bytes.len() + 1))).min(usize::from(State::MAX) - 2);
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
                let to = dfa.next_state(cache, state, self.bytes[i]);
                let to = self.number(to.map_err(|e| e.to_string())?);
                row.push(to);
                next.push(Reverse((cost + own, to)));
            }
            let end = dfa.next_eoi_state(cache, state).map_err(|e| e.to_string())?;
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
    pub fn laid_out(self) -> Vec<u8> {
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
        flat::write(&self.class_of, width as u16, min_match, &starts, &steps)
    }
}
