//! Scores of documents added up: recall, precision and over-redaction of a corpus.
//!
//! What the words mean is told in `score.rs`. Serialises with the keys of the reference scorer.

use super::gold::{GoldDocument, GoldSpan, plain};
use super::metric::{f_beta, ratio, wilson};
use super::score::{Counts, DocumentScore, State};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Figures of one level: characters or tokens.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Identifying and masked.
    pub tp: usize,
    /// Identifying and leaked.
    pub r#fn: usize,
    /// Masked for nothing.
    pub fp: usize,
    /// Rightly left.
    pub tn: usize,
    /// Share of what is masked that identifies.
    pub precision: Option<f64>,
    /// Share of what identifies that is masked.
    pub recall: Option<f64>,
    /// Its 95% interval.
    pub recall_ci95: [f64; 2],
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// The same, recall weighing twice.
    pub f2: Option<f64>,
}

impl Level {
    fn of(c: Counts) -> Self {
        let (precision, recall) = (ratio(c.tp, c.tp + c.fp), ratio(c.tp, c.tp + c.fn_));
        Self {
            tp: c.tp,
            r#fn: c.fn_,
            fp: c.fp,
            tn: c.tn,
            precision,
            recall,
            recall_ci95: wilson(c.tp, c.tp + c.fn_),
            f1: f_beta(precision, recall, 1.0),
            f2: f_beta(precision, recall, 2.0),
        }
    }
}

/// Figures of gold spans.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpanFigures {
    /// Required gold spans.
    pub n: usize,
    /// Fully masked.
    pub full: usize,
    /// Partly masked.
    pub partial: usize,
    /// Not masked.
    pub missed: usize,
    /// Share fully masked.
    pub full_recall: Option<f64>,
    /// Its 95% interval.
    pub ci95: [f64; 2],
    /// Share at least partly masked.
    pub any_recall: Option<f64>,
    /// Share not fully masked.
    pub leak_rate: Option<f64>,
}

/// Figures of documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentFigures {
    /// Documents with gold spans of which none leaks.
    pub zero_leak: usize,
    /// Documents with gold spans.
    pub n: usize,
    /// Their share.
    pub zero_leak_rate: Option<f64>,
    /// Its 95% interval.
    pub ci95: [f64; 2],
    /// The same count, documents without gold spans included.
    pub zero_leak_all_docs: usize,
}

/// Figures of what was masked for nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverRedaction {
    /// Tokens masked that do not identify.
    pub masked_non_phi_tokens: usize,
    /// Tokens that do not identify.
    pub non_phi_tokens: usize,
    /// The share.
    pub rate: Option<f64>,
}

/// Figures of one type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypeFigures {
    /// Gold spans.
    pub n: usize,
    /// Fully masked.
    pub full: usize,
    /// Partly masked.
    pub partial: usize,
    /// Not masked.
    pub missed: usize,
    /// Share fully masked.
    pub recall: Option<f64>,
    /// Its 95% interval.
    pub ci95: [f64; 2],
    /// Share at least partly masked.
    pub any_recall: Option<f64>,
    /// Share of their letters and numbers that is masked.
    pub char_recall: Option<f64>,
}

/// All figures of a corpus. Serialises with the keys of the reference scorer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Version of the definitions.
    pub scorer: u32,
    /// Documents.
    pub docs: usize,
    /// Those with gold spans.
    pub docs_with_phi: usize,
    /// Bytes of their texts.
    pub bytes: usize,
    /// Documents that nothing was predicted for; always 0, the engine reads them all.
    pub docs_without_prediction: usize,
    /// Predictions that belong to no document; always 0 here.
    pub unknown_prediction_ids: usize,
    /// Predicted spans.
    pub predicted_spans: usize,
    /// Gold spans that are empty or leave the text.
    pub gold_bad_spans: usize,
    /// Predicted spans that do.
    pub pred_bad_spans: usize,
    /// By character.
    pub char: Level,
    /// By token.
    pub token: Level,
    /// By gold span: the headline.
    pub span: SpanFigures,
    /// By document.
    pub doc: DocumentFigures,
    /// What was masked for nothing.
    pub over_redaction: OverRedaction,
    /// By type, the commonest first.
    #[serde(serialize_with = "as_map")]
    pub by_type: Vec<(String, TypeFigures)>,
}

fn as_map<S: Serializer>(
    pairs: &[(String, TypeFigures)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(k, v)| (k, v)))
}

#[derive(Default)]
struct TypeCounts {
    full: usize,
    partial: usize,
    missed: usize,
    chars: usize,
    chars_hit: usize,
}

impl Scores {
    /// The figures of scored documents. `span_key` breaks the types down by a key of the gold
    /// span: with `form`, `NAME` becomes `NAME/full`, `NAME/first` and so on.
    pub fn of<'s>(
        scored: impl IntoIterator<Item = (&'s GoldDocument, &'s DocumentScore)>,
        span_key: Option<&str>,
    ) -> Self {
        let mut sum = DocumentScore::default();
        let mut types: BTreeMap<String, TypeCounts> = BTreeMap::new();
        let (mut docs, mut with_phi, mut bytes, mut clean, mut clean_phi) = (0, 0, 0, 0, 0);
        for (document, score) in scored {
            docs += 1;
            bytes += document.text.len();
            sum.predicted += score.predicted;
            sum.gold_bad += score.gold_bad;
            sum.predicted_bad += score.predicted_bad;
            sum.chars.add(score.chars);
            sum.tokens.add(score.tokens);
            for s in &score.spans {
                let counts =
                    types.entry(type_name(&document.spans[s.index], span_key)).or_default();
                match s.state {
                    State::Full => counts.full += 1,
                    State::Partial => counts.partial += 1,
                    State::Missed => counts.missed += 1,
                }
                counts.chars += s.of;
                counts.chars_hit += s.hit;
            }
            let leakless = usize::from(score.leaks() == 0);
            clean += leakless;
            if !score.spans.is_empty() {
                with_phi += 1;
                clean_phi += leakless;
            }
        }
        let (full, partial, missed) = types
            .values()
            .fold((0, 0, 0), |(f, p, m), t| (f + t.full, p + t.partial, m + t.missed));
        let n = full + partial + missed;
        let non_phi = sum.tokens.fp + sum.tokens.tn;
        Self {
            scorer: 2,
            docs,
            docs_with_phi: with_phi,
            bytes,
            docs_without_prediction: 0,
            unknown_prediction_ids: 0,
            predicted_spans: sum.predicted,
            gold_bad_spans: sum.gold_bad,
            pred_bad_spans: sum.predicted_bad,
            char: Level::of(sum.chars),
            token: Level::of(sum.tokens),
            span: SpanFigures {
                n,
                full,
                partial,
                missed,
                full_recall: ratio(full, n),
                ci95: wilson(full, n),
                any_recall: ratio(full + partial, n),
                leak_rate: ratio(n - full, n),
            },
            doc: DocumentFigures {
                zero_leak: clean_phi,
                n: with_phi,
                zero_leak_rate: ratio(clean_phi, with_phi),
                ci95: wilson(clean_phi, with_phi),
                zero_leak_all_docs: clean,
            },
            over_redaction: OverRedaction {
                masked_non_phi_tokens: sum.tokens.fp,
                non_phi_tokens: non_phi,
                rate: ratio(sum.tokens.fp, non_phi),
            },
            by_type: by_type(types),
        }
    }
}

fn by_type(types: BTreeMap<String, TypeCounts>) -> Vec<(String, TypeFigures)> {
    let figures = |t: TypeCounts| {
        let n = t.full + t.partial + t.missed;
        TypeFigures {
            n,
            full: t.full,
            partial: t.partial,
            missed: t.missed,
            recall: ratio(t.full, n),
            ci95: wilson(t.full, n),
            any_recall: ratio(t.full + t.partial, n),
            char_recall: ratio(t.chars_hit, t.chars),
        }
    };
    let mut out: Vec<_> = types.into_iter().map(|(k, t)| (k, figures(t))).collect();
    // A stable sort: types of equal number stay in alphabetical order.
    out.sort_by_key(|(_, t)| std::cmp::Reverse(t.n));
    out
}

pub(super) fn type_name(span: &GoldSpan, key: Option<&str>) -> String {
    let kind = if span.kind.is_empty() { "?" } else { &span.kind };
    match key.and_then(|k| span.other.get(k)) {
        None | Some(Value::Null | Value::Bool(false)) => kind.to_owned(),
        Some(value) if plain(value).is_empty() => kind.to_owned(),
        Some(value) => format!("{kind}/{}", plain(value)),
    }
}
