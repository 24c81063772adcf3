//! Words that a scanner broke, or that were set apart: `Okaf or`, `Gabapent in`, `PA|NFUL`, `F O R M`.
//!
//! A piece that no list knows is read together with the pieces beside it. Where the whole is a word,
//! every piece is known as that word, and is masked or kept with the others. Text and places of the
//! pieces stay; their hashes become others, since the same piece elsewhere is known as something else.

use super::memo::Known;
use super::misread::{self, Misread};
use crate::rules::{RuleSet, Word};
use crate::token::{Token, phrase_hash, shape, word_hash};
use std::ops::Range;

/// Lengths of a whole word, in bytes.
const WHOLE: std::ops::RangeInclusive<usize> = 5..=24;
/// Least length of a whole that is nothing but a name or place: short ones arise by chance.
const NAME: usize = 6;
/// Pieces in front of an unknown one and from it on, those of more pieces first.
const TRIED: [(usize, usize); 5] = [(0, 3), (1, 2), (2, 1), (0, 2), (1, 1)];

/// Finds the broken words, and makes their pieces known as what they are. Tells which tokens.
pub(super) fn mend(
    view: &str,
    (tokens, known): (&mut [Token], &mut [Known]),
    rules: &RuleSet,
    broken: &mut Vec<Range<u32>>,
) {
    let mut free_from = 0;
    for i in 0..tokens.len() {
        if i < free_from {
            continue;
        }
        if let Some((pieces, meant)) = set_apart(view, tokens, i, rules) {
            free_from = join(pieces, meant, (tokens, known), rules, broken);
            continue;
        }
        if !known[i].word.is_unknown() || !is_piece(&tokens[i]) {
            continue;
        }
        let found = TRIED.into_iter().find_map(|(before, from_here)| {
            let pieces = i.checked_sub(before)?..i + from_here;
            let fits = pieces.start >= free_from && pieces.len() > 1 && pieces.end <= tokens.len();
            fits.then(|| whole(view, &tokens[pieces.clone()], rules)).flatten().map(|w| (pieces, w))
        });
        let Some((pieces, meant)) = found else { continue };
        free_from = join(pieces, meant, (tokens, known), rules, broken);
    }
}

/// Makes the pieces known as the word of hash `meant`. Returns the token behind them.
fn join(
    pieces: Range<usize>,
    meant: u64,
    (tokens, known): (&mut [Token], &mut [Known]),
    rules: &RuleSet,
    broken: &mut Vec<Range<u32>>,
) -> usize {
    for k in pieces.clone() {
        known[k] = known[k].as_piece_of(meant, &tokens[k], rules);
        tokens[k].hash = phrase_hash(tokens[k].hash, meant);
    }
    broken.push(pieces.start as u32..pieces.end as u32);
    pieces.end
}

/// Letters of a word that is set apart.
const LETTERS: std::ops::RangeInclusive<usize> = 4..=24;

/// The word from token `i` on whose letters are set apart by one space each, as headings are, with
/// its pieces: `F O R M`. Shorter ones may be initials.
fn set_apart(
    view: &str,
    tokens: &[Token],
    i: usize,
    rules: &RuleSet,
) -> Option<(Range<usize>, u64)> {
    let bytes = view.as_bytes();
    let letter = |t: &Token| t.len() == 1 && is_piece(t);
    let spaced = |at: usize| &bytes[tokens[at - 1].end as usize..tokens[at].start as usize] == b" ";
    if !letter(&tokens[i]) || i > 0 && letter(&tokens[i - 1]) && spaced(i) {
        return None;
    }
    let more = (i + 1..tokens.len()).take_while(|&at| letter(&tokens[at]) && spaced(at)).count();
    let pieces = i..i + 1 + more;
    if !LETTERS.contains(&pieces.len()) {
        return None;
    }
    let text: Vec<u8> = tokens[pieces.clone()].iter().map(|t| bytes[t.start as usize]).collect();
    let word = rules.lexicon.word(word_hash(&text));
    is_word(word, text.len()).then(|| (pieces, word_hash(&text)))
}

/// Letters, and no more than digits that were letters.
fn is_piece(token: &Token) -> bool {
    token.shape & (shape::LOWER | shape::UPPER) != 0 && !token.has(shape::FOREIGN)
}

/// The hash of the word that the tokens are together; `None` when they are none.
fn whole(view: &str, pieces: &[Token], rules: &RuleSet) -> Option<u64> {
    let bytes = view.as_bytes();
    let (first, last) = (pieces.first()?, pieces.last()?);
    let gap = |pair: &[Token]| &bytes[pair[0].end as usize..pair[1].start as usize];
    if !WHOLE.contains(&((last.end - first.start) as usize))
        || !pieces.windows(2).all(|pair| matches!(gap(pair), b" " | b"|"))
        || !pieces.iter().all(is_piece)
    {
        return None;
    }
    let mut text = String::with_capacity(*WHOLE.end());
    text.push_str(first.text(view));
    let mut stroke = None;
    for pair in pieces.windows(2) {
        // A stroke that the scanner read for a letter.
        if gap(pair) == b"|" {
            stroke = Some(text.len());
            text.push('l');
        }
        text.push_str(pair[1].text(view));
    }
    text.make_ascii_lowercase();
    let readings = [Some('l'), stroke.map(|_| 'i')];
    readings.into_iter().flatten().find_map(|letter| {
        if let Some(at) = stroke {
            text.replace_range(at..=at, letter.encode_utf8(&mut [0; 4]));
        }
        let shape = pieces.iter().fold(0, |s, t| s | t.shape);
        let token =
            Token { start: 0, end: text.len() as u32, hash: word_hash(text.as_bytes()), shape };
        let Misread { meant, .. } = misread::read(&text, &token, &rules.lexicon);
        is_word(rules.lexicon.word(meant), text.len()).then_some(meant)
    })
}

fn is_word(word: Word, length: usize) -> bool {
    let listed = word.is_dictionary() || word.medical() != 0 || word.is_of_clinic();
    let named = word.given().max(word.surname()) >= 2 || word.place() > 0;
    listed || named && length >= NAME
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use crate::rules::RuleSet;

    /// What the pieces of broken words are.
    fn broken(text: &str) -> Vec<String> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let scan = &scratch.scan;
        let words = scan.broken.iter().map(|b| {
            let (first, last) = (scan.tokens[b.start as usize], scan.tokens[b.end as usize - 1]);
            text[first.start as usize..last.end as usize].to_owned()
        });
        words.collect()
    }

    #[test]
    fn pieces_of_a_word_are_found() {
        assert_eq!(
            broken("Mr. Okaf or takes Gabapent in for degen erative changes"),
            ["Okaf or", "Gabapent in", "degen erative"]
        );
        assert_eq!(broken("PA|NFUL gabape nti n"), ["PA|NFUL", "gabape nti n"]);
        assert_eq!(
            broken("C A S E   F O R M\nDr. O K A F O R"),
            ["C A S E", "F O R M", "O K A F O R"]
        );
    }

    #[test]
    fn whole_words_and_names_beside_them_stay() {
        for text in [
            "pain in the left knee",
            "Xqvorzul in Kenora",
            "Mr. Okafor is well",
            "L4 on 2 in",
            "seen by J A N and K P",
        ] {
            assert!(broken(text).is_empty(), "{text}");
        }
    }
}
