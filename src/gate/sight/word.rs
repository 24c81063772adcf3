//! A word with what depends on it alone: lists, cues, the gap before it, its shape.

use crate::rules::Word;
use crate::token::{Token, shape};

/// A word with what depends on it and the gap before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    pub(super) token: Token,
    pub(super) word: Word,
    pub(super) cues: u16,
    pub(super) gap: Gap,
    pub(super) phrase: u8,
    pub(super) decided: bool,
    pub(super) line: u32,
}

/// What stands before a word; in an order in which one cut tells a sentence's start.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Gap {
    None,
    Hyphen,
    Apostrophe,
    Slash,
    Sign,
    Space,
    Comma,
    Bracket,
    Other,
    Colon,
    Point,
    Line,
    Edge,
}

impl Gap {
    /// What stands between two words.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut kept = bytes.iter().filter(|b| **b != b' ' && **b != b'\r');
        if bytes.contains(&b'\n') {
            return Self::Line;
        }
        match (kept.next(), kept.next()) {
            (None, _) if bytes.is_empty() => Self::None,
            (None, _) => Self::Space,
            (Some(b'-'), None) => Self::Hyphen,
            (Some(b'\''), None) => Self::Apostrophe,
            (Some(b'/'), None) => Self::Slash,
            (Some(b'@' | b'#' | b'_'), None) => Self::Sign,
            (Some(b','), None) => Self::Comma,
            (Some(b'(' | b')' | b'[' | b']' | b'"'), None) => Self::Bracket,
            (Some(b':' | b'=' | b'|' | b'\t'), _) => Self::Colon,
            (Some(b'.' | b'!' | b'?' | b';'), _) => Self::Point,
            _ => Self::Other,
        }
    }
}

/// Words that say nothing by themselves: common ones in lower case, single letters.
pub(super) fn is_plain(atom: &Atom) -> bool {
    const COMMON: u8 = 5;
    let (token, word) = (&atom.token, atom.word);
    let common = word.is_dictionary() && word.english().max(word.french()) >= COMMON;
    token.len() < 2 && !token.is_number()
        || token.shape == shape::LOWER && (common || word.medical() != 0 || atom.cues != 0)
}

/// Shapes in an order in which one cut tells numbers, words in lower case, capitals.
pub(super) fn shape_of(token: &Token) -> f32 {
    let class = if token.is_number() {
        0
    } else if token.has(shape::DIGIT) {
        1 + u8::from(token.has(shape::UPPER))
    } else if token.shape == shape::LOWER {
        3
    } else if token.has(shape::FOREIGN) {
        4
    } else if token.is_all_caps() {
        5
    } else if token.has(shape::FIRST_UPPER) {
        if token.has(shape::INNER_UPPER) { 7 } else { 6 + 2 * u8::from(token.len() > 1) }
    } else {
        4
    };
    f32::from(class)
}
