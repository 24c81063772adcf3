//! Whether a match can go on behind a word: remembered, so that most words start no automaton.
//!
//! A family's automaton reads a word always the same way, and mostly dies with the first or second
//! byte behind it. A worker remembers of the words that it met last with which bytes it died.

use crate::token::{Token, shape};

/// Words remembered: a quarter of a megabyte.
const SLOTS: usize = 8192;

/// What is remembered of a word.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    hash: u64,
    shape: u8,
    /// The places of [`Behind`] with which no rule of the family matched.
    dead: u128,
}

/// What a worker remembers of one family.
#[derive(Debug)]
pub(super) struct Follow {
    slots: Vec<Slot>,
}

impl Default for Follow {
    fn default() -> Self {
        Self { slots: vec![Slot::default(); SLOTS] }
    }
}

/// A token and what stands behind it, as far as an automaton's death there can be remembered.
#[derive(Clone, Copy)]
pub(super) struct Behind {
    hash: u64,
    shape: u8,
    place: u128,
    /// One past the token.
    end: usize,
    /// The last byte that the place tells.
    told: usize,
}

impl Behind {
    /// `None` when hash and shape do not tell the bytes of the token, or nothing is remembered of
    /// the bytes behind it.
    #[inline]
    pub(super) fn new(bytes: &[u8], token: &Token) -> Option<Self> {
        let end = token.end as usize;
        let (place, told) = match bytes.get(end) {
            Some(b' ') => (bytes.get(end + 1).map_or(0, |&b| BEHIND_SPACE[b as usize]), end + 1),
            Some(&b) => (BEHIND_WORD[b as usize], end),
            None => (0, end),
        };
        (place != 0 && is_determined(token)).then_some(Self {
            hash: token.hash,
            shape: token.shape,
            place: 1 << place,
            end,
            told,
        })
    }

    fn slot(self) -> usize {
        ((self.hash >> 20) as usize % SLOTS) ^ self.shape as usize
    }
}

impl Follow {
    /// True when no rule matched at this token with these bytes behind it.
    #[inline]
    pub(super) fn is_dead(&self, behind: Behind) -> bool {
        let slot = &self.slots[behind.slot()];
        slot.hash == behind.hash && slot.shape == behind.shape && slot.dead & behind.place != 0
    }

    /// Remembers that the automaton died with the byte at `at`, and nothing had matched.
    pub(super) fn died(&mut self, behind: Behind, at: usize) {
        let slot = &mut self.slots[behind.slot()];
        if slot.hash != behind.hash || slot.shape != behind.shape {
            *slot = Slot { hash: behind.hash, shape: behind.shape, dead: 0 };
        }
        if at < behind.end {
            slot.dead = u128::MAX;
        } else if at <= behind.told {
            slot.dead |= behind.place;
        }
    }
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

/// For each byte behind a word its place; 0 when nothing is remembered of it.
const BEHIND_WORD: [u8; 256] = places(b"\n.,:;-/'\"()", 1);

/// The same for each byte behind a word and a space.
const BEHIND_SPACE: [u8; 256] =
    places(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789(-\"'", 32);

const fn places<const N: usize>(bytes: &[u8; N], first: u8) -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < N {
        table[bytes[i] as usize] = first + i as u8;
        i += 1;
    }
    table
}
