//! How much of what is clinical survives: terms, doses, scores, levels that no gold span covers.
//!
//! The vocabulary is the one of the lexicon (drugs, diseases, anatomy, procedures, abbreviations),
//! and numbers with a unit, scores and spinal levels by their form. Words that are names as often
//! as they are medicine are left out: nobody can say what they should be. So are everyday words
//! that a few titles of diagnoses use (`between`, `truck`, `wife`): they are no clinical content.

use super::gold::GoldDocument;
use super::metric::{ratio, tokens};
use super::score::DocumentScore;
use crate::decode::Normalized;
use crate::rules::{Lexicon, Word};
use crate::token::word_hash;
use serde::Serialize;

/// Protected tokens of the gold documents, and how many of them are still there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Retention {
    /// Protected tokens outside of all gold spans.
    pub of: usize,
    /// Those that are not masked.
    pub kept: usize,
    /// Their share; nothing when there are none.
    pub rate: Option<f64>,
}

/// Counts the protected tokens of scored documents.
pub fn retention<'s>(
    scored: impl IntoIterator<Item = (&'s GoldDocument, &'s DocumentScore)>,
    lexicon: &Lexicon,
) -> Retention {
    let mut sum = Retention::default();
    for (document, score) in scored {
        let text: Vec<char> = document.text.chars().collect();
        let mut gold: Vec<(usize, usize)> =
            document.spans.iter().map(|s| (s.span.start, s.span.end)).collect();
        gold.sort_unstable();
        let mut masked = score.over_redacted.iter().map(|s| s.start).collect::<Vec<_>>();
        masked.sort_unstable();
        let tokens = tokens(&text);
        // The farthest end of the gold spans that begin before the token ends.
        let (mut next, mut farthest) = (0, 0);
        for (i, &(start, end)) in tokens.iter().enumerate() {
            while next < gold.len() && gold[next].0 < end {
                farthest = farthest.max(gold[next].1);
                next += 1;
            }
            if farthest > start || !is_protected(&text, &tokens, i, lexicon) {
                continue;
            }
            sum.of += 1;
            sum.kept += usize::from(masked.binary_search(&start).is_err());
        }
    }
    sum.rate = ratio(sum.kept, sum.of);
    sum
}

/// Units behind a dose or a measure.
const UNITS: [&str; 20] = [
    "mg", "mcg", "ug", "g", "ml", "iu", "ui", "units", "unites", "mme", "med", "emo", "dem",
    "mmhg", "bpm", "kg", "cm", "mm", "tabs", "comp",
];

fn is_protected(text: &[char], tokens: &[(usize, usize)], i: usize, lexicon: &Lexicon) -> bool {
    let folded = |i: usize| {
        let word: String =
            tokens.get(i).map_or(String::new(), |&(a, b)| text[a..b].iter().collect());
        Normalized::new(&word).text.to_lowercase()
    };
    let word = folded(i);
    let (start, end) = tokens[i];
    if word.bytes().all(|b| b.is_ascii_digit()) {
        // 7/10, 18/27; 30 mg; 60 %.
        let score = |a: usize| text.get(a) == Some(&'/');
        let beside = |j: usize| folded(j).bytes().all(|b| b.is_ascii_digit()) && word.len() <= 3;
        let scored =
            score(end) && tokens.get(i + 1).is_some_and(|t| t.0 == end + 1) && beside(i + 1)
                || start > 0
                    && score(start - 1)
                    && i > 0
                    && tokens[i - 1].1 + 1 == start
                    && beside(i - 1);
        let near = tokens.get(i + 1).is_some_and(|t| t.0 <= end + 1);
        return scored
            || near && UNITS.contains(&folded(i + 1).as_str())
            || text.get(end) == Some(&'%');
    }
    let levels = word.as_bytes();
    if let [b'c' | b't' | b'l' | b's', digits @ ..] = levels
        && (1..=2).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
    {
        return true;
    }
    let known = lexicon.word(word_hash(word.as_bytes()));
    let medical = matches!(known.medical(), 1..=4) && word.len() > 3;
    medical && !is_everyday(known) && known.given().max(known.surname()) < 4 && known.place() == 0
}

/// Frequency, as a bin of the lexicon, from which a word is everyday language.
const EVERYDAY: u8 = 7;
/// Medical terms that use a word, as a power of ten, from which it is medicine all the same.
const TERMS: u8 = 2;

/// An everyday word that a few titles of diagnoses happen to use: `wife`, `truck`, `soccer`. A part
/// of the body is medicine however often it is said.
fn is_everyday(known: Word) -> bool {
    const ANATOMY: u8 = 3;
    known.english().max(known.french()) >= EVERYDAY
        && known.medical() != ANATOMY
        && known.medical_terms() < TERMS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{read_jsonl, score_document};
    use crate::rules::RuleSet;
    use crate::span::CharSpan;

    #[test]
    fn terms_doses_scores_and_levels_count() {
        let text = "Jane Roe takes gabapentin 300 mg, pain 7/10, fusion L4, seen 12 times by truck";
        let line = serde_json::json!({"id": "t", "text": text, "spans": [
            {"start": 0, "end": 8, "type": "PERSON_PATIENT"}]});
        let documents = read_jsonl(&line.to_string(), "t").unwrap();
        let gabapentin = CharSpan { start: 15, end: 25 };
        let score = score_document(&documents[0], &[CharSpan { start: 0, end: 8 }, gabapentin]);
        let rules = RuleSet::embedded().unwrap();
        let found = retention([(&documents[0], &score)], &rules.lexicon);
        // gabapentin (masked), 300, 7, 10, fusion, L4; perhaps more words of the vocabulary.
        assert!(found.of >= 6 && found.of - found.kept == 1, "{found:?}");
    }
}
