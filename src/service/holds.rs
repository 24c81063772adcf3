//! `/v1/holds`: cases that wait for a person, and what the person decides.
//!
//! A held case is sealed with a key of its own, which is wrapped with the configured one. Only a
//! reviewer's request opens it, in memory; that somebody looked is a row of the ledger before the
//! text goes out. A decision destroys the key.

mod sealed;
mod waiting;
mod decision;
mod edit;
mod release;

pub(super) use sealed::seal_case;
pub(super) use waiting::{__path_list, __path_view, list, view};

use super::access::{Caller, Scope};
use super::body::Received;
use super::cases::id_of;
use super::error::ServiceError;
use super::problem::Problem;
use super::state::App;
use crate::decode::Format;
use crate::ledger::{Event, EventKind};
use crate::store::Step;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use decision::{Choice, Decision, DecisionAnswer};
use edit::edit;
use jiff::Timestamp;
use release::{refuse, release};

/// Decide on a held case
///
/// `accept` and `add` have a piece masked, `reject` lets it stay. `release` sends the masked case
/// to the hub, unless a second scan still finds what nobody cleared; where two persons are
/// required, the first release waits for the second (202). `refuse` destroys the case.
#[utoipa::path(
    post, path = "/v1/holds/{id}/decisions", tag = "holds",
    params(("id" = String, Path, description = "The id of the case", format = "uuid")),
    request_body(content = Decision, content_type = "application/json"),
    responses(
        (status = 200, description = "Done", body = DecisionAnswer),
        (status = 202, description = "The first of two persons agreed", body = DecisionAnswer),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No case that waits", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was too slow", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A stale view, the same person twice, or still identifying", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a decision", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Store or ledger cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn decide(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ServiceError> {
    if !caller.may(Scope::Review) && !caller.may(Scope::Release) {
        return Err(ServiceError::Forbidden);
    }
    let place = app.place()?;
    let id = id_of(id)?;
    let received = Received::read(&app, request).await?;
    if received.format != Format::Json {
        return Err(ServiceError::UnsupportedType);
    }
    let decision = Decision::parse(&received.bytes)?;
    let work = tokio::spawn(async move {
        let _place = place;
        match decision.decision {
            Choice::Release => release(&app, &caller, id, decision.version).await,
            Choice::Refuse => refuse(&app, &caller, id, decision.version).await,
            _ => edit(&app, &caller, id, decision).await,
        }
    });
    work.await.map_err(|_| ServiceError::Internal)?
}

/// Destroys the cases that nobody decided on in time; how many.
///
/// # Errors
/// [`ServiceError::Store`] when this cannot be written; it is tried again.
pub async fn expire(app: &App, now: Timestamp) -> Result<usize, ServiceError> {
    let expired = app.store().expired(now).await?;
    for &id in &expired {
        let event = Event::of_case(EventKind::HoldExpired, id);
        let close = Step::Close { id, version: None, state: "expired" };
        match app.store().write(Some(event), vec![close], now).await {
            // A decision came first.
            Ok(_) | Err(crate::store::StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(expired.len())
}
