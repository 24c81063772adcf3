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

/// A resource, as the API's description shows it.
pub(super) struct Resource;

impl PartialSchema for Resource {
    fn schema() -> RefOr<Schema> {
        let kind = ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A FHIR R4 resource."))
            .property("resourceType", kind)
            .required("resourceType")
            .examples([serde_json::json!({
                "resourceType": "QuestionnaireResponse", "status": "completed",
                "item": [{ "linkId": "1", "answer": [{ "valueString": "OHIP 9876-543-217 JK, pain 7/10" }] }],
            })])
            .into()
    }
}

impl ToSchema for Resource {}

/// A document, as the API's description shows it.
pub(super) struct FileBody;

impl PartialSchema for FileBody {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.description(Some("A document of the media type.")).into()
    }
}

impl ToSchema for FileBody {}

/// An upload, as the API's description shows it.
pub(super) struct FormBody;

impl PartialSchema for FormBody {
    fn schema() -> RefOr<Schema> {
        let file = ObjectBuilder::new().schema_type(Type::String);
        let file = file.content_media_type("application/octet-stream");
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("One file; its type by the part's media type or by its content."))
            .property("file", file)
            .required("file")
            .into()
    }
}

impl ToSchema for FormBody {}

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
    match essence(headers)?.as_str() {
        "application/json" => Ok(Format::Json),
        "text/plain" => Ok(Format::Text),
        _ => Err(ServiceError::UnsupportedType),
    }
}

/// The media type of a body in lower case, without its parameters.
///
/// # Errors
/// [`ServiceError::UnsupportedType`] when the body is encoded once more.
pub(super) fn essence(headers: &HeaderMap) -> Result<String, ServiceError> {
    if headers.get(CONTENT_ENCODING).is_some_and(|e| e.as_bytes() != b"identity") {
        return Err(ServiceError::UnsupportedType);
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    Ok(media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
}

/// Bytes a second that a body must bring once its first seconds are over.
const SLOWEST: u32 = 16 << 10;

/// All of a body, within the limits of size and time.
pub(super) async fn read(app: &App, request: Request) -> Result<Bytes, ServiceError> {
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
