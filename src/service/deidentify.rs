//! `POST /v1/deidentify`: masks and answers; stores nothing.

use super::body::{Kind, receive};
use super::error::{ApiError, Problem};
use super::state::AppState;
use crate::audit::Record;
use crate::case::Case;
use crate::entity::Entity;
use crate::span::OffsetWalk;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Positions of a range in three countings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RangeJson {
    /// Bytes of UTF-8: start and end.
    pub utf8: (usize, usize),
    /// UTF-16 code units, as JavaScript counts.
    pub utf16: (usize, usize),
    /// Unicode code points, as Python counts.
    pub code_point: (usize, usize),
}

/// Why it was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceJson {
    /// The rule or recognizer.
    pub rule: String,
    /// What the check digit said.
    pub check_digit: Option<bool>,
    /// Distance to the cue, in bytes.
    pub cue_distance: Option<u32>,
    /// The tagger's probability.
    pub model: Option<f32>,
    /// The tagger's strongest features, by name.
    pub features: Vec<&'static str>,
    /// Found through another mention.
    pub linked: bool,
}

/// An entity found in the submitted case.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntityJson {
    /// Its type.
    pub r#type: &'static str,
    /// The field, by form definition or position.
    pub field: String,
    /// Where, in the source text of the field.
    pub source: RangeJson,
    /// How sure, 0 to 1.
    pub score: f32,
    /// Why.
    pub evidence: EvidenceJson,
}

/// What was in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct DigestsJson {
    /// Digest of rules, lexicons and model.
    pub rules: String,
    /// Name of the policy.
    pub policy: String,
    /// Version of the policy.
    pub policy_version: u32,
    /// Digest of the policy.
    pub policy_digest: String,
}

/// The answer to `POST /v1/deidentify`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deidentified {
    /// The masked text, when one text was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The masked case, in its own structure, when a JSON case was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub document: Option<Box<RawValue>>,
    /// Everything found, what the policy keeps included.
    pub entities: Vec<EntityJson>,
    /// What was in force.
    pub digests: DigestsJson,
}

/// Masks a text or a JSON case and returns it with the evidence; nothing is stored.
#[utoipa::path(
    post, path = "/v1/deidentify",
    request_body(content = String, description = "`{\"text\": …}`, any JSON case, or text/plain"),
    responses(
        (status = 200, body = Deidentified),
        (status = 400, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem),
    )
)]
pub(super) async fn deidentify(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Deidentified>, ApiError> {
    let received = receive(&state, &headers, body).await?;
    let kind = received.kind;
    let answer = state
        .run(received.case, move |engine, case, scratch| {
            let (masked, record) = engine.deidentify(case, scratch);
            let rendered = masked.render();
            let (text, document) = match kind {
                Kind::Text => (Some(rendered), None),
                Kind::Document => (None, Some(RawValue::from_string(rendered))),
            };
            let document = document.transpose().map_err(|_| ApiError::Internal)?;
            Ok(Deidentified { text, document, entities: entities(case, &record.entities), digests: digests(&record) })
        })
        .await??;
    tracing::info!(entities = answer.entities.len(), "deidentified");
    Ok(Json(answer))
}

fn entities(case: &Case, entities: &[Entity]) -> Vec<EntityJson> {
    let mut walks: Vec<OffsetWalk<'_>> = case.fields.iter().map(|f| OffsetWalk::new(&f.text)).collect();
    let one = |e: &Entity| {
        let at = walks[e.field].offsets(e.span);
        EntityJson {
            r#type: e.entity.name(),
            field: case.fields[e.field].place.clone(),
            source: RangeJson { utf8: at.utf8, utf16: at.utf16, code_point: at.code_point },
            score: e.score.value(),
            evidence: EvidenceJson {
                rule: e.evidence.rule.to_string(),
                check_digit: e.evidence.check_digit,
                cue_distance: e.evidence.cue_distance,
                model: e.evidence.model,
                features: e.evidence.features.clone(),
                linked: e.evidence.linked,
            },
        }
    };
    entities.iter().map(one).collect()
}

/// The digests of a record.
pub(super) fn digests(record: &Record) -> DigestsJson {
    let (policy, policy_version, policy_digest) = record.policy.clone();
    DigestsJson { rules: record.rules_digest.clone(), policy, policy_version, policy_digest }
}
