//! Words that character recognition misread: `CL1NIQUE`, `rai1way`, `0kafor`, `PAlN`.
//!
//! A word that no list knows is read again with the letters that scanners take for one another, and
//! is known as what it then is, as a cue and in phrases, too. Its text and hash stay.

use crate::rules::{Lexicon, Word};
use crate::token::{Token, shape, word_hash};

/// A word as it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misread {
    /// The hash of the word that was meant: its own when nothing was misread.
    pub(super) meant: u64,
    /// Its shape, without the digits that stand for letters.
    pub(super) shape: u8,
}

/// Longest word that is read again, in bytes.
const LONGEST: usize = 24;
/// Shortest one: codes such as `B0AT` and `CAR5` are no words.
const SHORTEST: usize = 5;

/// Reads a token as a word; `text` is its own. Known words are what they are.
pub(super) fn read(text: &str, token: &Token, lexicon: &Lexicon) -> Misread {
    let as_it_is = Misread { meant: token.hash, shape: token.shape };
    let mixed = token.has(shape::DIGIT);
    let bytes = text.as_bytes();
    let fits = (SHORTEST..=LONGEST).contains(&bytes.len());
    let letters = token.shape & (shape::LOWER | shape::UPPER) != 0;
    if !fits || !letters || token.has(shape::FOREIGN) || !lexicon.word(token.hash).is_unknown() {
        return as_it_is;
    }
    let mut word = [0; LONGEST];
    let word = &mut word[..bytes.len()];
    word.copy_from_slice(bytes);
    word.make_ascii_lowercase();
    let meant = if mixed {
        digits_as_letters(word, lexicon)
    } else {
        // A name with an i for an l is a name: Pilis, Cailer, Turnor.
        let capitalised = token.has(shape::FIRST_UPPER) && !token.is_all_caps();
        let found = strokes(word, bytes, capitalised, lexicon);
        found.or_else(|| joined_strokes(word, lexicon).filter(|_| !capitalised))
    };
    let shape = if mixed { token.shape & !shape::DIGIT } else { token.shape };
    meant.map_or(as_it_is, |meant| Misread { meant, shape })
}

/// The word with every digit read as the letter that it looks like, when a list knows it.
fn digits_as_letters(word: &mut [u8], lexicon: &Lexicon) -> Option<u64> {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    // A digit at the end numbers something: ROSE5, TRUCK5.
    if 2 * digits >= word.len() || word.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut strokes = [0; LONGEST];
    let mut count = 0;
    for (i, b) in word.iter_mut().enumerate() {
        *b = match *b {
            b'0' => b'o',
            b'5' => b's',
            b'8' => b'b',
            b'1' => {
                strokes[count] = i;
                count += 1;
                b'l'
            }
            digit if digit.is_ascii_digit() => return None,
            letter => letter,
        };
    }
    // Each 1 is an l or an i.
    let strokes = &strokes[..count.min(4)];
    (0..1u32 << strokes.len()).find_map(|choice| {
        for (k, &at) in strokes.iter().enumerate() {
            word[at] = if choice & (1 << k) == 0 { b'l' } else { b'i' };
        }
        known(word, lexicon, |_| true)
    })
}

/// The word with one stroke read as the other of l and i, when it is a word; where a name may stand,
/// only an l between consonants, which no name has: `Cllnic`.
fn strokes(word: &mut [u8], written: &[u8], capitalised: bool, lexicon: &Lexicon) -> Option<u64> {
    let tall = |at: usize| written[at] == b'I' && at > 0 && written[at - 1].is_ascii_lowercase();
    // A capital I behind a small letter is an l, wherever it stands: `NaIoxone`.
    if (0..written.len()).any(tall) {
        (0..written.len()).filter(|&at| tall(at)).for_each(|at| word[at] = b'l');
        return known(word, lexicon, is_word);
    }
    let turned = |b: u8| match b {
        b'l' => b'i',
        b'i' => b'l',
        other => other,
    };
    for at in 0..word.len() {
        let vowel = |at: usize| word.get(at).is_none_or(|b| b"aeiouy".contains(b));
        let surely = word[at] == b'l' && at > 0 && !vowel(at - 1) && !vowel(at + 1);
        if turned(word[at]) == word[at] || capitalised && !surely {
            continue;
        }
        word[at] = turned(word[at]);
        let found = known(word, lexicon, is_word);
        word[at] = turned(word[at]);
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The word with one `rn` read as m, when it is a word: `rnillwright`, `lurnbar`.
fn joined_strokes(word: &[u8], lexicon: &Lexicon) -> Option<u64> {
    let mut one = [0; LONGEST];
    for (at, _) in word.windows(2).enumerate().filter(|(_, pair)| *pair == b"rn") {
        let (shorter, len) = (&mut one, word.len() - 1);
        shorter[..at].copy_from_slice(&word[..at]);
        shorter[at] = b'm';
        shorter[at + 1..len].copy_from_slice(&word[at + 2..]);
        let found = known(&shorter[..len], lexicon, is_word);
        if found.is_some() {
            return found;
        }
    }
    None
}

fn is_word(word: Word) -> bool {
    word.is_dictionary() || word.medical() != 0
}

/// The hash of the word, when the lexicon knows it as what is asked for.
fn known(word: &[u8], lexicon: &Lexicon, is: impl Fn(Word) -> bool) -> Option<u64> {
    let hash = word_hash(word);
    let found = lexicon.word(hash);
    (!found.is_unknown() && is(found)).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::token::tokenize;

    fn meant(text: &str) -> u64 {
        let rules = RuleSet::embedded().unwrap();
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        read(text, &tokens[0], &rules.lexicon).meant
    }

    #[test]
    fn misread_words_are_known_as_what_they_are() {
        for (read, word) in [
            ("CL1NIQUE", "clinique"),
            ("rai1way", "railway"),
            ("Cllnic", "clinic"),
            ("C0uncil", "council"),
            ("thlgh", "thigh"),
            ("lurnbar", "lumbar"),
            ("NaIoxone", "naloxone"),
        ] {
            assert_eq!(meant(read), word_hash(word.as_bytes()), "{read}");
        }
    }

    #[test]
    fn what_is_no_misread_word_stays() {
        for text in [
            "L4", "T10", "Kalliq", "B417", "10mg", "2O23", "clinic", "x1x1x1", "B0AT", "ROSE5",
            "Pilis", "Cailer", "Turnor",
        ] {
            assert_eq!(meant(text), word_hash(text.as_bytes()), "{text}");
        }
    }
}
