//! `Idempotency-Key`: the same request again has the same answer and no second case.
//!
//! Keys and bodies are known by HMAC only, and answers are kept sealed: a key can be a chart
//! number, and an answer tells places in the source.

use super::access::Caller;
use super::error::ServiceError;
use super::problem::PROBLEM;
use super::state::App;
use crate::clock;
use crate::keys::to_hex;
use crate::ledger::Receipt;
use crate::seal;
use crate::store::{AnswerMaker, Claim, Outcome, Step};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The header.
pub(super) const KEY: &str = "idempotency-key";

/// Longest key.
const LONGEST: usize = 255;

/// An answer as it is kept: given again to the byte.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

impl IntoResponse for Kept {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let media_type = if status.is_success() {
            HeaderValue::from_static("application/json")
        } else {
            PROBLEM
        };
        let mut response = (status, [(CONTENT_TYPE, media_type)], self.body).into_response();
        if let Some(location) = self.location.and_then(|l| HeaderValue::from_str(&l).ok()) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

/// A request that may be one of several with the same key.
pub(super) struct Once {
    claim: Option<(Claim, String)>,
}

/// What to do with it.
pub(super) enum Begun {
    /// Answer it.
    First(Once),
    /// It was answered.
    Again(Kept),
}

/// The key of a request, when it has one.
///
/// # Errors
/// [`ServiceError::BadKey`] when it has one that is none.
pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<Vec<u8>>, ServiceError> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let good = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    if !good || values.next().is_some() {
        return Err(ServiceError::BadKey);
    }
    Ok(Some(bytes.to_vec()))
}

/// Begins a request: with a key, it is the caller's and the route's own.
pub(super) async fn begin(
    app: &App,
    caller: &Caller,
    route: &str,
    key: Option<Vec<u8>>,
    body: &[&[u8]],
) -> Result<Begun, ServiceError> {
    let Some(key) = key else { return Ok(Begun::First(Once { claim: None })) };
    let installation = app.store().key();
    let id = installation.derive("idempotency keys");
    let id = to_hex(&id.mac(&[caller.id.as_bytes(), route.as_bytes(), &key]));
    let body = to_hex(&installation.derive("bodies of requests").mac(body));
    match app.store().claim(id.clone(), body, clock::now()?).await? {
        Outcome::Claimed(claim) => Ok(Begun::First(Once { claim: Some((claim, id)) })),
        Outcome::InFlight => Err(ServiceError::InFlight),
        Outcome::OtherBody => Err(ServiceError::OtherBody),
        Outcome::Answered(sealed) => {
            let answers = installation.derive("kept answers");
            let kept = seal::open(&answers, &id, &sealed);
            let kept = kept.and_then(|k| serde_json::from_slice(&k).ok());
            kept.map(Begun::Again).ok_or(ServiceError::Internal)
        }
    }
}

impl Once {
    /// The step that keeps the answer, when it must be kept.
    pub(super) fn keep(
        &self,
        app: &App,
        make: &Arc<dyn Fn(&Receipt) -> Kept + Send + Sync>,
    ) -> Option<Step> {
        let (claim, id) = self.claim.clone()?;
        let (answers, make) = (app.store().key().derive("kept answers"), Arc::clone(make));
        let sealed: AnswerMaker = Arc::new(move |receipt| {
            let kept = serde_json::to_vec(&make(receipt)).ok()?;
            seal::seal(&answers, &id, &kept).ok()
        });
        Some(Step::Answer(claim, sealed))
    }

    /// Ends a request that has no answer to be kept: it may be tried again.
    pub(super) async fn abandon(self, app: &App) {
        if let (Some((claim, _)), Ok(now)) = (self.claim, clock::now()) {
            let step = Step::Disclaim(claim);
            // A claim that stays runs out by itself.
            let _stays = app.store().write(None, vec![step], now).await;
        }
    }
}
