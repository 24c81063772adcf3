//! Terms that look like identifiers and are not: eponyms, drugs, scales.
//!
//! `rules/keep/<name>/terms.txt`, one term a line. Found by the words of the term, exactly: unlike
//! a lexicon, a keep list unmasks, so a chance match here would be a leak.

use super::load::RuleError;
use super::source::RuleFiles;
use crate::entity::RuleId;
use crate::token::{Token, WordMap, phrase_hash, text_hash, tokenize};

/// All keep terms.
#[derive(Debug, Default)]
pub(crate) struct KeepTerms {
    by_hash: WordMap<usize>,
    /// Longest term, in words, that starts with this word.
    starts: WordMap<u8>,
    terms: Vec<(Vec<u8>, usize)>,
    lists: Vec<RuleId>,
}

impl KeepTerms {
    pub(super) fn new(files: &RuleFiles) -> Result<Self, RuleError> {
        let mut keep = Self::default();
        for (name, text) in files.texts() {
            let Some(list) = name.strip_prefix("keep/").and_then(|n| n.strip_suffix("/terms.txt"))
            else {
                continue;
            };
            keep.lists.push(RuleId::new(&format!("keep.{list}")));
            for (i, line) in text.lines().enumerate() {
                let term = line.trim();
                if term.is_empty() || term.starts_with('#') {
                    continue;
                }
                keep.add(term).ok_or_else(|| RuleError::Lexicon {
                    file: name.to_owned(),
                    line: i + 1,
                    message: "a keep term needs a letter or digit".to_owned(),
                })?;
            }
        }
        Ok(keep)
    }

    fn add(&mut self, term: &str) -> Option<()> {
        let folded = super::load::fold_text(term);
        let (hash, words) = text_hash(&folded)?;
        let mut tokens = Vec::new();
        tokenize(&folded, &mut tokens);
        let longest = self.starts.entry(tokens[0].hash).or_default();
        *longest = (*longest).max(words as u8);
        self.by_hash.insert(hash, self.terms.len());
        self.terms.push((letters(&folded, &tokens), self.lists.len() - 1));
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
                let (text, list) = &self.terms[term];
                if *text == letters(view, &tokens[..n]) {
                    best = Some((n, &self.lists[*list]));
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

fn letters(view: &str, tokens: &[Token]) -> Vec<u8> {
    tokens.iter().flat_map(|t| t.text(view).bytes()).map(|b| b.to_ascii_lowercase()).collect()
}
