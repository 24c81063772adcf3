//! Shares with both intervals, and recall as shares: by HIPAA letter, PHIPA class, kind of document
//! and form of name.

use super::gold::{GoldDocument, GoldSpan};
use super::interval::clopper_pearson;
use super::metric::{is_alphanumeric, ratio, wilson};
use super::persons::is_person;
use super::score::{DocumentScore, State};
use crate::entity::EntityType;
use crate::rules::Taxonomy;
use serde::Serialize;
use std::collections::BTreeMap;

/// Hits of a number, with both intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many there are.
    pub n: usize,
    /// How many of them are as they should be.
    pub hits: usize,
    /// The share.
    pub rate: Option<f64>,
    /// Wilson's 95 % interval.
    pub ci95: [f64; 2],
    /// The exact one, of Clopper and Pearson.
    pub exact_ci95: [f64; 2],
}

impl Share {
    /// The share of `hits` of `n`.
    pub fn of(hits: usize, n: usize) -> Self {
        let (rate, ci95) = (ratio(hits, n), wilson(hits, n));
        Self { n, hits, rate, ci95, exact_ci95: clopper_pearson(hits, n) }
    }
}

/// Keys of documents by which recall is told.
const KEYS: [&str; 4] = ["lang", "layout", "culture", "noise"];

/// Recall by HIPAA letter, PHIPA class, key of the document and form of name.
pub(super) fn breakdown(
    gold: &[GoldDocument],
    scores: &[DocumentScore],
    taxonomy: &Taxonomy,
) -> BTreeMap<&'static str, BTreeMap<String, Share>> {
    let mut counts: BTreeMap<&'static str, BTreeMap<String, [usize; 2]>> = BTreeMap::new();
    let mut count = |key: &'static str, value: String, full: bool| {
        let own = counts.entry(key).or_default().entry(value).or_default();
        own[0] += 1;
        own[1] += usize::from(full);
    };
    for (document, score) in gold.iter().zip(scores) {
        let text: Vec<char> = document.text.chars().collect();
        let keys = KEYS.map(|key| (key, some(document.key(key))));
        for s in &score.spans {
            let (span, full) = (&document.spans[s.index], s.state == State::Full);
            let entity = EntityType::from_name(&span.kind).map(|e| taxonomy.of(e));
            let letter = entity.and_then(|e| e.hipaa);
            count("hipaa", letter.map_or_else(|| "-".to_owned(), |l| l.to_string()), full);
            let class = entity.map_or("-", |e| e.phipa.name());
            count("phipa", class.to_owned(), full);
            for (key, value) in &keys {
                count(key, value.clone(), full);
            }
            if is_person(&span.kind) || span.kind == "INITIALS" {
                count("form", form(&text, span), full);
            }
        }
    }
    let shares = |own: BTreeMap<String, [usize; 2]>| {
        own.into_iter().map(|(value, [n, full])| (value, Share::of(full, n))).collect()
    };
    counts.into_iter().map(|(key, own)| (key, shares(own))).collect()
}

fn some(value: String) -> String {
    if value.is_empty() { "-".to_owned() } else { value }
}

/// The form of a name: as the label says, or by its words.
fn form(text: &[char], span: &GoldSpan) -> String {
    if let Some(form) = span.other.get("form").and_then(|v| v.as_str()) {
        return form.to_owned();
    }
    let end = span.span.end.min(text.len());
    let words = text[span.span.start.min(end)..end]
        .split(|c| !(is_alphanumeric(*c) || matches!(c, '-' | '\'' | '’')))
        .filter(|w| !w.is_empty());
    let lengths: Vec<usize> = words.map(<[char]>::len).collect();
    let initials = lengths.iter().filter(|n| **n == 1).count();
    match lengths.len() {
        n if n == initials || span.kind == "INITIALS" => "initials",
        _ if initials > 0 => "with initial",
        1 => "one word",
        2 => "two words",
        _ => "three words or more",
    }
    .to_owned()
}
