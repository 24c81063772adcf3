//! Request bodies to cases. The body is taken as bytes and decoded here: a JSON extractor would
//! quote the input in its answer.

use super::error::ApiError;
use super::state::AppState;
use crate::case::{Case, CaseId, Node, Shape};
use crate::decode::{Format, decode};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// What came in, and how it will go out.
pub(super) struct Received {
    pub(super) case: Case,
    pub(super) kind: Kind,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{"text": …}` or text/plain: one text.
    Text,
    /// Any other JSON: a case.
    Document,
}

/// Reads a body as a case.
pub(super) async fn receive(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Received, ApiError> {
    let format = format_of(headers)?;
    let limit = state.body_limit;
    let bytes = match Limited::new(body, limit).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(e) if e.is::<LengthLimitError>() => return Err(ApiError::TooLarge { limit }),
        Err(_) => return Err(ApiError::Incomplete),
    };
    let form = state.engine.rules().forms.first();
    let case = decode(CaseId::new(""), &bytes, format, form).map_err(ApiError::Decode)?;
    if format == Format::Text {
        return Ok(Received { case, kind: Kind::Text });
    }
    // The one-field form of the API is no case: its key is ours.
    if let Shape::Json(Node::Object(pairs)) = &case.shape {
        if let [(key, Node::String(value))] = pairs.as_slice() {
            if case.fields[*key].text == "text" {
                let text = case.fields[*value].text.clone();
                return Ok(Received { case: Case::from_text("", text), kind: Kind::Text });
            }
        }
    }
    Ok(Received { case, kind: Kind::Document })
}

fn format_of(headers: &HeaderMap) -> Result<Format, ApiError> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Ok(Format::Json),
        "text/plain" => Ok(Format::Text),
        other if other.starts_with("application/") && other.ends_with("+json") => Ok(Format::Json),
        _ => Err(ApiError::UnsupportedType),
    }
}
