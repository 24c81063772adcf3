//! `POST /v1/cases` and `GET /v1/cases/{id}`: masks, passes the gate, stores, delivers.

use super::body::{Kind, receive};
use super::error::{ApiError, Problem};
use super::state::AppState;
use crate::gate::Verdict;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to `POST /v1/cases`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// The id of the case, chosen here.
    pub id: String,
}

/// The answer to `GET /v1/cases/{id}`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseStatus {
    /// The id of the case.
    pub id: String,
    /// `pending` or `delivered`.
    pub status: String,
    /// When it was received, RFC 3339.
    pub received_at: String,
    /// When the hub confirmed it, RFC 3339.
    pub delivered_at: Option<String>,
    /// Entities masked or kept, by type.
    #[schema(value_type = Object)]
    pub counts: serde_json::Value,
    /// Digest of the rules in force.
    pub rules_digest: String,
    /// Name of the policy in force.
    pub policy: String,
    /// Digest of the policy in force.
    pub policy_digest: String,
}

/// Masks a case, passes it through the gate and stores it for delivery to the hub.
#[utoipa::path(
    post, path = "/v1/cases",
    request_body(content = String, description = "`{\"text\": …}`, any JSON case, or text/plain"),
    responses(
        (status = 201, body = Accepted), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn submit(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, ApiError> {
    let received = receive(&state, &headers, body).await?;
    let json = received.kind == Kind::Document;
    let (verdict, record) = state.run(received.case, |engine, case, scratch| engine.release(case, scratch)).await?;
    let released = match verdict {
        Verdict::Released(released) => released,
        Verdict::Held(reasons) => return Err(ApiError::Held(reasons)),
    };
    let id = state.outbox.enqueue(&released, json, &record).await.map_err(ApiError::Store)?;
    state.wake.notify_one();
    tracing::info!(case = %id, entities = record.entities.len(), "released");
    let location = format!("/v1/cases/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(Accepted { id })))
}

/// What is known of a case.
#[utoipa::path(
    get, path = "/v1/cases/{id}",
    params(("id" = String, Path, description = "The id that `POST /v1/cases` gave")),
    responses((status = 200, body = CaseStatus), (status = 404, body = Problem), (status = 503, body = Problem))
)]
pub(super) async fn status(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<CaseStatus>, ApiError> {
    let found = state.outbox.status(&id).await.map_err(ApiError::Store)?.ok_or(ApiError::NotFound)?;
    Ok(Json(CaseStatus {
        id,
        status: found.status,
        received_at: found.received_at,
        delivered_at: found.delivered_at,
        counts: serde_json::from_str(&found.counts).map_err(|_| ApiError::Internal)?,
        rules_digest: found.rules_digest,
        policy: found.policy_id,
        policy_digest: found.policy_digest,
    }))
}
