//! Parts of answers: entities with their evidence, and what was in force.
//!
//! Offsets are into the source, which the submitter has; nothing here repeats its text.

use crate::audit::Record;
use crate::case::{Case, FieldKind};
use crate::entity::{Entity, Evidence};
use crate::policy::{Operator, Policy};
use crate::span::{ByteSpan, OffsetWalk, Offsets};
use crate::store;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// One position in the three countings that clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// Bytes of UTF-8.
    utf8: usize,
    /// UTF-16 code units, as JavaScript and Java count.
    utf16: usize,
    /// Code points, as Python counts.
    code_point: usize,
}

/// What spoke for an entity: names of rules, numbers, never text.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EvidenceAnswer {
    /// The rule or recognizer that proposed it.
    #[schema(example = "ca.on.health_card")]
    rule: String,
    /// What the check digit said, where the rule has one.
    check_digit: Option<bool>,
    /// Distance in bytes to the nearest cue, where one was in reach.
    cue_distance: Option<u32>,
    /// The tagger's probability, where it was asked.
    model: Option<f64>,
    /// The tagger's strongest features, by name.
    features: Vec<&'static str>,
    /// True when another mention in the case made this one found.
    linked: bool,
}

/// A mention that was found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntityAnswer {
    /// Its type.
    #[schema(example = "HEALTH_NUMBER")]
    r#type: &'static str,
    /// The field, by form definition, otherwise by position (`$.0.3`); `text` for running text.
    #[schema(example = "patient_name")]
    field: String,
    /// Whether it stands in the field's key or in its value.
    part: Part,
    /// The number of that text in reading order, from 0, keys counted: two fields may share a name.
    index: usize,
    /// Where it starts, in the source text of that field.
    start: Position,
    /// Where it ends: the first position behind it.
    end: Position,
    /// How sure, 0 to 1.
    score: f64,
    /// What the policy did to it.
    operator: Operator,
    /// Why it was found.
    evidence: EvidenceAnswer,
}

/// Key or value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// A JSON key.
    Key,
    /// Content.
    Value,
}

/// The policy in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PolicyAnswer {
    /// Its name.
    #[schema(example = "echo-case")]
    id: String,
    /// Its version.
    version: u32,
    /// Of its file.
    digest: String,
}

/// What was in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct DigestsAnswer {
    /// Of rules, lexicons and model.
    rules: String,
    /// The policy.
    policy: PolicyAnswer,
}

impl From<&Record> for DigestsAnswer {
    fn from(record: &Record) -> Self {
        let (id, version, digest) = record.policy.clone();
        Self { rules: record.rules_digest.clone(), policy: PolicyAnswer { id, version, digest } }
    }
}

impl From<store::Digests> for DigestsAnswer {
    fn from(digests: store::Digests) -> Self {
        let policy = PolicyAnswer {
            id: digests.policy,
            version: digests.policy_version,
            digest: digests.policy_digest,
        };
        Self { rules: digests.rules, policy }
    }
}

impl From<&Evidence> for EvidenceAnswer {
    fn from(evidence: &Evidence) -> Self {
        Self {
            rule: evidence.rule.to_string(),
            check_digit: evidence.check_digit,
            cue_distance: evidence.cue_distance,
            model: evidence.model.map(rounded),
            features: evidence.features.clone(),
            linked: evidence.linked,
        }
    }
}

/// The entities of a case, sorted by field and position, as `resolve` left them.
pub(super) fn entities(case: &Case, found: &[Entity], policy: &Policy) -> Vec<EntityAnswer> {
    let mut answers = Vec::with_capacity(found.len());
    for of_field in found.chunk_by(|a, b| a.field == b.field) {
        let index = of_field[0].field;
        let field = &case.fields[index];
        let mut walk = OffsetWalk::new(&field.text);
        for entity in of_field {
            let (start, end) = positions(walk.offsets(entity.span));
            answers.push(EntityAnswer {
                r#type: entity.entity.name(),
                field: field.place.clone(),
                part: field.kind.into(),
                index,
                start,
                end,
                score: rounded(entity.score.value()),
                operator: policy.operator(entity.entity),
                evidence: EvidenceAnswer::from(&entity.evidence),
            });
        }
    }
    answers
}

/// Where a span of a field stands, by itself.
pub(super) fn place_of(text: &str, span: ByteSpan) -> (Position, Position) {
    positions(OffsetWalk::new(text).offsets(span))
}

impl From<FieldKind> for Part {
    fn from(kind: FieldKind) -> Self {
        match kind {
            FieldKind::Key => Self::Key,
            FieldKind::Value => Self::Value,
        }
    }
}

pub(super) fn positions(offsets: Offsets) -> (Position, Position) {
    let at = |utf8, utf16, code_point| Position { utf8, utf16, code_point };
    let Offsets { utf8, utf16, code_point } = offsets;
    (at(utf8.0, utf16.0, code_point.0), at(utf8.1, utf16.1, code_point.1))
}

/// Three decimals: what a score can mean.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

/// An answer's body.
pub(super) fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("texts and numbers are JSON")
}

/// An answer in JSON.
pub(super) fn json(body: &impl Serialize) -> Response {
    ([(CONTENT_TYPE, "application/json")], to_json(body)).into_response()
}
