//! Terms that look like identifiers and are not: eponyms, drugs, scales.
//!
//! `rules/keep/<name>/terms.txt`, one term a line. Found by the words of the term, exactly: unlike
//! a lexicon, a keep list unmasks, so a chance match here would be a leak.

use super::load::RuleError;
use super::source::RuleFiles;
use crate::decode::Normalized;
use crate::entity::RuleId;
use crate::token::{Token, WordMap, phrase_hash, tokenize};
use std::ops::Range;

/// All keep terms.
#[derive(Debug, Default)]
pub(crate) struct KeepTerms {
    by_hash: WordMap<usize>,
    /// Longest term, in words, that starts with this word.
    starts: WordMap<u8>,
    terms: Vec<Term>,
    /// The letters of all terms, one behind the other.
    letters: Vec<u8>,
    lists: Vec<RuleId>,
}

#[derive(Debug)]
struct Term {
    letters: Range<u32>,
    list: u32,
}

impl KeepTerms {
    pub(super) fn new(files: &RuleFiles) -> Result<Self, RuleError> {
        let (mut keep, mut tokens) = (Self::default(), Vec::new());
        for (name, text) in files.texts() {
            let Some(list) = name.strip_prefix("keep/").and_then(|n| n.strip_suffix("/terms.txt"))
            else {
                continue;
            };
            keep.lists.push(RuleId::new(&format!("keep.{list}")));
            // The files hold little but terms, a line each.
            keep.letters.reserve(text.len());
            for (i, line) in text.lines().enumerate() {
                let term = line.trim();
                if term.is_empty() || term.starts_with('#') {
                    continue;
                }
                keep.add(term, &mut tokens).ok_or_else(|| RuleError::Lexicon {
                    file: name.to_owned(),
                    line: i + 1,
                    message: "a keep term needs a letter or digit".to_owned(),
                })?;
            }
        }
        Ok(keep)
    }

    /// Adds a term to the last list; `None` when it has no letter or digit.
    fn add(&mut self, term: &str, tokens: &mut Vec<Token>) -> Option<()> {
        let folded = Normalized::new(term).text;
        tokens.clear();
        tokenize(&folded, tokens);
        let (first, rest) = tokens.split_first()?;
        let longest = self.starts.entry(first.hash).or_default();
        *longest = (*longest).max(tokens.len() as u8);
        let hash = rest.iter().fold(first.hash, |h, t| phrase_hash(h, t.hash));
        self.by_hash.insert(hash, self.terms.len());
        let start = self.letters.len() as u32;
        self.letters.extend(letters(&folded, tokens));
        let letters = start..self.letters.len() as u32;
        self.terms.push(Term { letters, list: self.lists.len() as u32 - 1 });
        Some(())
    }

    /// True when a keep term starts with this word.
    pub(crate) fn begins(&self, first_word: u64) -> bool {
        self.starts.contains_key(&first_word)
    }

    /// The longest keep term that starts with the first of `tokens`: its number of tokens and list.
    pub(crate) fn longest_at(&self, view: &str, tokens: &[Token]) -> Option<(usize, &RuleId)> {
        let first = tokens.first()?;
        let most = *self.starts.get(&first.hash)? as usize;
        let mut hash = first.hash;
        let mut best = None;
        for n in 1..=most.min(tokens.len()) {
            if n > 1 {
                let (end, start) = (tokens[n - 2].end as usize, tokens[n - 1].start as usize);
                if !joins(view.as_bytes().get(end..start).unwrap_or_default(), n) {
                    break;
                }
                hash = phrase_hash(hash, tokens[n - 1].hash);
            }
            if let Some(&term) = self.by_hash.get(&hash) {
                let Term { letters: Range { start, end }, list } = &self.terms[term];
                let term = self.letters[*start as usize..*end as usize].iter().copied();
                if term.eq(letters(view, &tokens[..n])) {
                    best = Some((n, &self.lists[*list as usize]));
                }
            }
        }
        best
    }
}

/// True for what may stand between the words of a term. A comma, a colon or the end of a sentence
/// parts them: `spoke with David, procedure explained`. A term of three words may be wrapped.
fn joins(gap: &[u8], words: usize) -> bool {
    gap.len() <= 2
        && gap != b". "
        && gap.iter().all(|b| !b",;:(|\t\r".contains(b) && (*b != b'\n' || words > 2))
}

fn letters<'v>(view: &'v str, tokens: &'v [Token]) -> impl Iterator<Item = u8> + 'v {
    tokens.iter().flat_map(|t| t.text(view).bytes()).map(|b| b.to_ascii_lowercase())
}
