//! Every error of the service as an RFC 9457 problem: status and words in one place.
//!
//! The words are fixed, or made of numbers and of names that are ours. Nothing of a request is
//! ever in them: no key, value, header, path or media type.

use crate::decode::DecodeError;
use crate::gate::HoldReason;
use crate::store::StoreError;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// There is no such resource.
    #[error("There is nothing at this address.")]
    NotFound,
    /// The resource has no such method.
    #[error("This address does not accept the method; the Allow header lists those it does.")]
    MethodNotAllowed,
    /// The media type is none that can be read as a case.
    #[error("Send a case as application/json or text/plain, without a content encoding.")]
    UnsupportedType,
    /// The body is larger than the service takes.
    #[error("The body is larger than {limit} bytes, the most that is taken.")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("The body did not arrive within {seconds} seconds.")]
    Timeout {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The body ended before its end.
    #[error("The body did not arrive whole.")]
    Incomplete,
    /// The body says that it is JSON and is not.
    #[error("The body is not valid JSON at line {line}, column {column}.")]
    BadJson {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// The body is JSON, and not a case.
    #[error("A case is a JSON object or array; this is a single value.")]
    NotACase,
    /// The gate holds the case.
    #[error("The masked case may still identify somebody, so it is not released.")]
    Held(Vec<HoldReason>),
    /// More requests than can be worked on.
    #[error("Too many cases are being worked on; send this one again.")]
    Overloaded,
    /// Cases cannot be written to disk.
    #[error("Cases cannot be stored now; this one was not taken.")]
    Store,
    /// A fault of ours.
    #[error("The service failed; nothing was released.")]
    Internal,
    /// Some other status, from below us.
    #[error("The request cannot be answered.")]
    Other(StatusCode),
}

/// An error as the client sees it: RFC 9457, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; stable.
    #[schema(example = "urn:caseveil:problem:bad-json")]
    pub r#type: String,
    /// The kind of problem in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Where in a JSON body: line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Where in a JSON body: column in bytes, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Why a case is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<Reason>>,
}

/// Why a case is held. It never says what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// The kind of reason.
    #[schema(example = "residual")]
    pub reason: &'static str,
    /// How often.
    pub count: usize,
}

impl ServiceError {
    /// The only place where an error becomes a status.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::UnsupportedType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type", "Unsupported media type")
            }
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large"),
            Self::Timeout { .. } => (StatusCode::REQUEST_TIMEOUT, "timeout", "Body too slow"),
            Self::Incomplete => (StatusCode::BAD_REQUEST, "incomplete", "Body incomplete"),
            Self::BadJson { .. } => (StatusCode::BAD_REQUEST, "bad-json", "Not valid JSON"),
            Self::NotACase => (StatusCode::UNPROCESSABLE_ENTITY, "not-a-case", "Not a case"),
            Self::Held(_) => (StatusCode::UNPROCESSABLE_ENTITY, "held", "Case held"),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Overloaded"),
            Self::Store => {
                (StatusCode::SERVICE_UNAVAILABLE, "store-unavailable", "Store unavailable")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::Other(status) => (*status, "other", "Error"),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind().0
    }

    /// The error as the client sees it.
    pub fn problem(&self) -> Problem {
        let (status, name, title) = self.kind();
        let (line, column) = match self {
            Self::BadJson { line, column } => (Some(*line), Some(*column)),
            _ => (None, None),
        };
        let reasons = match self {
            Self::Held(reasons) => Some(reasons.iter().map(Reason::from).collect()),
            _ => None,
        };
        Problem {
            r#type: format!("urn:caseveil:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            line,
            column,
            reasons,
        }
    }

    /// The error for a status that a library chose.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedType,
            StatusCode::INTERNAL_SERVER_ERROR => Self::Internal,
            other => Self::Other(other),
        }
    }
}

impl From<&HoldReason> for Reason {
    fn from(reason: &HoldReason) -> Self {
        let count = match reason {
            HoldReason::Residual { found } => *found,
        };
        Self { reason: reason.name(), count }
    }
}

impl From<DecodeError> for ServiceError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Json { line, column } => Self::BadJson { line, column },
            DecodeError::TooLarge { limit, .. } => Self::TooLarge { limit },
        }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the outbox cannot be used");
        Self::Store
    }
}

/// The media type of RFC 9457.
pub(super) const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem()).expect("texts and numbers are JSON");
        let mut response = (self.status(), [(CONTENT_TYPE, PROBLEM)], body).into_response();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The same error, keeping the one header that a library's answer may owe the client.
pub(super) fn instead_of(other: &Response) -> Response {
    let mut response = ServiceError::of_status(other.status()).into_response();
    if let Some(allow) = other.headers().get(ALLOW) {
        response.headers_mut().insert(ALLOW, allow.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_case_tells_why_and_never_what() {
        let problem = ServiceError::Held(vec![HoldReason::Residual { found: 2 }]).problem();
        let expected = serde_json::json!({
            "type": "urn:caseveil:problem:held",
            "title": "Case held",
            "status": 422,
            "detail": "The masked case may still identify somebody, so it is not released.",
            "reasons": [{"reason": "residual", "count": 2}],
        });
        assert_eq!(serde_json::to_value(problem).unwrap(), expected);
    }
}
