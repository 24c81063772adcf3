//! A request's body as a case: media type, size, time and form are checked here.
//!
//! The body is taken as bytes and decoded by `decode`: a framework's rejection would quote it.

use super::error::ServiceError;
use super::state::App;
use crate::case::{Case, CaseId, Node, Shape};
use crate::decode::{Format, decode};
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// A case in JSON, as the API's description shows it; `decode` reads it.
pub(super) struct CaseBody;

impl PartialSchema for CaseBody {
    fn schema() -> RefOr<Schema> {
        let forms = SchemaType::from_iter([Type::Object, Type::Array]);
        ObjectBuilder::new()
            .schema_type(forms)
            .description(Some("Any object or array. All its texts, numbers and keys are searched."))
            .examples([serde_json::json!({ "text": "OHIP 9876-543-217 JK, pain 7/10" })])
            .into()
    }
}

impl ToSchema for CaseBody {}

/// Reads the body of a request as a case of that name, under the form definition in force.
pub(super) async fn read_case(
    app: &App,
    request: Request,
    id: CaseId,
) -> Result<Case, ServiceError> {
    let format = format(request.headers())?;
    let bytes = read(app, request).await?;
    let case = decode(id, &bytes, format, app.engine().rules().forms.first())?;
    match case.shape {
        Shape::Text | Shape::Json(Node::Object(_) | Node::Array(_)) => Ok(case),
        Shape::Json(_) => Err(ServiceError::NotACase),
    }
}

/// What the headers say the body is. Nothing is guessed: a case read in the wrong way is a case
/// searched in the wrong way.
fn format(headers: &HeaderMap) -> Result<Format, ServiceError> {
    let encoded = headers.get(CONTENT_ENCODING).is_some_and(|e| e.as_bytes() != b"identity");
    let media_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let essence = media_type.split(';').next().unwrap_or("").trim();
    match essence.to_ascii_lowercase().as_str() {
        _ if encoded => Err(ServiceError::UnsupportedType),
        "application/json" => Ok(Format::Json),
        "text/plain" => Ok(Format::Text),
        _ => Err(ServiceError::UnsupportedType),
    }
}

async fn read(app: &App, mut request: Request) -> Result<Bytes, ServiceError> {
    let limits = app.limits();
    let too_large = ServiceError::TooLarge { limit: limits.body };
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|n| n > limits.body as u64) {
        return Err(too_large);
    }
    DefaultBodyLimit::max(limits.body).apply(&mut request);
    let body = <Bytes as FromRequest<(), _>>::from_request(request.map(Body::new), &());
    match tokio::time::timeout(limits.body_time, body).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(e)) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large),
        Ok(Err(_)) => Err(ServiceError::Incomplete),
        Err(_) => Err(ServiceError::Timeout { seconds: limits.body_time.as_secs() }),
    }
}
