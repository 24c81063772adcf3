//! The cases that wait: their list, and one of them opened for a reviewer.

use super::sealed::{Opened, open};
use crate::clock;
use crate::gate::Verdict;
use crate::ledger::{Event, EventKind};
use crate::service::access::{Caller, Scope};
use crate::service::answer::{EntityAnswer, Part, Position, entities, json, place_of};
use crate::service::cases::id_of;
use crate::service::doubts::{Doubts, FindingAnswer, Reason};
use crate::service::error::ServiceError;
use crate::service::problem::Problem;
use crate::service::state::App;
use crate::store::Hold;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Holds that one list shows.
const LISTED: u32 = 500;

/// One case that waits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::service) struct HoldAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// When it came.
    #[schema(format = "date-time")]
    submitted: String,
    /// When it is destroyed without a decision.
    #[schema(format = "date-time")]
    expires: String,
    /// Kinds of doubt.
    reasons: BTreeMap<String, u64>,
    /// True when the first of two persons agreed to release it.
    approved: bool,
    /// Counts decisions; the next one must name it.
    version: i64,
}

impl From<&Hold> for HoldAnswer {
    fn from(hold: &Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            submitted: hold.submitted.to_string(),
            expires: hold.expires.to_string(),
            reasons: hold.reasons.clone(),
            approved: hold.approved_by.is_some(),
            version: hold.version,
        }
    }
}

/// The cases that wait.
#[derive(Serialize, ToSchema)]
pub(in crate::service) struct HoldList {
    /// The oldest first, 500 at most.
    holds: Vec<HoldAnswer>,
}

/// A text of a held case.
#[derive(Serialize, ToSchema)]
pub(in crate::service) struct HeldText {
    /// The field, by form definition, otherwise by position.
    field: String,
    /// Key or value.
    part: Part,
    /// Its number in reading order, from 0.
    index: usize,
    /// The text as submitted.
    text: String,
}

/// A span that a person decided on.
#[derive(Serialize, ToSchema)]
pub(in crate::service) struct Decided {
    /// `masked` or `cleared`.
    decision: &'static str,
    /// The number of the text.
    index: usize,
    /// Where it starts.
    start: Position,
    /// Where it ends.
    end: Position,
}

/// A held case, opened for a reviewer.
#[derive(Serialize, ToSchema)]
pub(in crate::service) struct HoldView {
    /// The case.
    hold: HoldAnswer,
    /// Its texts.
    texts: Vec<HeldText>,
    /// What would be masked after the decisions so far.
    entities: Vec<EntityAnswer>,
    /// Why it waits.
    reasons: Vec<Reason>,
    /// Where.
    findings: Vec<FindingAnswer>,
    /// The decisions so far.
    decisions: Vec<Decided>,
}

/// The cases that wait for a person
#[utoipa::path(
    get, path = "/v1/holds", tag = "holds",
    responses(
        (status = 200, description = "The cases that wait, without text", body = HoldList),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::service) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Review)?;
    let holds = app.store().holds(LISTED).await?;
    Ok(json(&HoldList { holds: holds.iter().map(HoldAnswer::from).collect() }))
}

/// A held case, opened
///
/// The answer has the text as submitted. That the caller looked is in the ledger.
#[utoipa::path(
    get, path = "/v1/holds/{id}", tag = "holds",
    params(("id" = String, Path, description = "The id of the case", format = "uuid")),
    responses(
        (status = 200, description = "The case, what would be masked, and why it waits", body = HoldView),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No case that waits", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be opened with the configured key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Store or ledger cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::service) async fn view(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Review)?;
    let _place = app.place()?;
    let id = id_of(id)?;
    let Opened { loaded, hold, case, edits, .. } = open(&app, id).await?;
    let event = Event::of_case(EventKind::HoldViewed, id).by(&caller.id);
    app.store().write(Some(event), Vec::new(), clock::now()?).await?;
    let review = edits.review();
    let view = app
        .work_with(loaded, move |engine, scratch| {
            let case = &case;
            let (_, record) = engine.release_reviewed(case, &review, scratch);
            // Why it waits is told as it was seen first; what is still open decides the release.
            let (first, _) = engine.release(case, scratch);
            let doubts = match &first {
                Verdict::Released(_) => Doubts::default(),
                Verdict::Held(reasons) => Doubts::of(case, reasons),
            };
            let texts = case.fields.iter().enumerate().map(|(index, field)| HeldText {
                field: field.place.clone(),
                part: field.kind.into(),
                index,
                text: field.text.clone(),
            });
            let masked = review.masked.iter().map(|&(f, s, _)| ("masked", f, s));
            let cleared = review.cleared.iter().map(|&(f, s)| ("cleared", f, s));
            let decisions = masked.chain(cleared).map(|(decision, index, span)| {
                let (start, end) = place_of(&case.fields[index].text, span);
                Decided { decision, index, start, end }
            });
            HoldView {
                hold: HoldAnswer::from(&hold),
                texts: texts.collect(),
                entities: entities(case, &record.entities, engine.policy()),
                reasons: doubts.reasons,
                findings: doubts.findings,
                decisions: decisions.collect(),
            }
        })
        .await?;
    Ok(json(&view))
}
