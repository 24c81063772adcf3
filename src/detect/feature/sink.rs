//! What takes the features of a token: the trait, all of them as hashes, and all with names.

#![expect(clippy::inline_always, reason = "features that a sink does not want must cost nothing")]

use crate::token::phrase_hash;

/// At most so many features for a token.
const MAX: usize = 80;

/// Takes the features of a token as they are computed.
pub(in crate::detect) trait Sink {
    /// A feature, as the hash of its template and value.
    fn take(&mut self, hash: u32);

    /// Whether it takes features of this template.
    #[inline(always)]
    fn wants(_template: u32) -> bool {
        true
    }

    #[inline(always)]
    fn add(&mut self, template: u32, value: u64) {
        if !Self::wants(template) {
            return;
        }
        self.take(hash_of(template, value));
    }
}

/// A feature is its template and value, as one hash.
#[inline(always)]
fn hash_of(template: u32, value: u64) -> u32 {
    let h = phrase_hash(u64::from(template).wrapping_mul(0x9e37_79b9), value);
    (h ^ (h >> 29)) as u32
}

/// The features of one token, as hashes.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    hashes: [u32; MAX],
    len: u8,
}

impl Features {
    /// No features.
    pub(crate) fn none() -> Self {
        Self { hashes: [0; MAX], len: 0 }
    }

    /// The hashes.
    pub(crate) fn hashes(&self) -> &[u32] {
        &self.hashes[..self.len as usize]
    }
}

impl Sink for Features {
    fn take(&mut self, hash: u32) {
        if (self.len as usize) < MAX {
            self.hashes[self.len as usize] = hash;
            self.len += 1;
        }
    }
}

/// The features of one token with the names of their templates: evidence for reviewers.
#[derive(Debug, Default)]
pub(in crate::detect) struct NamedFeatures(pub(in crate::detect) Vec<(&'static str, u32)>);

impl Sink for NamedFeatures {
    fn take(&mut self, _hash: u32) {}

    fn add(&mut self, template: u32, value: u64) {
        self.0.push((name_of(template), hash_of(template, value)));
    }
}

/// What a template looks at.
fn name_of(template: u32) -> &'static str {
    match template {
        0 => "bias",
        1 => "word",
        2 | 3 => "shape",
        4 => "name_frequency",
        5 => "word_frequency",
        6 => "place_list",
        7 => "medical_list",
        8 => "list_flags",
        10 | 11 => "prefix",
        13..=15 => "suffix",
        20..=22 | 30 | 32 | 34 => "left_word",
        23..=25 | 31 | 33 | 35 => "right_word",
        26 | 29 => "left_pair",
        27 => "right_pair",
        28 => "around",
        36..=39 | 52 => "gap",
        40..=44 => "pattern",
        45 | 46 => "phrase",
        47..=51 => "cue",
        53..=57 => "line",
        59..=62 => "column",
        63..=75 => "company",
        76 | 77 => "line",
        _ => "document",
    }
}
