//! Presidio's routes, for clients that were written for it: its paths, its shapes, its names.
//!
//! Off unless the operator asks for them, and under the same keys as the rest. Positions count code
//! points, as Python does. Errors are `{"error": ...}` and repeat nothing; bad requests are 400 or
//! 422 and not 500. Nothing is stored or sent on.

mod analyze;
mod anonymize;
mod cipher;

use super::access::{Caller, Scope};
use super::body::Received;
use super::error::ServiceError;
use super::state::App;
use crate::decode::Format;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoResponses, ToSchema};

/// The answer has the shape that its client expects; it is not made a problem.
#[derive(Clone, Copy)]
pub(super) struct OwnShape;

/// Why a request has no answer; the words are ours.
pub(super) struct Error(StatusCode, String);

impl Error {
    /// The request is not of its form.
    fn bad(words: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, words.into())
    }

    /// A value of the request cannot be.
    fn invalid(words: impl Into<String>) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, words.into())
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self(error.status(), error.to_string())
    }
}

/// An error as Presidio writes it.
#[derive(Serialize, ToSchema)]
pub(super) struct PresidioError {
    /// What is wrong, and never what was sent.
    error: String,
}

/// What every route answers to a key.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `Error` writes")]
enum Denied {
    /// No known key.
    #[response(status = 401)]
    Unknown(PresidioError),
    /// A key without this scope.
    #[response(status = 403)]
    Forbidden(PresidioError),
    /// The key asks too much.
    #[response(status = 429)]
    TooMany(PresidioError),
}

/// What every route that takes a body answers to it.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `Error` writes")]
enum Unread {
    /// Not a request.
    #[response(status = 400)]
    Bad(PresidioError),
    /// The body was too slow.
    #[response(status = 408)]
    Slow(PresidioError),
    /// The body is too large.
    #[response(status = 413)]
    Large(PresidioError),
    /// Not JSON.
    #[response(status = 415)]
    OtherType(PresidioError),
    /// Overloaded.
    #[response(status = 503)]
    Overloaded(PresidioError),
}

/// A language that is neither en nor fr.
#[derive(IntoResponses)]
#[response(status = 400)]
#[expect(dead_code, reason = "describes what `Error` writes")]
struct OtherLanguage(PresidioError);

/// A value that cannot be.
#[derive(IntoResponses)]
#[response(status = 422)]
#[expect(dead_code, reason = "describes what `Error` writes")]
struct Invalid(PresidioError);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&PresidioError { error: self.1 });
        let body = body.expect("a text is JSON");
        let mut response = (self.0, [(CONTENT_TYPE, "application/json")], body).into_response();
        if matches!(self.0, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(RETRY_AFTER, 1.into());
        }
        response.extensions_mut().insert(OwnShape);
        response
    }
}

/// The routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/analyze", post(analyze::analyze))
        .route("/anonymize", post(anonymize::anonymize))
        .route("/deanonymize", post(anonymize::deanonymize))
        .route("/recognizers", get(analyze::recognizers))
        .route("/supportedentities", get(analyze::supported_entities))
        .route("/anonymizers", get(anonymizers))
        .route("/deanonymizers", get(deanonymizers))
        .route("/health", get(health))
}

/// Lets a caller in that may submit.
fn admit(caller: Result<Caller, ServiceError>) -> Result<Caller, Error> {
    let caller = caller?;
    caller.need(Scope::Submit)?;
    Ok(caller)
}

/// The body of a request. The parser's own words would quote it.
async fn read<T: DeserializeOwned>(app: &App, request: Request) -> Result<T, Error> {
    let received = Received::read(app, request).await?;
    if received.format != Format::Json {
        return Err(Error::bad("Invalid request json"));
    }
    serde_json::from_slice(&received.bytes).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        Error::bad(format!("Invalid request json at line {line}, column {column}"))
    })
}

fn json(body: &impl Serialize) -> Response {
    let body = serde_json::to_string(body).expect("texts and numbers are JSON");
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// Presidio: the anonymizers
#[utoipa::path(get, path = "/anonymizers", tag = "presidio",
    responses((status = 200, description = "Their names", body = Vec<String>), Denied))]
pub(super) async fn anonymizers(
    State(_app): State<App>,
    caller: Result<Caller, ServiceError>,
) -> Result<Response, Error> {
    admit(caller)?;
    Ok(json(&["hash", "mask", "redact", "replace", "encrypt", "keep"]))
}

/// Presidio: the deanonymizers
#[utoipa::path(get, path = "/deanonymizers", tag = "presidio",
    responses((status = 200, description = "Their names", body = Vec<String>), Denied))]
pub(super) async fn deanonymizers(
    State(_app): State<App>,
    caller: Result<Caller, ServiceError>,
) -> Result<Response, Error> {
    admit(caller)?;
    Ok(json(&["decrypt"]))
}

/// Presidio: is the service up?
#[utoipa::path(get, path = "/health", tag = "presidio",
    responses((status = 200, description = "It is", body = String, content_type = "text/plain")))]
pub(super) async fn health() -> &'static str {
    "Presidio Analyzer service is up"
}

pub(super) use analyze::{__path_analyze, __path_recognizers, __path_supported_entities};
pub(super) use anonymize::{__path_anonymize, __path_deanonymize};
