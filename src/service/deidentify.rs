//! `POST /v1/deidentify`: a case in, the masked case out; nothing is kept or sent on.

use super::access::{Caller, Scope};
use super::answer::{DigestsAnswer, EntityAnswer, entities};
use super::body::{CaseBody, FileBody, FormBody, Received, Resource};
use super::doubts::Doubts;
use super::error::ServiceError;
use super::problem::Problem;
use super::risk::RiskAnswer;
use super::state::App;
use super::upload::{self, Document, Upload, media_type};
use crate::case::{Case, CaseId, Node, Shape};
use crate::detect::Scratch;
use crate::gate::Verdict;
use crate::pipeline::Deidentifier;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;

/// The masked case, what was found, and under which rules.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what `render` writes")]
pub(super) enum Answer {
    /// To running text.
    Text(TextAnswer),
    /// To any other JSON object or array.
    Document(DocumentAnswer),
    /// To a document of another format.
    File(FileAnswer),
}

/// The answer to a document of another format: its text, or its bytes in base64 where it is none.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileAnswer {
    /// What it is.
    #[schema(example = "text/csv")]
    media_type: &'static str,
    /// The masked document.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_text: Option<String>,
    /// The masked document, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_base64: Option<String>,
    /// What was left out because nobody can search it.
    notes: Vec<&'static str>,
    /// What was found, one record of the document after another.
    records: Vec<RecordAnswer>,
    /// What was in force.
    digests: DigestsAnswer,
}

/// What was found in a record of a document.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordAnswer {
    /// What was found, what the policy keeps included, sorted by field and position.
    entities: Vec<EntityAnswer>,
    /// What remains that few people have in common.
    risk: RiskAnswer,
}

/// The answer to running text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `render` writes")]
pub(super) struct TextAnswer {
    /// The masked text.
    #[schema(example = "OHIP [HEALTH-NUMBER-1], pain 7/10")]
    text: String,
    #[serde(flatten)]
    rest: Found,
}

/// The answer to a JSON case.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `render` writes")]
pub(super) struct DocumentAnswer {
    /// The masked case, in the structure and order of the one sent.
    document: serde_json::Value,
    #[serde(flatten)]
    rest: Found,
}

/// What was found, and under which rules.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    /// What was found, what the policy keeps included, sorted by field and position.
    entities: Vec<EntityAnswer>,
    /// How many fields the form definition left out.
    #[serde(skip_serializing_if = "is_zero")]
    dropped: usize,
    /// What remains that few people have in common.
    risk: RiskAnswer,
    /// What was in force.
    digests: DigestsAnswer,
}

/// Mask a case
///
/// The case is `{"text": ...}`, any other JSON object or array, plain text, or a document of a format
/// that can be searched, as it is or as the one file of a multipart upload. It is neither stored nor
/// sent on.
#[utoipa::path(
    post,
    path = "/v1/deidentify",
    tag = "deidentify",
    request_body(
        description = "The case",
        content(
            (CaseBody = "application/json"),
            (String = "text/plain", example = "OHIP 9876-543-217 JK, pain 7/10"),
            (Resource = "application/fhir+json"),
            (FileBody = "application/x-ndjson"), (FileBody = "text/csv"), (FileBody = "text/tab-separated-values"),
            (FileBody = "application/xml"), (FileBody = "text/html"), (FileBody = "application/hl7-v2"), (FileBody = "message/rfc822"),
            (FileBody = "application/rtf"), (FileBody = "application/pdf"), (FileBody = "application/vnd.apache.parquet"),
            (FileBody = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (FileBody = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (FormBody = "multipart/form-data"),
        )
    ),
    responses(
        (status = 200, description = "The masked text, or the masked document", body = Answer),
        (status = 400, description = "Not JSON, or not whole", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope, or a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was too slow", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "A media type or a kind of document that is not taken, or bytes that are something else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a case, or refused: where and why", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Overloaded", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn deidentify(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Submit)?;
    let _place = app.place()?;
    // The id stays inside: nothing of this case is kept.
    let upload = Upload::read(&app, request).await?;
    let started = Instant::now();
    let answer = app
        .work(move |engine, scratch| {
            let received: Received = match upload {
                Upload::Case(received) => received,
                Upload::Document(document) => return of_document(engine, scratch, &document),
            };
            let case = &running_text(received.case(engine, CaseId::new(""))?);
            let (verdict, record) = engine.release(case, scratch);
            let masked = match verdict {
                Verdict::Released(masked) => masked.render(),
                Verdict::Held(reasons) => {
                    return Err(ServiceError::Refused(Doubts::of(case, &reasons)));
                }
            };
            let entities = entities(case, &record.entities, engine.policy());
            let count = entities.len();
            // Of the masked case: the length of what was sent tells the length of names.
            let bytes = masked.len();
            let risk = RiskAnswer::of(case, &record.risk, engine.signs());
            let dropped = case.dropped();
            let found = Found { entities, dropped, risk, digests: (&record).into() };
            Ok((render(&case.shape, &masked, &found), count, bytes))
        })
        .await?;
    let (body, entities, bytes) = answer?;
    tracing::info!(bytes, entities, micros = started.elapsed().as_micros() as u64, "case masked");
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// A document with every record masked, or refused with where; what is told of it.
fn of_document(
    engine: &Deidentifier,
    scratch: &mut Scratch,
    document: &Document,
) -> Result<(String, usize, usize), ServiceError> {
    let opened = document.open(engine, &CaseId::new(""))?;
    let looked = upload::look(engine, scratch, &opened);
    let released: Vec<_> = looked.iter().map(|l| l.released.clone()).collect();
    if released.iter().any(Option::is_none) {
        return Err(ServiceError::Refused(upload::Looked::doubts(&looked)));
    }
    let digests = looked.first().map(|l| (&l.record).into()).ok_or(ServiceError::Internal)?;
    let written = opened.write(&released)?;
    let bytes = written.len();
    let records = opened.cases().iter().zip(looked).map(|(case, looked)| RecordAnswer {
        entities: entities(case, &looked.record.entities, engine.policy()),
        risk: looked.risk,
    });
    let records: Vec<_> = records.collect();
    let count = records.iter().map(|r| r.entities.len()).sum();
    let (file_text, file_base64) = match String::from_utf8(written) {
        Ok(text) => (Some(text), None),
        Err(other) => (None, Some(BASE64_STANDARD.encode(other.as_bytes()))),
    };
    let notes = opened.notes().to_vec();
    let media_type = media_type(document.format);
    let answer = FileAnswer { media_type, file_text, file_base64, notes, records, digests };
    let answer = serde_json::to_string(&answer).expect("texts and numbers are JSON");
    Ok((answer, count, bytes))
}

/// For counts that are told only when there is something to tell.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// `{"text": ...}` and nothing else is running text in an envelope.
pub(super) fn running_text(mut case: Case) -> Case {
    let Shape::Json(Node::Object(pairs)) = &case.shape else { return case };
    let [(key, Node::String(value))] = pairs.as_slice() else { return case };
    if case.fields[*key].text != "text" {
        return case;
    }
    let text = std::mem::take(&mut case.fields[*value].text);
    Case { id: case.id, ..Case::from_text("", text) }
}

/// The answer as JSON. The masked document is put in as it is: parsing it again would lose repeated keys.
fn render(shape: &Shape, masked: &str, found: &Found) -> String {
    let found = serde_json::to_string(found).expect("texts and numbers are JSON");
    let (name, value) = match shape {
        Shape::Text => ("text", serde_json::Value::from(masked).to_string()),
        Shape::Json(_) => ("document", masked.to_owned()),
    };
    format!("{{\"{name}\":{value},{}", &found[1..])
}
