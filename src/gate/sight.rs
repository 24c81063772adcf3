//! What the watcher sees of a word: its shape, what lists say of it, its neighbours and its line.
//!
//! Nothing here looks at what the recognizers of `detect` found or at the tagger's weights: what
//! blinds those does not blind this. Words that masking wrote, or that were decided about, are seen
//! as such and as nothing else.

mod word;
mod line;
mod row;

pub(crate) use row::Seen;

use crate::detect::cues_of;
use crate::rules::Lexicon;
use crate::token::{Token, tokenize};
use line::{Line, Written};
use std::collections::HashMap;
use word::{Atom, Gap, is_plain};

/// A text as the watcher sees it.
pub(crate) struct Sight {
    atoms: Vec<Atom>,
    lines: Vec<Line>,
    written: HashMap<u64, Written>,
    capitals: f32,
    lower: f32,
}

impl Sight {
    /// Reads a view. `decided` says of a token whether something was decided about it.
    pub(crate) fn new(
        view: &str,
        lexicon: &Lexicon,
        mut decided: impl FnMut(&Token) -> bool,
    ) -> Self {
        let mut tokens = Vec::new();
        tokenize(view, &mut tokens);
        let bytes = view.as_bytes();
        let mut sight = Self {
            atoms: Vec::with_capacity(tokens.len()),
            lines: Vec::new(),
            written: HashMap::new(),
            capitals: 0.0,
            lower: 0.0,
        };
        let mut before = 0;
        for (i, token) in tokens.iter().enumerate() {
            let gap = bytes.get(before..token.start as usize).unwrap_or_default();
            before = token.end as usize;
            let gap = if i == 0 { Gap::Edge } else { Gap::of(gap) };
            if gap >= Gap::Line {
                let first = i as u32;
                sight.lines.push(Line { first, end: first, value: first, ..Line::default() });
            }
            sight.atoms.push(Atom {
                token: *token,
                word: lexicon.word(token.hash),
                cues: cues_of(token.hash),
                gap,
                phrase: 0,
                decided: decided(token),
                line: sight.lines.len() as u32 - 1,
            });
        }
        sight.mark_phrases(lexicon);
        sight.read_lines(bytes);
        sight.count();
        sight
    }

    /// The words that may identify, with their numbers: neither decided about nor plainly common.
    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, &Token)> {
        let open = |(_, a): &(usize, &Atom)| !a.decided && !is_plain(a);
        self.atoms.iter().enumerate().filter(open).map(|(i, a)| (i, &a.token))
    }
}
