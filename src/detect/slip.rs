//! Words that differ from a common one by a slip of the pen: `lontemps`, `nauseee`, `clinqiue`.
//!
//! A word that no list knows is a name or a slip. Whether a common word lies one letter away tells
//! the tagger; it decides nothing by itself, since names lie near words, too.

use crate::rules::Lexicon;
use crate::token::{Token, shape, word_hash};

/// Lengths that are looked at, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=20;
/// Letters that are tried in the place of another, or left out: those that slips concern most.
const LETTERS: [u8; 12] = *b"aeioustnrlmh";

/// True when the token is in no list and a common word lies one slip away: a letter too many, two
/// exchanged, one doubled or missing inside, one of the usual letters for another but the first.
pub(super) fn is_slip(text: &str, token: &Token, lexicon: &Lexicon) -> bool {
    let bytes = text.as_bytes();
    if !LENGTHS.contains(&bytes.len())
        || !token.is_word()
        || token.has(shape::FOREIGN)
        || !lexicon.word(token.hash).is_unknown()
    {
        return false;
    }
    let is_common = |word: &[u8]| lexicon.is_frequent(word_hash(word));
    let mut word = [0; 21];
    let n = bytes.len();
    for at in 0..n {
        // Without the letter.
        word[..at].copy_from_slice(&bytes[..at]);
        word[at..n - 1].copy_from_slice(&bytes[at + 1..]);
        if is_common(&word[..n - 1]) {
            return true;
        }
        // The first letter is seldom mistaken.
        if at == 0 {
            continue;
        }
        word[at..n].copy_from_slice(&bytes[at..]);
        for letter in LETTERS {
            word[at] = letter;
            if is_common(&word[..n]) {
                return true;
            }
        }
        word[at] = bytes[at];
        if at + 1 < n {
            word.swap(at, at + 1);
            if is_common(&word[..n]) {
                return true;
            }
        }
        // With one more in front of it.
        word[at + 1..=n].copy_from_slice(&bytes[at..]);
        for letter in LETTERS.into_iter().chain([bytes[at]]) {
            word[at] = letter;
            if is_common(&word[..=n]) {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::token::tokenize;

    #[test]
    fn slips_are_told_from_what_is_no_word() {
        let rules = RuleSet::embedded().unwrap();
        let slip = |text: &str| {
            let mut tokens = Vec::new();
            tokenize(text, &mut tokens);
            is_slip(text, &tokens[0], &rules.lexicon)
        };
        for text in ["nauseee", "clinqiue", "habitute", "trearment", "shouldder"] {
            assert!(slip(text), "{text}");
        }
        for text in ["pain", "Xqvorzul", "douleur", "Okafor"] {
            assert!(!slip(text), "{text}");
        }
    }
}
