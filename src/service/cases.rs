//! `/v1/cases`: a case is taken, masked, written to disk and delivered; then one can ask for it.

use super::answer::DigestsAnswer;
use super::body::{CaseBody, read_case};
use super::error::{Problem, ServiceError};
use super::state::App;
use crate::case::CaseId;
use crate::gate::Verdict;
use crate::pipeline::Deidentifier;
use crate::store::{CaseStatus, State as OutboxState};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

/// Says that a case was taken.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    /// Its id, a UUID of version 7; also the idempotency key at the hub.
    #[schema(format = "uuid", example = "019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11")]
    id: String,
}

/// Where a case is on its way.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// On disk, not yet with the hub.
    Pending,
    /// The hub has confirmed it.
    Delivered,
}

/// What became of a case. Counts are of the masked output.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Where it is.
    status: Status,
    /// When it was taken (RFC 3339, UTC).
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

impl From<CaseStatus> for CaseAnswer {
    fn from(case: CaseStatus) -> Self {
        Self {
            id: case.id.to_string(),
            status: match case.state {
                OutboxState::Pending => Status::Pending,
                OutboxState::Delivered => Status::Delivered,
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

/// Submit a case to the hub
///
/// The case is masked, and only the masked case is written to disk and delivered, as often as it
/// takes. The answer comes when it is on disk.
#[utoipa::path(
    post,
    path = "/v1/cases",
    tag = "cases",
    request_body(
        description = "The case: any JSON object or array, or plain text",
        content((CaseBody = "application/json"), (String = "text/plain"))
    ),
    responses(
        (status = 201, description = "On disk, and on its way", body = Taken,
         headers(("Location" = String, description = "Where to ask for it"))),
        (status = 400, description = "Not JSON, or not whole", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was too slow", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor plain text", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a case, or held", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Overloaded, or cases cannot be stored", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn submit(
    State(app): State<App>,
    request: Request,
) -> Result<Response, ServiceError> {
    let _place = app.place()?;
    let case = read_case(&app, request, CaseId::new(Uuid::now_v7().to_string())).await?;
    let (bytes, started) = (case.len(), Instant::now());
    let (verdict, record) = app.work(case, Deidentifier::release).await?;
    let released = match verdict {
        Verdict::Released(released) => released,
        Verdict::Held(reasons) => return Err(ServiceError::Held(reasons)),
    };
    let receipt = app.forwarder().submit(&released, &record, Timestamp::now()).await?;
    let entities = released.masked().replaced().len();
    tracing::info!(id = %receipt.id, bytes, entities, micros = started.elapsed().as_micros() as u64, "case taken");
    let location = format!("/v1/cases/{}", receipt.id);
    let body = json(&Taken { id: receipt.id.to_string() });
    Ok((StatusCode::CREATED, [(LOCATION, location)], body).into_response())
}

/// What became of a case
#[utoipa::path(
    get,
    path = "/v1/cases/{id}",
    tag = "cases",
    params(("id" = String, Path, description = "The id that submitting it gave", format = "uuid")),
    responses(
        (status = 200, description = "Where it is, and what was masked", body = CaseAnswer),
        (status = 404, description = "No such case", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn status(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ServiceError> {
    // Not an id is no case; neither is told apart, nor repeated.
    let id =
        id.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok()).ok_or(ServiceError::NotFound)?;
    let case = app.forwarder().outbox().status(id).await?.ok_or(ServiceError::NotFound)?;
    Ok(json(&CaseAnswer::from(case)))
}

fn json(body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("texts and numbers are JSON");
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
