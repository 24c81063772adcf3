//! Two audits of the same documents: by how much each figure changed, and whether by chance.

use super::bootstrap::{Difference, paired};
use super::measure::{Row, macro_recall};
use super::metric::ratio;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use thiserror::Error;

/// Why an earlier audit cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CompareError {
    /// Not the output of an audit, or of one before rows were written.
    #[error(
        "the earlier audit has no list `documents` as `caseveil audit --json` writes it; run it again with this version"
    )]
    Shape,
    /// Nothing to pair.
    #[error("the earlier audit measured none of these documents")]
    Disjoint,
}

/// The difference between two audits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Documents of both.
    pub documents: usize,
    /// Documents of the earlier audit alone: left out.
    pub only_old: usize,
    /// Documents of this audit alone: left out.
    pub only_new: usize,
    /// The figures of all types.
    pub figures: BTreeMap<&'static str, Difference>,
    /// Recall by type.
    pub by_type: BTreeMap<String, Difference>,
}

/// The rows of an audit's JSON, signed or not.
///
/// # Errors
/// [`CompareError::Shape`] when there are none.
pub fn rows(audit: &Value) -> Result<Vec<Row>, CompareError> {
    let rows = [&audit["documents"], &audit["result"]["measures"]["documents"]];
    let rows = rows.into_iter().find(|r| r.is_array()).ok_or(CompareError::Shape)?;
    serde_json::from_value(rows.clone()).map_err(|_| CompareError::Shape)
}

/// Compares two audits, document by document.
///
/// # Errors
/// [`CompareError::Disjoint`] when they have no document in common.
pub fn compare(old: &[Row], new: &[Row]) -> Result<Comparison, CompareError> {
    let earlier: HashMap<&str, &Row> = old.iter().map(|r| (r.id.as_str(), r)).collect();
    let (before, after): (Vec<Row>, Vec<Row>) = new
        .iter()
        .filter_map(|r| Some(((*earlier.get(r.id.as_str())?).clone(), r.clone())))
        .unzip();
    if after.is_empty() {
        return Err(CompareError::Disjoint);
    }
    let n = after.len();
    // Counted once: a resample only adds up.
    let share = |hits: &dyn Fn(&Row) -> usize, of: &dyn Fn(&Row) -> usize| {
        let counts = |rows: &[Row]| rows.iter().map(|r| (hits(r), of(r))).collect::<Vec<_>>();
        let (before, after) = (counts(&before), counts(&after));
        let figure = |counts: &[(usize, usize)], drawn: &[u32]| {
            let pairs = counts.iter().zip(drawn);
            let (hits, of) = pairs.fold((0, 0), |(h, n), ((hits, of), times)| {
                (h + hits * *times as usize, n + of * *times as usize)
            });
            ratio(hits, of)
        };
        paired(n, |drawn| figure(&before, drawn), |drawn| figure(&after, drawn))
    };
    let with_labels = |r: &Row| usize::from(r.n > 0);
    let figures = BTreeMap::from([
        ("recall", share(&|r| r.full, &|r| r.n)),
        ("macro_recall", paired(n, |d| macro_recall(&before, d), |d| macro_recall(&after, d))),
        ("zero_leak_rate", share(&|r| usize::from(r.n > 0 && r.full == r.n), &with_labels)),
        ("over_redaction", share(&|r| r.over, &|r| r.plain)),
        ("clinical_retention", share(&|r| r.kept, &|r| r.clinical)),
    ]);
    let kinds: BTreeSet<&String> =
        before.iter().chain(&after).flat_map(|r| r.types.keys()).collect();
    let by_type = kinds.into_iter().map(|kind| {
        let count = |i: usize| move |r: &Row| r.types.get(kind).map_or(0, |c| c[i]);
        (kind.clone(), share(&count(1), &count(0)))
    });
    Ok(Comparison {
        documents: n,
        only_old: old.len().saturating_sub(n),
        only_new: new.len() - n,
        by_type: by_type.collect(),
        figures,
    })
}
