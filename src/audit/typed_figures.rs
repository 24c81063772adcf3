//! The typed figures of a corpus: micro, macro and by type, with bootstrap intervals.

use super::bootstrap::interval;
use super::metric::mean;
use super::typed::{TypedCounts, TypedFigures, TypedScore, Way};
use serde::Serialize;
use std::collections::BTreeMap;

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

pub(super) fn typed_figures(scores: &[TypedScore]) -> Typed {
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
