//! Which rules can match at a place, and how far each has read.
//!
//! All rules that need no cue are read at once: what is alive behind some bytes is a list of rules, each with the
//! state of its quick table. A worker remembers where each list goes with each byte, and for
//! the words that it met last their list, so that most places cost three look-ups and end with few
//! rules or none. It holds hashes, states and rule numbers, no text.

mod memory;

use crate::rules::{ANY_DIGIT, BEFORE, DEAD, Machines, PERHAPS, State};
use crate::token::{CLASS, Token, shape};
use memory::{ListHasher, STEPS, Slot, Step, mixed};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Words remembered: 1 MB. A word that is not costs ten times the look-up.
const WORDS: usize = 1 << 16;
/// Lists from which all is forgotten.
const LISTS: usize = 1 << 16;
/// How far behind a word all rules are read at once.
const BEHIND: usize = 2;

/// A rule that may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Live {
    pub(super) rule: u16,
    /// [`PERHAPS`] when it has matched already, or has no table.
    pub(super) state: State,
}

/// What a worker remembers of the starts of matches.
#[derive(Debug)]
pub(super) struct Starts {
    /// For what stands before and the first byte.
    first: Vec<Option<u32>>,
    words: Vec<Slot>,
    steps: Vec<Step>,
    /// The distinct lists; the first is empty.
    lists: Vec<Box<[Live]>>,
    by_list: HashMap<Box<[Live]>, u32, BuildHasherDefault<ListHasher>>,
    found: Vec<Live>,
}

impl Default for Starts {
    fn default() -> Self {
        let empty: Box<[Live]> = Box::default();
        Self {
            first: vec![None; BEFORE.len() * 256],
            words: vec![Slot::default(); WORDS],
            steps: vec![Step::default(); STEPS],
            by_list: HashMap::from_iter([(empty.clone(), 0)]),
            lists: vec![empty],
            found: Vec::new(),
        }
    }
}

/// The text around a place, and what reads it.
pub(super) struct Reader<'r> {
    pub(super) bytes: &'r [u8],
    pub(super) machines: &'r Machines,
}

/// A question: which rules that need no cue may match at a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) token: Token,
    key: u64,
    list: u32,
}

impl Asked {
    pub(super) fn new(token: Token) -> Self {
        Self { token, key: 0, list: 0 }
    }
}

/// Not remembered: no list has this number.
const UNKNOWN: u32 = u32::MAX;

/// The rules that are alive at a place, and the position up to which they have read.
pub(super) struct Alive<'s> {
    pub(super) rules: &'s [Live],
    pub(super) upto: usize,
}

impl Starts {
    /// Answers all questions: what [`Starts::alive`] tells then, until the next call.
    ///
    /// Step by step for all of them, so that one waits for memory while others do, too.
    pub(super) fn answer(&mut self, asked: &mut [Asked], reader: &Reader<'_>) {
        if self.lists.len() > LISTS {
            *self = Self::default();
        }
        for a in asked.iter_mut() {
            a.key = key_of(&a.token, reader.bytes);
        }
        for a in asked.iter_mut() {
            let slot = self.words[a.key as usize >> 8 & (WORDS - 1)];
            a.list = if slot.key == a.key { slot.list } else { UNKNOWN };
        }
        for a in asked.iter_mut().filter(|a| a.list == UNKNOWN) {
            a.list = self.word(a, reader);
        }
        for behind in 0..BEHIND {
            self.step_all(asked, behind, reader);
        }
    }

    /// The list behind a word that was not remembered.
    fn word(&mut self, asked: &Asked, reader: &Reader<'_>) -> u32 {
        let Asked { token, key, .. } = asked;
        let at = *key as usize >> 8 & (WORDS - 1);
        // It may stand twice among the questions.
        if self.words[at].key == *key {
            return self.words[at].list;
        }
        let (start, end) = (token.start as usize, token.end as usize);
        let list = self.first(start, reader);
        let list = self.read(list, start + 1, end, reader);
        if is_determined(token) {
            self.words[at] = Slot { key: *key, list };
        }
        list
    }

    /// Reads the byte that stands so far behind the words.
    fn step_all(&mut self, asked: &mut [Asked], behind: usize, reader: &Reader<'_>) {
        let next = |a: &Asked| reader.bytes.get(a.token.end as usize + behind).copied().map(alike);
        let mut misses = false;
        for a in asked.iter_mut() {
            let Some(byte) = next(a).filter(|_| a.list != 0) else { continue };
            let key = Step::key(a.list, byte, false);
            let to = self.steps[Step::slot(key)].to(key);
            // The list is kept beside the mark, in the key that is no longer needed.
            a.key = a.list.into();
            a.list = to.unwrap_or(UNKNOWN);
            misses |= to.is_none();
        }
        if !misses {
            return;
        }
        for a in asked.iter_mut().filter(|a| a.list == UNKNOWN) {
            if let Some(byte) = next(a) {
                a.list = self.go_on(a.key as u32, byte, false, reader);
            }
        }
    }

    /// The rules that need no cue and may match at the token, in order.
    pub(super) fn alive(&self, asked: &Asked, bytes: &[u8]) -> Alive<'_> {
        let upto = bytes.len().min(asked.token.end as usize + BEHIND);
        Alive { rules: &self.lists[asked.list as usize], upto }
    }

    /// The rules that need no cue and may match at a sign, or at a digit inside a token.
    pub(super) fn at_byte(&mut self, start: usize, reader: &Reader<'_>) -> Alive<'_> {
        let list = self.first(start, reader);
        Alive { rules: &self.lists[list as usize], upto: start + 1 }
    }

    /// The rules that can start with the byte at `start`.
    fn first(&mut self, start: usize, reader: &Reader<'_>) -> u32 {
        let byte = alike(reader.bytes[start]);
        let before = before(reader.bytes, start);
        let at = before << 8 | usize::from(byte);
        if let Some(list) = self.first[at] {
            return list;
        }
        self.found.clear();
        for &rule in reader.machines.starting_with(byte) {
            let state = reader.machines.begin(rule, before, byte);
            if state != DEAD {
                self.found.push(Live { rule, state });
            }
        }
        let list = self.intern();
        self.first[at] = Some(list);
        list
    }

    /// The list behind the bytes of a token from `from` to `upto`.
    fn read(&mut self, mut list: u32, from: usize, upto: usize, reader: &Reader<'_>) -> u32 {
        for at in from..upto {
            if list == 0 {
                break;
            }
            list = self.go_on(list, alike(reader.bytes[at]), true, reader);
        }
        list
    }

    /// The list behind one more byte; `inside` a token a match ends only where a rule may end
    /// anywhere.
    fn go_on(&mut self, list: u32, byte: u8, inside: bool, reader: &Reader<'_>) -> u32 {
        let key = Step::key(list, byte, inside);
        if let Some(next) = self.steps[Step::slot(key)].to(key) {
            return next;
        }
        let next = self.step(list, byte, inside, reader);
        self.steps[Step::slot(key)] = Step::new(key, next);
        next
    }

    fn step(&mut self, list: u32, byte: u8, inside: bool, reader: &Reader<'_>) -> u32 {
        self.found.clear();
        for &live in &self.lists[list as usize] {
            let Live { rule, state } = live;
            let Some(quick) = reader.machines.quick(rule).filter(|_| state != PERHAPS) else {
                self.found.push(live);
                continue;
            };
            let state = quick.next(state, byte);
            if quick.is_match(state) && (!inside || reader.machines.is_glued(rule)) {
                self.found.push(Live { rule, state: PERHAPS });
            } else if state != DEAD {
                self.found.push(Live { rule, state });
            }
        }
        self.intern()
    }

    /// The number of the list that was just found.
    fn intern(&mut self) -> u32 {
        if self.found.is_empty() {
            return 0;
        }
        if let Some(&list) = self.by_list.get(self.found.as_slice()) {
            return list;
        }
        let list = self.lists.len() as u32;
        let rules: Box<[Live]> = self.found.as_slice().into();
        self.lists.push(rules.clone());
        self.by_list.insert(rules, list);
        list
    }
}

/// What the list behind a token depends on.
fn key_of(token: &Token, bytes: &[u8]) -> u64 {
    let around = (before(bytes, token.start as usize) as u64) << 20;
    // All numbers of one length are alike.
    let spelled = if token.is_number() { u64::from(token.len()) } else { token.hash };
    mixed(spelled ^ u64::from(token.shape) << 8 ^ around)
}

/// What stands in front of a place: an index of [`BEFORE`].
pub(super) fn before(bytes: &[u8], start: usize) -> usize {
    match start.checked_sub(1).map(|i| bytes[i]) {
        None => 1,
        Some(b'\n') => 2,
        Some(b'\r') => 3,
        Some(b'_') => 4,
        Some(b) if b.is_ascii() && CLASS[b as usize] != 0 => 5,
        Some(_) => 0,
    }
}

/// A byte as quick tables read it.
#[inline]
fn alike(byte: u8) -> u8 {
    if byte.is_ascii_digit() { ANY_DIGIT } else { byte }
}

/// True when hash and shape tell the bytes of the token.
#[inline]
fn is_determined(token: &Token) -> bool {
    const CASE: u8 = shape::LOWER | shape::UPPER;
    let letters = token.shape & CASE;
    let lower_behind_first = shape::FIRST_UPPER | CASE;
    token.shape & shape::FOREIGN == 0
        && (letters == 0
            || token.shape & shape::DIGIT == 0
                && (letters != CASE || token.shape == lower_behind_first))
}
