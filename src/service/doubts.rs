//! Why a case is not released, for its submitter: kinds, numbers and places, never text.

use super::answer::{Part, Position, place_of};
use crate::case::Case;
use crate::gate::HoldReason;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Findings that one answer lists.
const MOST: usize = 100;

/// How often a kind of doubt came up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// `residual`, `low-margin`, `tripwire`, `watcher`, `attachment`, `language`, `size` or `risk`.
    #[schema(example = "residual")]
    pub reason: &'static str,
    /// How often.
    pub count: usize,
}

/// One doubt and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingAnswer {
    /// The kind of doubt.
    pub reason: &'static str,
    /// As what it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<&'static str>,
    /// The field, by form definition, otherwise by position.
    pub field: String,
    /// Whether it stands in the field's key or in its value.
    pub part: Part,
    /// The number of that text in reading order, from 0.
    pub index: usize,
    /// Where it starts, in the source text of that field.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

/// All doubts about a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// By kind.
    pub reasons: Vec<Reason>,
    /// By place, the first hundred.
    pub findings: Vec<FindingAnswer>,
}

impl Doubts {
    /// The doubts about all cases of a document.
    pub(super) fn joined<'d>(all: impl Iterator<Item = &'d Self>) -> Self {
        let (mut counts, mut findings) = (BTreeMap::<&'static str, usize>::new(), Vec::new());
        for doubts in all {
            for reason in &doubts.reasons {
                *counts.entry(reason.reason).or_default() += reason.count;
            }
            findings.extend(doubts.findings.iter().cloned());
        }
        findings.truncate(MOST);
        let reasons = counts.into_iter().map(|(reason, count)| Reason { reason, count });
        Self { reasons: reasons.collect(), findings }
    }

    /// The doubts of the gate about that case.
    pub fn of(case: &Case, reasons: &[HoldReason]) -> Self {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for reason in reasons {
            *counts.entry(reason.name()).or_default() += 1;
        }
        let mut placed: Vec<&HoldReason> = reasons.iter().filter(|r| r.place.is_some()).collect();
        placed.sort_by_key(|r| r.place);
        let findings = placed.iter().take(MOST).filter_map(|reason| {
            let (index, span) = reason.place?;
            let field = case.fields.get(index)?;
            let (start, end) = place_of(&field.text, span);
            Some(FindingAnswer {
                reason: reason.name(),
                r#type: reason.entity.map(crate::entity::EntityType::name),
                field: field.place.clone(),
                part: field.kind.into(),
                index,
                start,
                end,
            })
        });
        Self {
            findings: findings.collect(),
            reasons: counts.into_iter().map(|(reason, count)| Reason { reason, count }).collect(),
        }
    }

    /// Kind to number, as the ledger and the store keep it.
    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.reasons.iter().map(|r| (r.reason.to_owned(), r.count as u64)).collect()
    }
}
