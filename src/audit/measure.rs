//! Everything that an audit measures, beyond what the reference scorer has.
//!
//! Enters: documents, their scores and predictions, the taxonomy and the lexicon. Leaves:
//! [`Measures`], and one [`Row`] of counts a document, from which a later audit can be compared.

use super::bootstrap::interval;
use super::figures::type_name;
use super::gold::GoldDocument;
use super::metric::{mean, ratio};
use super::persons::{Whole, is_person, wholes};
use super::retention::retention;
use super::score::{DocumentScore, State};
use super::share::{Share, breakdown};
use super::typed::{Labelled, TypedScore, score_typed};
use super::typed_figures::{Typed, typed_figures};
use crate::entity::EntityType;
use crate::rules::{Lexicon, PhipaClass, Taxonomy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
