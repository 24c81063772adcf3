//! `POST /v1/lint`: what would be masked, and how to write it safely. Nothing is kept or sent on.

use super::access::{Caller, Scope};
use super::advice::{Advice, advice};
use super::answer::json;
use super::answer::{DigestsAnswer, Part, Position, positions};
use super::body::{CaseBody, Received};
use super::deidentify::{is_zero, running_text};
use super::doubts::{Doubts, FindingAnswer, Reason};
use super::error::ServiceError;
use super::problem::Problem;
use super::risk::RiskAnswer;
use super::state::App;
use crate::case::CaseId;
use crate::gate::Verdict;
use crate::span::OffsetWalk;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// What submitting the case would lead to.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// It would be released.
    Released,
    /// It would wait for a person.
    Held,
    /// It would be refused.
    Refused,
}

/// One piece that would be masked.
#[derive(Serialize, ToSchema)]
struct Hint {
    /// Its type.
    #[schema(example = "PERSON_FAMILY")]
    r#type: &'static str,
    /// The field, by form definition, otherwise by position.
    field: String,
    /// Whether it stands in the field's key or in its value.
    part: Part,
    /// The number of that text in reading order, from 0.
    index: usize,
    /// Where it starts, in the source text of that field.
    start: Position,
    /// Where it ends.
    end: Position,
    /// What would stand in its place.
    #[schema(example = "[FAMILY-1]")]
    becomes: String,
    /// What to write instead.
    advice: Advice,
}

/// What would be masked, and what would come of the case.
#[derive(Serialize, ToSchema)]
pub(super) struct LintAnswer {
    /// What submitting it would lead to.
    outcome: Outcome,
    /// What would be masked, sorted by place.
    hints: Vec<Hint>,
    /// Why it would not be released.
    reasons: Vec<Reason>,
    /// Where.
    findings: Vec<FindingAnswer>,
    /// How many fields the form definition leaves out.
    #[serde(skip_serializing_if = "is_zero")]
    dropped: usize,
    /// What remains, and what to generalise.
    risk: RiskAnswer,
    /// What is in force.
    digests: DigestsAnswer,
}

/// See what would be masked
///
/// For whoever writes a case: what would be masked, how to write it safely, and whether the case
/// would be released. It is neither stored nor sent on, and the answer repeats no text.
#[utoipa::path(
    post,
    path = "/v1/lint",
    tag = "deidentify",
    request_body(
        description = "The case",
        content((CaseBody = "application/json"), (String = "text/plain", example = "Her daughter Marie called."))
    ),
    responses(
        (status = 200, description = "What would be masked", body = LintAnswer),
        (status = 400, description = "Not JSON, or not whole", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope, or a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was too slow", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor plain text", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a case", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Overloaded", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn lint(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Submit)?;
    let _place = app.place()?;
    let received = Received::read(&app, request).await?;
    let can_wait = app.custody().seal_key.is_some();
    let answer = app
        .work(move |engine, scratch| {
            let case = &running_text(received.case(engine, CaseId::new(""))?);
            let (verdict, record) = engine.release(case, scratch);
            let (outcome, doubts) = match &verdict {
                Verdict::Released(_) => (Outcome::Released, Doubts::default()),
                Verdict::Held(reasons) => {
                    let outcome = if can_wait { Outcome::Held } else { Outcome::Refused };
                    (outcome, Doubts::of(case, reasons))
                }
            };
            // Entities are sorted: each text is walked through once.
            let mut walk = (usize::MAX, OffsetWalk::new(""));
            let mut entities = record.entities.clone();
            let written = engine.replacements(case, &mut entities);
            let hints = entities.iter().zip(written).filter_map(|(entity, becomes)| {
                let becomes = becomes?;
                let field = &case.fields[entity.field];
                if walk.0 != entity.field {
                    walk = (entity.field, OffsetWalk::new(&field.text));
                }
                let (start, end) = positions(walk.1.offsets(entity.span));
                Some(Hint {
                    r#type: entity.entity.name(),
                    field: field.place.clone(),
                    part: field.kind.into(),
                    index: entity.field,
                    start,
                    end,
                    becomes,
                    advice: advice(entity.entity),
                })
            });
            let hints = hints.collect();
            let risk = RiskAnswer::of(case, &record.risk, engine.signs());
            let digests = (&record).into();
            let Doubts { reasons, findings } = doubts;
            let dropped = case.dropped();
            Ok(LintAnswer { outcome, hints, reasons, findings, dropped, risk, digests })
        })
        .await?;
    answer.map(|a: LintAnswer| json(&a))
}
