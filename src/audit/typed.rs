//! Whether the right type was found at the right place: strict, exact, partial and by type.
//!
//! The four ways are those of nervaluate (`SemEval` 2013), to the last digit; strict is also the
//! measure of the i2b2 tasks. Predictions that touch an optional span and no required one are left
//! out. None of this says what leaks: that is `score.rs`.

use super::gold::GoldDocument;
use super::score::is_required;
use crate::span::CharSpan;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A span with its type, as a tool predicted it.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// Where, in code points.
    pub span: CharSpan,
    /// The type's name.
    pub kind: String,
    /// How sure the tool was, 0 to 1, where it says so.
    pub score: Option<f64>,
}

/// Counts of one way to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TypedCounts {
    /// As labelled.
    pub correct: usize,
    /// Something was predicted there, but not what counts here.
    pub incorrect: usize,
    /// Other borders: half a hit, of the partial way only.
    pub partial: usize,
    /// Labelled, and nothing predicted.
    pub missed: usize,
    /// Predicted, and nothing labelled.
    pub spurious: usize,
}

impl TypedCounts {
    pub(super) fn add(&mut self, other: Self) {
        self.correct += other.correct;
        self.incorrect += other.incorrect;
        self.partial += other.partial;
        self.missed += other.missed;
        self.spurious += other.spurious;
    }

    /// Precision, recall and F1; 0 where nothing is counted, as nervaluate has it.
    pub fn figures(self) -> TypedFigures {
        let share = |of: usize| {
            if of > 0 { (self.correct as f64 + 0.5 * self.partial as f64) / of as f64 } else { 0.0 }
        };
        let found = self.correct + self.incorrect + self.partial;
        let (precision, recall) = (share(found + self.spurious), share(found + self.missed));
        let sum = precision + recall;
        let f1 = if sum > 0.0 { 2.0 * (precision * recall) / sum } else { 0.0 };
        TypedFigures { counts: self, precision, recall, f1 }
    }
}

/// Counts with their precision, recall and F1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TypedFigures {
    /// The counts.
    #[serde(flatten)]
    pub counts: TypedCounts,
    /// (correct + partial / 2) of all predictions.
    pub precision: f64,
    /// (correct + partial / 2) of all labels.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// A way to compare a prediction with a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Same borders, same type.
    Strict,
    /// Same borders.
    Exact,
    /// Same borders, or half a hit for other ones.
    Partial,
    /// Same type, any overlap.
    Type,
}

impl Way {
    /// All, in the order of the counts.
    pub const ALL: [Self; 4] = [Self::Strict, Self::Exact, Self::Partial, Self::Type];

    /// The name that nervaluate gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Exact => "exact",
            Self::Partial => "partial",
            Self::Type => "ent_type",
        }
    }
}

#[derive(Clone, Copy)]
struct Piece<'p> {
    kind: &'p str,
    start: usize,
    /// The last code point itself.
    last: usize,
}

impl Piece<'_> {
    fn of(span: CharSpan, kind: &str) -> Option<Piece<'_>> {
        let last = span.end.checked_sub(1).filter(|last| *last >= span.start)?;
        Some(Piece { kind, start: span.start, last })
    }

    /// At least a hundredth of the label is predicted.
    fn meets(self, label: Self) -> bool {
        if self.start > label.last || self.last < label.start {
            return false;
        }
        let common = self.last.min(label.last) - self.start.max(label.start) + 1;
        common as f64 / (label.last - label.start + 1) as f64 * 100.0 >= 1.0
    }

    fn same_borders(self, other: Self) -> bool {
        (self.start, self.last) == (other.start, other.last)
    }

    fn distance(self, other: Self) -> usize {
        self.start.abs_diff(other.start) + self.last.abs_diff(other.last)
    }
}

/// Compares one by one: each prediction takes the first label that nobody took and that fits.
fn compare(gold: &[Piece], predicted: &[Piece], way: Way) -> TypedCounts {
    let mut counts = TypedCounts::default();
    let mut taken = vec![false; gold.len()];
    for p in predicted {
        let free = || gold.iter().enumerate().filter(|(i, _)| !taken[*i]);
        let hit = match way {
            Way::Strict => free().find(|(_, g)| p.kind == g.kind && p.same_borders(**g)),
            Way::Exact | Way::Partial => free().find(|(_, g)| p.same_borders(**g)),
            Way::Type => free()
                .filter(|(_, g)| p.kind == g.kind && p.meets(**g))
                .min_by_key(|(_, g)| p.distance(**g)),
        };
        let near = || free().find(|(_, g)| p.meets(**g));
        let (place, count) = match (hit, near()) {
            (Some((i, _)), _) => (Some(i), &mut counts.correct),
            (None, Some((i, _))) if way == Way::Partial => (Some(i), &mut counts.partial),
            (None, Some((i, _))) => (Some(i), &mut counts.incorrect),
            (None, None) => (None, &mut counts.spurious),
        };
        *count += 1;
        if let Some(i) = place {
            taken[i] = true;
        }
    }
    counts.missed = taken.iter().filter(|t| !**t).count();
    counts
}

/// What one document adds to the typed figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypedScore {
    /// By way, in the order of [`Way::ALL`].
    pub all: [TypedCounts; 4],
    /// The same by type.
    pub by_type: BTreeMap<String, [TypedCounts; 4]>,
    /// Labelled type (`-` for none), predicted type (`-` for none), how often.
    pub confusion: BTreeMap<(String, String), usize>,
    /// Of every prediction with a score: the score, and whether it touches a label.
    pub scored: Vec<(f64, bool)>,
}

/// Compares predictions with labels by type.
///
/// # Examples
/// ```
/// use caseveil::{audit::{Labelled, read_markup, score_typed}, span::CharSpan};
/// let file = "#! layout=letter ; culture=Cree ; noise=none\nSeen by [[PERSON_PROVIDER:Ann Lee]].\n";
/// let document = read_markup("en/1", "en", file, "1.txt")?;
/// let lee = CharSpan { start: 12, end: 15 };
/// let found = Labelled { span: lee, kind: "PERSON_PROVIDER".into(), score: None };
/// let [strict, _, partial, by_type] = score_typed(&document, &[found]).all;
/// assert_eq!((strict.incorrect, partial.partial, by_type.correct), (1, 1, 1));
/// # Ok::<(), caseveil::audit::GoldError>(())
/// ```
pub fn score_typed(document: &GoldDocument, predicted: &[Labelled]) -> TypedScore {
    let pieces = |required: bool| {
        let some = document.spans.iter().filter(move |s| is_required(s) == required);
        let mut some: Vec<Piece> = some.filter_map(|s| Piece::of(s.span, &s.kind)).collect();
        some.sort_by_key(|p| (p.start, p.last));
        some
    };
    let (gold, optional) = (pieces(true), pieces(false));
    let touches =
        |p: Piece, some: &[Piece]| some.iter().any(|g| p.start <= g.last && g.start <= p.last);
    let counted: Vec<(Piece, Option<f64>)> = predicted
        .iter()
        .filter_map(|l| Some((Piece::of(l.span, &l.kind)?, l.score)))
        .filter(|(p, _)| touches(*p, &gold) || !touches(*p, &optional))
        .collect();
    let found: Vec<Piece> = counted.iter().map(|(p, _)| *p).collect();
    let mut out = TypedScore {
        all: Way::ALL.map(|way| compare(&gold, &found, way)),
        scored: counted.iter().filter_map(|(p, s)| Some(((*s)?, touches(*p, &gold)))).collect(),
        ..TypedScore::default()
    };
    let kinds: BTreeSet<&str> = gold.iter().chain(&found).map(|p| p.kind).collect();
    for kind in kinds {
        let only = |some: &[Piece<'_>]| {
            some.iter().filter(|p| p.kind == kind).map(|p| (p.start, p.last)).collect::<Vec<_>>()
        };
        let (gold, found) = (only(&gold), only(&found));
        let pieces = |some: &[(usize, usize)]| {
            some.iter().map(|&(start, last)| Piece { kind, start, last }).collect::<Vec<_>>()
        };
        let (gold, found) = (pieces(&gold), pieces(&found));
        out.by_type.insert(kind.to_owned(), Way::ALL.map(|way| compare(&gold, &found, way)));
    }
    let mut confuse = |gold: &str, found: &str| {
        *out.confusion.entry((gold.to_owned(), found.to_owned())).or_default() += 1;
    };
    let common =
        |a: &Piece, b: &Piece| (a.last.min(b.last) + 1).saturating_sub(a.start.max(b.start));
    for g in &gold {
        let best = found.iter().max_by_key(|p| common(p, g)).filter(|p| common(p, g) > 0);
        confuse(g.kind, best.map_or("-", |p| p.kind));
    }
    for p in found.iter().filter(|p| !touches(**p, &gold)) {
        confuse("-", p.kind);
    }
    out
}
