//! Everything that an audit measures, beyond what the reference scorer has.
//!
//! Enters: documents, their scores and predictions, the taxonomy and the lexicon. Leaves:
//! [`Measures`], and one [`Row`] of counts a document, from which a later audit can be compared.

use super::bootstrap::interval;
use super::figures::type_name;
use super::gold::{GoldDocument, GoldSpan};
use super::interval::clopper_pearson;
use super::metric::{ratio, wilson};
use super::persons::{Whole, is_person, wholes};
use super::retention::retention;
use super::score::{DocumentScore, State};
use super::typed::{Labelled, TypedCounts, TypedFigures, TypedScore, Way, score_typed};
use crate::entity::EntityType;
use crate::rules::{Lexicon, PhipaClass, Taxonomy};
use serde::{Deserialize, Serialize};
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

/// A figure without counts of its own, with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: Option<f64>,
    /// Its 95 % interval over resampled documents.
    pub ci95: Option<[f64; 2]>,
}

/// Counts of one document: what a comparison needs, and no text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The document.
    pub id: String,
    /// Labels.
    pub n: usize,
    /// Labels fully masked.
    pub full: usize,
    /// Labelled tokens that leak.
    pub leaked_tokens: usize,
    /// Tokens masked for nothing.
    pub over: usize,
    /// Tokens without label.
    pub plain: usize,
    /// Clinical tokens that survive.
    pub kept: usize,
    /// Clinical tokens.
    pub clinical: usize,
    /// Labels and fully masked labels by type.
    pub types: BTreeMap<String, [usize; 2]>,
}

/// Recall of persons and things by all their mentions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Entities {
    /// Persons.
    pub persons: Share,
    /// Persons and things that identify by themselves or are named by law.
    pub direct: Share,
    /// Those that identify together with other facts.
    pub quasi: Share,
}

/// The typed figures, micro and by type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Typed {
    /// Over all spans, by way of comparison.
    pub micro: BTreeMap<&'static str, TypedFigures>,
    /// The bootstrap interval of each F1.
    pub f1_ci95: BTreeMap<&'static str, Option<[f64; 2]>>,
    /// The mean of the types' F1, by way of comparison.
    pub macro_f1: BTreeMap<&'static str, Option<f64>>,
    /// By type: strict and the others.
    pub by_type: BTreeMap<String, BTreeMap<&'static str, TypedFigures>>,
}

/// Predictions of like scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Scores from here.
    pub low: f64,
    /// To here.
    pub high: f64,
    /// Their mean.
    pub mean: Option<f64>,
    /// How many touch a label.
    #[serde(flatten)]
    pub share: Share,
}

/// How often one type was predicted where another was labelled; `-` stands for none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The label.
    pub gold: String,
    /// The prediction.
    pub predicted: String,
    /// How often.
    pub n: usize,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Mean recall of the types.
    pub r#macro: Estimate,
    /// By all mentions.
    pub entities: Entities,
    /// By type and place.
    pub typed: Typed,
    /// Recall by HIPAA letter, PHIPA class, language, layout, culture, form of name, noise.
    pub breakdown: BTreeMap<&'static str, BTreeMap<String, Share>>,
    /// How far scores can be trusted.
    pub calibration: Vec<Bin>,
    /// What was taken for what.
    pub confusion: Vec<Confusion>,
    /// Counts of each document.
    pub documents: Vec<Row>,
}

/// Bins of scores.
const BINS: usize = 10;
/// Keys of documents by which recall is told.
const KEYS: [&str; 4] = ["lang", "layout", "culture", "noise"];

/// Measures scored documents.
pub fn measure(
    gold: &[GoldDocument],
    scores: &[DocumentScore],
    predicted: &[Vec<Labelled>],
    taxonomy: &Taxonomy,
    lexicon: &Lexicon,
) -> Measures {
    let scored = || gold.iter().zip(scores);
    let documents: Vec<Row> = scored().map(|(d, s)| row(d, s, lexicon)).collect();
    let typed: Vec<TypedScore> =
        gold.iter().zip(predicted).map(|(d, p)| score_typed(d, p)).collect();
    let whole: Vec<Whole> = scored().flat_map(|(d, s)| wholes(d, s)).collect();
    Measures {
        r#macro: Estimate {
            value: macro_recall(&documents, &vec![1; documents.len()]),
            ci95: interval(documents.len(), |drawn| macro_recall(&documents, drawn)),
        },
        entities: entities(&whole, taxonomy),
        breakdown: breakdown(gold, scores, taxonomy),
        calibration: calibration(&typed),
        confusion: confusion(&typed),
        typed: typed_figures(&typed),
        documents,
    }
}

fn row(document: &GoldDocument, score: &DocumentScore, lexicon: &Lexicon) -> Row {
    let clinical = retention([(document, score)], lexicon);
    let mut types: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for s in &score.spans {
        let counts = types.entry(type_name(&document.spans[s.index], None)).or_default();
        counts[0] += 1;
        counts[1] += usize::from(s.state == State::Full);
    }
    Row {
        id: document.id.clone(),
        n: score.spans.len(),
        full: score.spans.len() - score.leaks(),
        leaked_tokens: score.tokens.fn_,
        over: score.tokens.fp,
        plain: score.tokens.fp + score.tokens.tn,
        kept: clinical.kept,
        clinical: clinical.of,
        types,
    }
}

/// Mean recall of the types of drawn documents.
pub(super) fn macro_recall(rows: &[Row], drawn: &[u32]) -> Option<f64> {
    let mut types: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (row, &times) in rows.iter().zip(drawn).filter(|(_, times)| **times > 0) {
        for (kind, [n, full]) in &row.types {
            let sum = types.entry(kind).or_default();
            sum[0] += n * times as usize;
            sum[1] += full * times as usize;
        }
    }
    let recalls: Vec<f64> = types.values().filter_map(|[n, full]| ratio(*full, *n)).collect();
    mean(&recalls)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The class under PHIPA of a type of ours; other makers' types have none.
fn phipa(kind: &str, taxonomy: &Taxonomy) -> Option<PhipaClass> {
    EntityType::from_name(kind).map(|e| taxonomy.of(e).phipa)
}

fn entities(wholes: &[Whole], taxonomy: &Taxonomy) -> Entities {
    let share = |counts: &dyn Fn(&Whole) -> bool| {
        let some = || wholes.iter().filter(|w| counts(w));
        Share::of(some().filter(|w| w.hidden).count(), some().count())
    };
    let quasi = |w: &Whole| phipa(&w.kind, taxonomy) == Some(PhipaClass::Quasi);
    Entities {
        persons: share(&|w| is_person(&w.kind)),
        direct: share(&|w| phipa(&w.kind, taxonomy).is_some() && !quasi(w)),
        quasi: share(&quasi),
    }
}

fn typed_figures(scores: &[TypedScore]) -> Typed {
    let (mut sum, mut types) = ([TypedCounts::default(); 4], BTreeMap::new());
    for s in scores {
        for (w, counts) in s.all.iter().enumerate() {
            sum[w].add(*counts);
        }
        for (kind, all) in &s.by_type {
            let own: &mut [TypedCounts; 4] = types.entry(kind.clone()).or_default();
            for (w, counts) in all.iter().enumerate() {
                own[w].add(*counts);
            }
        }
    }
    let named = |all: [TypedCounts; 4]| -> BTreeMap<&'static str, TypedFigures> {
        Way::ALL.iter().zip(all).map(|(way, c)| (way.name(), c.figures())).collect()
    };
    let by_type: BTreeMap<String, BTreeMap<&'static str, TypedFigures>> =
        types.into_iter().map(|(kind, all)| (kind, named(all))).collect();
    let drawn_f1 = |w: usize| {
        interval(scores.len(), |drawn| {
            let mut sum = TypedCounts::default();
            for (s, &times) in scores.iter().zip(drawn) {
                (0..times).for_each(|_| sum.add(s.all[w]));
            }
            Some(sum.figures().f1)
        })
    };
    let macro_f1 = |way: Way| {
        // Types that are only predicted have no labels to be found.
        let labelled = by_type.values().map(|ways| &ways[way.name()]).filter(|f| {
            f.counts.correct + f.counts.incorrect + f.counts.partial + f.counts.missed > 0
        });
        mean(&labelled.map(|f| f.f1).collect::<Vec<_>>())
    };
    Typed {
        micro: named(sum),
        f1_ci95: Way::ALL.iter().enumerate().map(|(w, way)| (way.name(), drawn_f1(w))).collect(),
        macro_f1: Way::ALL.iter().map(|way| (way.name(), macro_f1(*way))).collect(),
        by_type,
    }
}

fn breakdown(
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
        .split(|c| !(super::metric::is_alphanumeric(*c) || matches!(c, '-' | '\'' | '’')))
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

fn calibration(scores: &[TypedScore]) -> Vec<Bin> {
    let mut bins = vec![(0, 0, 0.0); BINS];
    for &(score, hit) in scores.iter().flat_map(|s| &s.scored) {
        let at = ((score * BINS as f64) as usize).min(BINS - 1);
        bins[at].0 += 1;
        bins[at].1 += usize::from(hit);
        bins[at].2 += score;
    }
    let bin = |(i, (n, hits, sum)): (usize, (usize, usize, f64))| Bin {
        low: i as f64 / BINS as f64,
        high: (i + 1) as f64 / BINS as f64,
        mean: (n > 0).then(|| sum / n as f64),
        share: Share::of(hits, n),
    };
    bins.into_iter().enumerate().map(bin).collect()
}

fn confusion(scores: &[TypedScore]) -> Vec<Confusion> {
    let mut sum: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for (pair, n) in scores.iter().flat_map(|s| &s.confusion) {
        *sum.entry(pair).or_default() += n;
    }
    let one = |((gold, predicted), n): (&(String, String), usize)| Confusion {
        gold: gold.clone(),
        predicted: predicted.clone(),
        n,
    };
    sum.into_iter().map(one).collect()
}
