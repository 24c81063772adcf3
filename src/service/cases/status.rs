//! Where a case is on its way, and a dead letter sent out again.

use crate::clock;
use crate::service::access::{Caller, Scope};
use crate::service::answer::{DigestsAnswer, json};
use crate::service::error::ServiceError;
use crate::service::problem::Problem;
use crate::service::state::App;
use crate::store::{CaseStatus, Hold, State as OutboxState};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a case is on its way.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::service) enum Status {
    /// On disk, not yet with the hub.
    Pending,
    /// The hub has confirmed it.
    Delivered,
    /// The hub will not have it; an operator must look.
    Dead,
}

/// What became of a case. Counts are of the masked output.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::service) struct CaseAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Where it is.
    status: Status,
    /// When it was released (RFC 3339, UTC).
    #[schema(format = "date-time")]
    submitted: String,
    /// When the hub confirmed it.
    #[schema(format = "date-time")]
    delivered: Option<String>,
    /// Deliveries tried.
    attempts: u32,
    /// Why the last delivery failed.
    last_failure: Option<String>,
    /// How many pieces of each entity type were masked.
    entities: BTreeMap<String, u64>,
    /// What was in force.
    digests: DigestsAnswer,
}

/// What became of a case that was held and not released.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::service) struct HeldAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// `waiting`, `refused` or `expired`.
    status: &'static str,
    /// When it came.
    #[schema(format = "date-time")]
    submitted: String,
    /// When it is destroyed without a decision.
    #[schema(format = "date-time")]
    expires: String,
    /// Kinds of doubt.
    reasons: BTreeMap<String, u64>,
}

/// What became of a case: on its way, or held.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what `status` writes")]
pub(in crate::service) enum StatusAnswer {
    /// Released.
    Released(CaseAnswer),
    /// Held.
    Held(HeldAnswer),
}

impl From<Hold> for HeldAnswer {
    fn from(hold: Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            status: hold.state.name(),
            submitted: hold.submitted.to_string(),
            expires: hold.expires.to_string(),
            reasons: hold.reasons,
        }
    }
}

impl From<CaseStatus> for CaseAnswer {
    fn from(case: CaseStatus) -> Self {
        Self {
            id: case.id.to_string(),
            status: match case.state {
                OutboxState::Pending => Status::Pending,
                OutboxState::Delivered => Status::Delivered,
                OutboxState::Dead => Status::Dead,
            },
            submitted: case.submitted.to_string(),
            delivered: case.delivered.map(|at| at.to_string()),
            attempts: case.attempts,
            last_failure: case.last_failure,
            entities: case.entities,
            digests: case.digests.into(),
        }
    }
}

/// What became of a case
#[utoipa::path(
    get,
    path = "/v1/cases/{id}",
    tag = "cases",
    params(("id" = String, Path, description = "The id that submitting it gave", format = "uuid")),
    responses(
        (status = 200, description = "Where it is, and what was masked", body = StatusAnswer),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case of this caller's", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::service) async fn status(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ServiceError> {
    let id = id_of(id)?;
    // Of others, cases are told to auditors only; to everybody else they are not there.
    let own = |spoke: &str| spoke == caller.id || caller.may(Scope::Audit);
    if let Some(case) = app.store().status(id).await? {
        return own(&case.spoke)
            .then(|| json(&CaseAnswer::from(case)))
            .ok_or(ServiceError::NotFound);
    }
    let hold = app.store().hold(id).await?.filter(|h| own(&h.spoke));
    hold.map(|h| json(&HeldAnswer::from(h))).ok_or(ServiceError::NotFound)
}

/// Send a dead letter out again
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/replay",
    tag = "cases",
    params(("id" = String, Path, description = "The id of the case", format = "uuid")),
    responses(
        (status = 204, description = "On its way again"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is no dead letter", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::service) async fn replay(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ServiceError> {
    caller.need(Scope::Admin)?;
    let id = id_of(id)?;
    app.store().status(id).await?.ok_or(ServiceError::NotFound)?;
    app.forwarder().replay(id, &caller.id, clock::now()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of a path. Not an id is no case; neither is told apart, nor repeated.
pub(in crate::service) fn id_of(
    id: Result<Path<String>, PathRejection>,
) -> Result<Uuid, ServiceError> {
    id.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok()).ok_or(ServiceError::NotFound)
}
