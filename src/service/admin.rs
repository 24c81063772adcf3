//! `/v1/admin`: what operators ask for, on an address of their own.

use super::access::{Caller, Scope};
use super::answer::json;
use super::error::ServiceError;
use super::problem::Problem;
use super::reload::{self, ReloadError};
use super::state::App;
use crate::clock;
use crate::ledger::Receipt;
use crate::store::{Step, StoreError, Suggestion};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// One difference.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeAnswer {
    /// What changed: names of rules, types and files.
    what: String,
    /// True when less may be found or masked.
    weaker: bool,
}

/// What is in force now.
#[derive(Serialize, ToSchema)]
pub(super) struct ReloadAnswer {
    /// Digest of rules, lexicons and model.
    rules: String,
    /// Name of the policy.
    policy: String,
    /// What changed.
    changes: Vec<ChangeAnswer>,
    /// Of the row in the ledger.
    receipt: Option<Receipt>,
}

/// Read rules, policy, keys and certificates again
///
/// They are checked first and swapped whole; what cannot be used changes nothing (422). What may
/// weaken detection is taken over, too, since an administrator asks; the ledger has the changes.
#[utoipa::path(
    post, path = "/v1/admin/reload", tag = "admin",
    responses(
        (status = 200, description = "In force from the next request on", body = ReloadAnswer),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "They cannot be used; the log says why", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key asks too much; see Retry-After", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The ledger cannot be written", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reload(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Admin)?;
    let done = reload::reload(&app, Some(&caller.id)).await.map_err(|error| {
        tracing::error!(%error, "not reloaded; what was in force stays in force");
        match error {
            ReloadError::Store(error) => ServiceError::from(error),
            ReloadError::Clock(_) => ServiceError::Clock,
            _ => ServiceError::NotReloaded,
        }
    })?;
    let changes = done.changes.into_iter();
    let changes = changes.map(|c| ChangeAnswer { what: c.what, weaker: c.weaker }).collect();
    Ok(json(&ReloadAnswer {
        rules: done.rules,
        policy: done.policy,
        changes,
        receipt: done.receipt,
    }))
}

/// A suggestion for the rules: what a person decided about a piece of a held case, without the
/// piece and without the case.
#[derive(Serialize, ToSchema)]
pub(super) struct SuggestionAnswer {
    /// Names it.
    id: String,
    /// The day.
    #[schema(format = "date")]
    day: String,
    /// `accept`, `reject` or `add`.
    decision: String,
    /// As what it was masked; none when it stays.
    r#type: Option<String>,
    /// The rules that had spoken for it.
    rules: String,
    /// What it looks like: digits as 9, words as `a`, `Aa` or `A` whatever their length.
    #[schema(example = "9999-999-999 A")]
    shape: String,
}

impl From<Suggestion> for SuggestionAnswer {
    fn from(s: Suggestion) -> Self {
        let Suggestion { id, day, decision, entity, rules, shape } = s;
        Self { id, day, decision, r#type: entity, rules, shape }
    }
}

/// The suggestions.
#[derive(Serialize, ToSchema)]
pub(super) struct SuggestionList {
    /// The oldest first, 500 at most.
    suggestions: Vec<SuggestionAnswer>,
}

/// Suggestions that one list shows.
const LISTED: u32 = 500;

/// Suggestions for new rules
#[utoipa::path(
    get, path = "/v1/admin/suggestions", tag = "admin",
    responses(
        (status = 200, description = "What persons decided, without text", body = SuggestionList),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key asks too much; see Retry-After", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn suggestions(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Admin)?;
    let all = app.store().suggestions(LISTED).await?;
    Ok(json(&SuggestionList { suggestions: all.into_iter().map(Into::into).collect() }))
}

/// Take a suggestion out of the queue
#[utoipa::path(
    delete, path = "/v1/admin/suggestions/{id}", tag = "admin",
    params(("id" = String, Path, description = "The id of the suggestion")),
    responses(
        (status = 204, description = "Gone"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such suggestion", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key asks too much; see Retry-After", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn dismiss(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ServiceError> {
    caller.need(Scope::Admin)?;
    let Ok(Path(id)) = id else { return Err(ServiceError::NotFound) };
    match app.store().write(None, vec![Step::Dismiss(id)], clock::now()?).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(StoreError::Conflict) => Err(ServiceError::NotFound),
        Err(error) => Err(error.into()),
    }
}
