//! A request's body as a case: media type, size, time and form are checked here.
//!
//! The body is taken as bytes and decoded by `decode`: a framework's rejection would quote it.

use super::error::ServiceError;
use super::state::App;
use crate::case::{Case, CaseId, Node, Shape};
use crate::decode::{Format, decode};
use crate::pipeline::Deidentifier;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use std::time::{Duration, Instant};
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

/// A body as it came, whole and within its limits.
pub(super) struct Received {
    /// What it is.
    pub(super) format: Format,
    /// All of it.
    pub(super) bytes: Bytes,
}

impl Received {
    /// Reads the body of a request.
    pub(super) async fn read(app: &App, request: Request) -> Result<Self, ServiceError> {
        let format = format(request.headers())?;
        Ok(Self { format, bytes: read(app, request).await? })
    }

    /// The case of that name in it, under the form definition of the engine.
    pub(super) fn case(&self, engine: &Deidentifier, id: CaseId) -> Result<Case, ServiceError> {
        decode_case(engine, id, &self.bytes, self.format)
    }
}

/// Bytes as a case of that name, under the form definition of the engine.
pub(super) fn decode_case(
    engine: &Deidentifier,
    id: CaseId,
    bytes: &[u8],
    format: Format,
) -> Result<Case, ServiceError> {
    let case = decode(id, bytes, format, engine.rules().forms.first())?;
    match (format, &case.shape) {
        // A byte order mark by itself is no text.
        (Format::Text, Shape::Text) if !case.is_empty() || bytes.len() < 4 => Ok(case),
        (Format::Json, Shape::Json(Node::Object(_) | Node::Array(_))) => Ok(case),
        (Format::Json, Shape::Json(_)) => Err(ServiceError::NotACase),
        // Not what was sent: a fault of ours.
        _ => Err(ServiceError::Internal),
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

/// Bytes a second that a body must bring once its first seconds are over.
const SLOWEST: u32 = 16 << 10;

async fn read(app: &App, request: Request) -> Result<Bytes, ServiceError> {
    let limits = app.limits();
    let too_large = ServiceError::TooLarge { limit: limits.body };
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|n| n > limits.body as u64) {
        return Err(too_large);
    }
    let (mut body, started) = (request.into_body(), Instant::now());
    let mut bytes = BytesMut::new();
    loop {
        // A long body may take long; one that only drips may not.
        let earned = Duration::from_secs(1) * bytes.len() as u32 / SLOWEST;
        let left = (limits.body_time + earned).saturating_sub(started.elapsed());
        let late = ServiceError::Timeout { seconds: limits.body_time.as_secs() };
        match tokio::time::timeout(left, body.frame()).await {
            Err(_) => return Err(late),
            Ok(None) => return Ok(bytes.freeze()),
            Ok(Some(Err(_))) => return Err(ServiceError::Incomplete),
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                if bytes.len() + data.len() > limits.body {
                    return Err(too_large);
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}
