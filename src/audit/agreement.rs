//! Two sets of labels of the same documents: where they differ, and how far they agree.
//!
//! Says places and types, never text.

use super::gold::GoldDocument;
use super::metric::{ratio, tokens};
use super::score::is_required;
use super::share::Share;
use super::typed::{Labelled, TypedCounts, TypedFigures, score_typed};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A difference between two documents of one id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LabelDifference {
    /// The document is in one set only.
    Document {
        /// Its id.
        id: String,
        /// True when the first set has it.
        first: bool,
    },
    /// The texts differ, so that labels cannot be compared.
    Text {
        /// Its id.
        id: String,
    },
    /// A label is in one set only, or has two types.
    Label {
        /// The document.
        id: String,
        /// The line of its text, from 1.
        line: usize,
        /// First code point.
        start: usize,
        /// One past the last.
        end: usize,
        /// The type in the first set.
        first: Option<String>,
        /// The type in the second set.
        second: Option<String>,
    },
}

/// How far two sets of labels agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Documents of both sets with the same text.
    pub documents: usize,
    /// Strict typed F1 of the second set against the first.
    pub strict: TypedFigures,
    /// Tokens that both label, or both do not.
    pub tokens: Share,
    /// Cohen's kappa over tokens and their types.
    pub kappa: Option<f64>,
    /// Every difference, in the order of the first set.
    pub differences: Vec<LabelDifference>,
}

/// The type of each token of a document; nothing where no label is.
fn labelled(d: &GoldDocument, text: &[char]) -> Vec<String> {
    let spans: Vec<_> = d.spans.iter().filter(|s| is_required(s)).collect();
    let kind = |(start, end): (usize, usize)| {
        let of = spans.iter().find(|s| s.span.start < end && start < s.span.end);
        of.map_or_else(String::new, |s| s.kind.clone())
    };
    tokens(text).into_iter().map(kind).collect()
}

/// Compares two sets, document by document; optional labels are compared, but do not count for
/// agreement.
pub fn agreement(first: &[GoldDocument], second: &[GoldDocument]) -> Agreement {
    let others: BTreeMap<&str, &GoldDocument> = second.iter().map(|d| (d.id.as_str(), d)).collect();
    let mut differences = Vec::new();
    let (mut strict, mut documents) = (TypedCounts::default(), 0);
    let mut pairs: BTreeMap<(String, String), usize> = BTreeMap::new();
    for a in first {
        let id = a.id.clone();
        let Some(b) = others.get(id.as_str()) else {
            differences.push(LabelDifference::Document { id, first: true });
            continue;
        };
        if a.text != b.text {
            differences.push(LabelDifference::Text { id });
            continue;
        }
        documents += 1;
        differences.extend(labels(a, b));
        let found = b.spans.iter().filter(|s| is_required(s));
        let mut found: Vec<Labelled> =
            found.map(|s| Labelled { span: s.span, kind: s.kind.clone(), score: None }).collect();
        found.sort_by_key(|l| (l.span.start, l.span.end));
        strict.add(score_typed(a, &found).all[0]);
        let text: Vec<char> = a.text.chars().collect();
        for pair in labelled(a, &text).into_iter().zip(labelled(b, &text)) {
            *pairs.entry(pair).or_default() += 1;
        }
    }
    let known: BTreeSet<&str> = first.iter().map(|d| d.id.as_str()).collect();
    let more = second.iter().filter(|d| !known.contains(d.id.as_str()));
    differences.extend(more.map(|d| LabelDifference::Document { id: d.id.clone(), first: false }));
    let n: usize = pairs.values().sum();
    let same: usize = pairs.iter().filter(|((a, b), _)| a == b).map(|(_, n)| n).sum();
    Agreement {
        documents,
        strict: strict.figures(),
        tokens: Share::of(same, n),
        kappa: kappa(&pairs, same, n),
        differences,
    }
}

fn kappa(pairs: &BTreeMap<(String, String), usize>, same: usize, n: usize) -> Option<f64> {
    let observed = ratio(same, n)?;
    let mut margins: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for ((a, b), count) in pairs {
        margins.entry(a).or_default()[0] += count;
        margins.entry(b).or_default()[1] += count;
    }
    let chance: f64 =
        margins.values().map(|[a, b]| (*a as f64 / n as f64) * (*b as f64 / n as f64)).sum();
    // Both say the same one thing everywhere: agreement beyond chance has no meaning.
    (chance < 1.0).then(|| (observed - chance) / (1.0 - chance))
}

fn labels(a: &GoldDocument, b: &GoldDocument) -> Vec<LabelDifference> {
    type Place = (usize, usize);
    let of = |d: &GoldDocument| -> BTreeMap<Place, String> {
        let name =
            |kind: &str, optional: bool| format!("{kind}{}", if optional { "?" } else { "" });
        d.spans.iter().map(|s| ((s.span.start, s.span.end), name(&s.kind, s.optional))).collect()
    };
    let (ours, theirs) = (of(a), of(b));
    let places: BTreeSet<&Place> = ours.keys().chain(theirs.keys()).collect();
    let line = |start: usize| a.text.chars().take(start).filter(|c| *c == '\n').count() + 1;
    places
        .into_iter()
        .filter(|p| ours.get(p) != theirs.get(p))
        .map(|p| LabelDifference::Label {
            id: a.id.clone(),
            line: line(p.0),
            start: p.0,
            end: p.1,
            first: ours.get(p).cloned(),
            second: theirs.get(p).cloned(),
        })
        .collect()
}
