//! How well identifiers were found: recall first, then what was masked for nothing.
//!
//! Everything is binary, because what matters is whether text leaks: a predicted type is never
//! compared with the gold type.
//!
//! - token: a maximal run of letters and numbers
//! - gold token: one with at least one character in a gold span; *leaked* when at least one of its
//!   gold characters is not masked
//! - masked token: one with at least one masked character
//! - full span: no letter or number of it leaks; blanks and punctuation may stay. A span without
//!   letters and numbers needs all its visible characters
//! - partial span: some, but not all, of them are masked
//! - clean document: no gold span leaks
//! - over-redaction: masked tokens that are not gold, of all tokens that are not gold
//!
//! Optional spans are left out of every count, unless an ordinary span covers them too.

use super::gold::{GoldDocument, GoldSpan};
use super::metric::{is_alphanumeric, is_space, tokens};
use crate::span::CharSpan;
use serde::Serialize;

/// How much of a gold span is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All that counts.
    Full,
    /// Some.
    Partial,
    /// Nothing.
    Missed,
}

/// What became of one gold span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanScore {
    /// Its place in the document's list.
    pub index: usize,
    /// How much of it is masked.
    pub state: State,
    /// Characters that count and are masked.
    pub hit: usize,
    /// Characters that count.
    pub of: usize,
}

/// True and false positives and negatives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) tp: usize,
    pub(super) fn_: usize,
    pub(super) fp: usize,
    pub(super) tn: usize,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.tp += other.tp;
        self.fn_ += other.fn_;
        self.fp += other.fp;
        self.tn += other.tn;
    }
}

/// The counts of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentScore {
    /// Required gold spans, in the order of the document's list.
    pub spans: Vec<SpanScore>,
    /// Tokens masked for nothing.
    pub over_redacted: Vec<CharSpan>,
    pub(super) predicted: usize,
    pub(super) gold_bad: usize,
    pub(super) predicted_bad: usize,
    pub(super) chars: Counts,
    pub(super) tokens: Counts,
}

impl DocumentScore {
    /// Number of gold spans that are not fully masked.
    pub fn leaks(&self) -> usize {
        self.spans.iter().filter(|s| s.state != State::Full).count()
    }
}

pub(super) fn is_required(span: &GoldSpan) -> bool {
    !span.optional && span.kind != "IGNORE" && span.kind != "OTHER"
}

/// Flags of covered characters, and how many spans are empty or leave the text.
fn paint(len: usize, spans: impl Iterator<Item = CharSpan>) -> (Vec<bool>, usize) {
    let (mut flags, mut bad) = (vec![false; len], 0);
    for s in spans {
        bad += usize::from(s.end > len || s.end <= s.start);
        let end = s.end.min(len);
        if end > s.start {
            flags[s.start..end].fill(true);
        }
    }
    (flags, bad)
}

/// Compares the predicted spans of a document with its labels.
///
/// # Examples
/// ```
/// use caseveil::{audit::{read_markup, score_document, State}, span::CharSpan};
/// let file = "#! layout=letter ; culture=Cree ; noise=none\nSeen by [[PERSON_PROVIDER:Ann Lee]].\n";
/// let document = read_markup("en/1", "en", file, "1.txt")?;
/// let score = score_document(&document, &[CharSpan { start: 0, end: 4 }, CharSpan { start: 8, end: 11 }]);
/// assert_eq!(score.spans[0].state, State::Partial);
/// assert_eq!(score.over_redacted, [CharSpan { start: 0, end: 4 }]);
/// # Ok::<(), caseveil::audit::GoldError>(())
/// ```
pub fn score_document(document: &GoldDocument, predicted: &[CharSpan]) -> DocumentScore {
    let text: Vec<char> = document.text.chars().collect();
    let len = text.len();
    let required = || document.spans.iter().enumerate().filter(|(_, s)| is_required(s));
    let (gold, gold_bad) = paint(len, required().map(|(_, s)| s.span));
    let (optional, _) =
        paint(len, document.spans.iter().filter(|s| !is_required(s)).map(|s| s.span));
    let (masked, predicted_bad) = paint(len, predicted.iter().copied());
    let mut score = DocumentScore {
        gold_bad,
        predicted_bad,
        predicted: predicted.len(),
        ..DocumentScore::default()
    };
    for (i, &c) in text.iter().enumerate() {
        if is_space(c) || (optional[i] && !gold[i]) {
            continue;
        }
        let count = match (gold[i], masked[i]) {
            (true, true) => &mut score.chars.tp,
            (true, false) => &mut score.chars.fn_,
            (false, true) => &mut score.chars.fp,
            (false, false) => &mut score.chars.tn,
        };
        *count += 1;
    }
    for (start, end) in tokens(&text) {
        let range = start..end;
        if gold[range.clone()].contains(&true) {
            let leaks = range.into_iter().any(|i| gold[i] && !masked[i]);
            *(if leaks { &mut score.tokens.fn_ } else { &mut score.tokens.tp }) += 1;
        } else if optional[range.clone()].contains(&true) {
        } else if masked[range].contains(&true) {
            score.tokens.fp += 1;
            score.over_redacted.push(CharSpan { start, end });
        } else {
            score.tokens.tn += 1;
        }
    }
    for (index, s) in required() {
        let range = s.span.start.min(len)..s.span.end.clamp(s.span.start.min(len), len);
        let mut counts: Vec<usize> = range.clone().filter(|&i| is_alphanumeric(text[i])).collect();
        if counts.is_empty() {
            counts = range.filter(|&i| !is_space(text[i])).collect();
        }
        let hit = counts.iter().filter(|&&i| masked[i]).count();
        let state = match hit {
            _ if hit == counts.len() => State::Full,
            0 => State::Missed,
            _ => State::Partial,
        };
        score.spans.push(SpanScore { index, state, hit, of: counts.len() });
    }
    score
}
