//! Errors as RFC 9457 problems: where and which, never what.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crate::decode::DecodeError;
use crate::gate::HoldReason;
use crate::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// An RFC 9457 problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A stable name of the problem.
    pub r#type: String,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What to do; never a piece of the input.
    pub detail: String,
    /// Line of the input, where that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of the input, in bytes, where that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Why the gate held the case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<&'static str>,
}

/// What can go wrong with a request.
#[derive(Debug)]
pub enum ApiError {
    /// No such route or case.
    NotFound,
    /// The route exists for other methods.
    MethodNotAllowed,
    /// The body is larger than allowed.
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The content type is none that we read.
    UnsupportedType,
    /// The body cannot be read as what it says it is.
    Decode(DecodeError),
    /// The connection ended before the body did.
    Incomplete,
    /// The gate holds the case.
    Held(Vec<HoldReason>),
    /// The store cannot take it: nothing is released.
    Store(StoreError),
    /// A fault of ours.
    Internal,
}

impl ApiError {
    /// Status, stable name and detail: the one place that maps errors.
    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "there is nothing at this address".to_owned()),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "see /openapi.json for the methods".to_owned())
            }
            Self::TooLarge { limit } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too-large", format!("the body may have {limit} bytes"))
            }
            Self::UnsupportedType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-type",
                "send application/json or text/plain".to_owned(),
            ),
            Self::Decode(error) => (StatusCode::BAD_REQUEST, "not-readable", error.to_string()),
            Self::Incomplete => (StatusCode::BAD_REQUEST, "incomplete", "the body ended early".to_owned()),
            Self::Held(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "held",
                "the masked case still shows identifiers; remove them and submit again".to_owned(),
            ),
            Self::Store(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "store-unavailable",
                "the case was not accepted; submit it again later".to_owned(),
            ),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "the case was not accepted".to_owned()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, name, detail) = self.parts();
        let (line, column) = match &self {
            Self::Decode(DecodeError::Json { line, column }) => (Some(*line), Some(*column)),
            _ => (None, None),
        };
        let reasons = match &self {
            Self::Held(reasons) => reasons.iter().map(|r| r.name()).collect(),
            _ => Vec::new(),
        };
        tracing::info!(status = status.as_u16(), problem = name, "request refused");
        let problem = Problem {
            r#type: format!("urn:caseveil:problem:{name}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            line,
            column,
            reasons,
        };
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
