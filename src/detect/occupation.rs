//! Occupations: a phrase of the lexicon in a frame that says whose work it is.
//!
//! A list of occupations holds many common words and every care role; so a single word needs a
//! frame in front (`works as a`, `retired`, `emploi :`), and roles of care providers never count.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::rules::PhraseKind;
use crate::span::ViewSpan;
use crate::token::{Token, shape, word_hash};
use std::sync::LazyLock;

/// Words that announce an occupation, English and French, folded.
const FRAMES: &str = "as job jobs occupation employment employed retired former ex trained trade profession career work working \
    worked works position title comme metier emploi profession travail occupe retraite retraitee ancien ancienne formation poste \
    worker self fulltime parttime seasonal apprentice unemployed occ occup travaillait travaille oeuvre ancienne ancien exp";
/// Words that may stand between a frame and an occupation.
const BETWEEN: &str = "a an the as is was full part time currently now previously long term un une le la de d l est etait au aux en";
/// A lexicon phrase of several words, in a frame.
const PHRASE_SCORE: f32 = 0.7;
/// A single word in a frame.
const FRAMED_SCORE: f32 = 0.65;

static FRAME_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| hashes(FRAMES));
static BETWEEN_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| hashes(BETWEEN));

fn hashes(words: &str) -> Vec<u64> {
    let mut hashes: Vec<u64> = words.split_whitespace().map(|w| word_hash(w.as_bytes())).collect();
    hashes.sort_unstable();
    hashes
}

/// Proposes occupations.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let id = RuleId::new("lexicon.occupation");
    let mut push = |first: usize, end: usize, score: f32| {
        let span = ViewSpan::new(scan.tokens[first].start, scan.tokens[end - 1].end);
        let evidence = Evidence::of(&id);
        out.push(Candidate {
            span,
            entity: EntityType::Profession,
            score: Score::new(score),
            evidence,
            keep: false,
        });
    };
    let mut phrases = scan.phrases.iter().filter(|p| p.kind == PhraseKind::Profession).peekable();
    let mut i = 0;
    while i < scan.tokens.len() {
        while phrases.peek().is_some_and(|p| (p.end as usize) <= i) {
            phrases.next();
        }
        let phrase = phrases.peek().filter(|p| p.first as usize == i);
        let end = phrase.map_or(i + 1, |p| p.end as usize);
        let known = phrase.is_some() || scan.words[i].is_profession();
        let care = || (i..end).any(|k| scan.known[k].cue.has(CueClass::Provider));
        let medical = || scan.words[end - 1].medical() != 0 && phrase.is_none();
        let agent = || phrase.is_some() || names_an_agent(scan.tokens[i].text(view));
        let told = || {
            framed(view, scan, i)
                || agent() && (described(view, scan, i) || employed(view, scan, end))
        };
        // Few words are occupations: the rest is not asked of the others.
        if known && !care() && !medical() && told() {
            push(i, end, if phrase.is_some() { PHRASE_SCORE } else { FRAMED_SCORE });
        }
        i = end;
    }
}

/// True for a single word built as the names of occupations are: `welder`, `couvreuse`.
fn names_an_agent(word: &str) -> bool {
    const ENDINGS: [&str; 22] = [
        "er", "or", "ist", "man", "woman", "smith", "wright", "hand", "eur", "euse", "ier", "iere",
        "iste", "ien", "ienne", "teur", "trice", "ant", "ante", "ancher", "keeper", "maker",
    ];
    let word = word.to_ascii_lowercase();
    word.len() >= 5 && ENDINGS.iter().any(|e| word.ends_with(e))
}

/// True when an age, a sex or a relative with a form of to be stands before token `i`:
/// `58 ans, couvreur`, `47 yo trapper`, `her father was a miner`.
fn described(view: &str, scan: &Scan, i: usize) -> bool {
    let word = |k: usize| scan.tokens[k].text(view).to_ascii_lowercase();
    let Some(before) = i.checked_sub(1) else { return false };
    let gap = &view.as_bytes()[scan.tokens[before].end as usize..scan.tokens[i].start as usize];
    if gap.len() > 4 || !gap.iter().all(|b| b" ,-()/".contains(b)) {
        return false;
    }
    let last = word(before);
    let age = |k: usize| scan.tokens[k].is_number() && scan.tokens[k].len() == 2;
    match last.as_str() {
        "ans" | "a" | "yo" | "yr" | "yrs" | "old" | "m" | "f" | "h" | "male" | "female" => {
            let from = before.saturating_sub(4);
            last != "a" && (from..before).any(age)
                || last == "a" && before > 0 && is_verb(&word(before - 1))
        }
        "an" | "un" | "une" => before > 0 && is_verb(&word(before - 1)),
        _ => false,
    }
}

fn is_verb(word: &str) -> bool {
    matches!(word, "is" | "was" | "as" | "est" | "etait" | "became" | "devenu" | "devenue")
}

/// True when an employer or a length of service stands behind: `at Algoma`, `x 22 yrs`,
/// `chez Bombardier`, `pendant 22 ans`.
fn employed(view: &str, scan: &Scan, end: usize) -> bool {
    let Some(next) = scan.tokens.get(end) else { return false };
    let gap = &view.as_bytes()[scan.tokens[end - 1].end as usize..next.start as usize];
    let behind = scan.tokens.get(end + 1);
    if gap.len() > 2 || !gap.iter().all(|b| b" ,".contains(b)) {
        return false;
    }
    let text = next.text(view).to_ascii_lowercase();
    let number = behind.is_some_and(Token::is_number);
    match text.as_str() {
        "at" | "chez" => behind.is_some_and(|t| t.has(shape::FIRST_UPPER)),
        "x" | "pendant" | "depuis" => number,
        "for" | "pour" => number || behind.is_some_and(|t| t.has(shape::FIRST_UPPER)),
        text => text.len() <= 3 && text.starts_with('x') && text[1..].parse::<u8>().is_ok(),
    }
}

/// True when a frame stands before token `i`, with connecting words and signs between only.
fn framed(view: &str, scan: &Scan, i: usize) -> bool {
    let mut at = i;
    for _ in 0..4 {
        let Some(before) = at.checked_sub(1) else { return false };
        let gap =
            &view.as_bytes()[scan.tokens[before].end as usize..scan.tokens[at].start as usize];
        let open = gap.len() <= 12 && gap.iter().all(|b| b" :=|-\t'\"._*".contains(b));
        let hash = scan.tokens[before].hash;
        if !open {
            return false;
        }
        if FRAME_HASHES.binary_search(&hash).is_ok() {
            // A full stop ends the frame.
            return !gap.contains(&b'.');
        }
        if BETWEEN_HASHES.binary_search(&hash).is_err() {
            return false;
        }
        at = before;
    }
    false
}
