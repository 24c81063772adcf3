//! Recall of whole persons and things: one counts as hidden only when every mention of it is.
//!
//! As TAB measures it (Pilán and others 2022): a name masked nine times of ten is not masked.
//! Mentions belong together that say so (`entity_id` of the span); otherwise, in one document and
//! of one type, persons whose names share a word, and other things of the same letters.

use super::gold::{GoldDocument, GoldSpan, plain};
use super::metric::is_alphanumeric;
use super::score::{DocumentScore, State};
use crate::decode::Normalized;
use std::collections::HashMap;

/// A person or thing of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// The type of its first mention.
    pub(super) kind: String,
    /// Its mentions.
    pub(super) mentions: usize,
    /// True when each of them is fully masked.
    pub(super) hidden: bool,
}

/// The key of a span that says which entity it mentions.
const ENTITY: &str = "entity_id";

/// The persons and things of a document, in the order of their first mention.
pub(super) fn wholes(document: &GoldDocument, score: &DocumentScore) -> Vec<Whole> {
    let text: Vec<char> = document.text.chars().collect();
    // Each name leads to the first mention that has it; mentions are joined to one root.
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    let mut root: Vec<usize> = (0..score.spans.len()).collect();
    fn top(root: &[usize], mut at: usize) -> usize {
        while root[at] != at {
            at = root[at];
        }
        at
    }
    for (i, s) in score.spans.iter().enumerate() {
        let span = &document.spans[s.index];
        for name in names(&text, span) {
            let kind = if name.starts_with('#') { String::new() } else { span.kind.clone() };
            let first = *known.entry((kind, name)).or_insert(i);
            let (a, b) = (top(&root, first), top(&root, i));
            root[a.max(b)] = a.min(b);
        }
    }
    let mut place: HashMap<usize, usize> = HashMap::new();
    let mut out: Vec<Whole> = Vec::new();
    for (i, s) in score.spans.iter().enumerate() {
        let at = *place.entry(top(&root, i)).or_insert(out.len());
        if at == out.len() {
            let kind = document.spans[s.index].kind.clone();
            out.push(Whole { kind, mentions: 0, hidden: true });
        }
        out[at].mentions += 1;
        out[at].hidden &= s.state == State::Full;
    }
    out
}

/// True for the types whose mentions are names of people.
pub(super) fn is_person(kind: &str) -> bool {
    kind.starts_with("PERSON") || kind == "NAME"
}

/// By what a mention is known: `#` and the id that it carries, or its words.
fn names(text: &[char], span: &GoldSpan) -> Vec<String> {
    if let Some(id) = span.other.get(ENTITY) {
        return vec![format!("#{}", plain(id))];
    }
    let end = span.span.end.min(text.len());
    let raw: String = text[span.span.start.min(end)..end].iter().collect();
    let folded = Normalized::new(&raw).text.to_lowercase();
    let words = folded.split(|c: char| !is_alphanumeric(c)).filter(|w| !w.is_empty());
    if !is_person(&span.kind) {
        return vec![words.collect()];
    }
    let words: Vec<&str> = words.collect();
    let long: Vec<String> =
        words.iter().filter(|w| w.chars().count() > 2).map(|w| (*w).to_owned()).collect();
    // Of "J. B." or "Bo" nothing longer is left.
    if long.is_empty() { vec![words.concat()] } else { long }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{read_jsonl, score_document};
    use crate::span::CharSpan;

    #[test]
    fn a_person_is_hidden_only_when_every_mention_is() {
        let text = "Ann Lee, Lee, Ann; Bo Roy and Bo; 123-4, 1234; Lee";
        let span = |start: usize, len: usize, kind: &str| serde_json::json!({"start": start, "end": start + len, "type": kind});
        let mut tagged = span(47, 3, "PERSON_OTHER");
        tagged["entity_id"] = serde_json::json!(9);
        let line = serde_json::json!({"id": "t", "text": text, "spans": [
            span(0, 7, "PERSON_PATIENT"), span(9, 3, "PERSON_PATIENT"), span(14, 3, "PERSON_PATIENT"),
            span(19, 6, "PERSON_FAMILY"), span(30, 2, "PERSON_FAMILY"),
            span(34, 5, "ID"), span(41, 4, "ID"), tagged]});
        let documents = read_jsonl(&line.to_string(), "t").unwrap();
        // All but the `Ann` alone.
        let masked = [CharSpan { start: 0, end: 13 }, CharSpan { start: 19, end: text.len() }];
        let score = score_document(&documents[0], &masked);
        let found: Vec<_> = wholes(&documents[0], &score)
            .into_iter()
            .map(|w| (w.kind, w.mentions, w.hidden))
            .collect();
        let whole = |kind: &str, n, hidden| (kind.to_owned(), n, hidden);
        assert_eq!(
            found,
            [
                whole("PERSON_PATIENT", 3, false),
                // "Bo" alone is too short to be known by: it stays by itself.
                whole("PERSON_FAMILY", 1, true),
                whole("PERSON_FAMILY", 1, true),
                whole("ID", 2, true),
                whole("PERSON_OTHER", 1, true)
            ]
        );
    }
}
