//! A decision as it is sent, and how one is written down and answered.

use crate::clock;
use crate::ledger::{Event, Receipt};
use crate::service::answer::json;
use crate::service::error::ServiceError;
use crate::service::state::App;
use crate::store::Step;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::service) enum Choice {
    /// What was found there is masked.
    Accept,
    /// What was found there stays.
    Reject,
    /// What nobody found is masked.
    Add,
    /// The case goes to the hub, masked.
    Release,
    /// The case is destroyed.
    Refuse,
}

/// A decision. For a piece: its text, its code points and its type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::service) struct Decision {
    /// The decisions that were seen.
    pub(super) version: i64,
    /// What is decided.
    pub(super) decision: Choice,
    /// The number of the text.
    pub(super) index: Option<usize>,
    /// The first code point.
    pub(super) start: Option<usize>,
    /// The code point behind the last.
    pub(super) end: Option<usize>,
    /// As what it is masked.
    pub(super) r#type: Option<String>,
}

impl Decision {
    /// A decision from its bytes. The parser's own words would quote them.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ServiceError> {
        serde_json::from_slice(bytes).map_err(|e| match e.classify() {
            serde_json::error::Category::Data => ServiceError::BadDecision,
            _ => ServiceError::BadJson { line: e.line(), column: e.column() },
        })
    }
}

/// What came of a decision.
#[derive(Serialize, ToSchema)]
pub(in crate::service) struct DecisionAnswer {
    /// `waiting`, `released` or `refused`.
    status: &'static str,
    /// Counts decisions.
    version: i64,
    /// Of the row in the ledger.
    receipt: Receipt,
}

/// Writes an event and its changes; the answer with the receipt of its row.
pub(super) async fn write(
    app: &App,
    event: Event,
    steps: Vec<Step>,
    status: &'static str,
    version: i64,
    code: StatusCode,
) -> Result<Response, ServiceError> {
    let done = app.store().write(Some(event), steps, clock::now()?).await?;
    let receipt = done.receipt.ok_or(ServiceError::Internal)?;
    Ok((code, json(&DecisionAnswer { status, version, receipt })).into_response())
}
