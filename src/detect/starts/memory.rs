//! How a worker remembers lists of live rules: by word, by step, by what is in them.

use std::hash::Hasher;

/// Steps remembered: 2 MB.
pub(super) const STEPS: usize = 1 << 18;

/// What is remembered of a word: the list for a key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) key: u64,
    pub(super) list: u32,
}

/// A step of a list with a byte, and the list that it leads to, in one number: list, byte, and
/// whether inside a token; then the other list. All of it, so that nothing is taken for another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step(u64);

/// Bits of the number of a list in a [`Step`]; lists beyond are not remembered.
const LIST_BITS: u32 = 27;

impl Step {
    pub(super) fn key(list: u32, byte: u8, inside: bool) -> u64 {
        u64::from(list) << 9 | u64::from(byte) << 1 | u64::from(inside)
    }

    /// Where the step of that key is remembered.
    pub(super) fn slot(key: u64) -> usize {
        mixed(key) as usize >> 8 & (STEPS - 1)
    }

    /// Where it leads, when it is the step of that key. No step is from list 0.
    pub(super) fn to(self, key: u64) -> Option<u32> {
        (self.0 >> LIST_BITS == key).then_some((self.0 & ((1 << LIST_BITS) - 1)) as u32)
    }

    pub(super) fn new(key: u64, to: u32) -> Self {
        let fits = key < 1 << (LIST_BITS + 9) && to < 1 << LIST_BITS;
        Self(if fits { key << LIST_BITS | u64::from(to) } else { 0 })
    }
}

/// Mixes the numbers of a list; nobody outside chooses them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ListHasher(u64);

impl ListHasher {
    fn add(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for ListHasher {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.add(byte.into());
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.add(number as u64);
    }
}

/// A key that is never 0 and spreads over the slots.
#[inline]
pub(super) fn mixed(key: u64) -> u64 {
    let h = (key ^ (key >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (h ^ (h >> 29)) | 1
}
