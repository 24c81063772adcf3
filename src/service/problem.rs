//! An error as the client sees it: an RFC 9457 problem, with the headers that belong to it.

use super::doubts::{FindingAnswer, Reason};
use super::error::ServiceError;
use crate::ledger::Receipt;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

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
    /// Why a case is not released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<Reason>>,
    /// Where in the case sent, and never what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<FindingAnswer>>,
    /// Of the row in the ledger, when the refusal has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

impl ServiceError {
    /// The error as the client sees it.
    pub fn problem(&self) -> Problem {
        let (status, name, title) = self.kind();
        let (line, column) = match self {
            Self::BadJson { line, column } => (Some(*line), Some(*column)),
            _ => (None, None),
        };
        let (reasons, findings) = match self {
            Self::Refused(doubts) | Self::StillFound(doubts) => {
                (Some(doubts.reasons.clone()), Some(doubts.findings.clone()))
            }
            _ => (None, None),
        };
        Problem {
            r#type: format!("urn:caseveil:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            line,
            column,
            reasons,
            findings,
            receipt: None,
        }
    }
}

/// The media type of RFC 9457.
pub(super) const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem()).expect("texts and numbers are JSON");
        let mut response = (self.status(), [(CONTENT_TYPE, PROBLEM)], body).into_response();
        if matches!(self, Self::Unauthorized) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let seconds = match self {
            Self::TooMany { seconds } => Some(seconds),
            Self::InFlight => Some(1),
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(1),
            _ => None,
        };
        if let Some(seconds) = seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
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
    use crate::case::Case;
    use crate::gate::{Doubt, HoldReason};
    use crate::service::Doubts;

    #[test]
    fn a_refused_case_tells_why_and_never_what() {
        let reasons = [HoldReason::whole(Doubt::Size), HoldReason::whole(Doubt::Size)];
        let case = Case::from_text("", "pain 7/10");
        let problem = ServiceError::Refused(Doubts::of(&case, &reasons)).problem();
        let expected = serde_json::json!({
            "type": "urn:caseveil:problem:refused",
            "title": "Case refused",
            "status": 422,
            "detail": "The masked case may still identify somebody, so it is refused; the findings say where.",
            "reasons": [{"reason": "size", "count": 2}],
            "findings": [],
        });
        assert_eq!(serde_json::to_value(problem).unwrap(), expected);
    }
}
