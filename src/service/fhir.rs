//! FHIR `$de-identify`: a Bundle or a `QuestionnaireResponse` in, the same resource out, masked and
//! labelled in `meta.security`. Nothing is kept or sent on; errors are an `OperationOutcome`.

use super::access::{Caller, Scope};
use super::body::{self, Resource};
use super::error::ServiceError;
use super::presidio::OwnShape;
use super::problem::Problem;
use super::state::App;
use super::upload::{self, Looked};
use crate::case::CaseId;
use crate::detect::Scratch;
use crate::format::{self, Format};
use crate::pipeline::Deidentifier;
use crate::policy::Operator;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// The resources that the operation takes.
const TYPES: [&str; 2] = ["Bundle", "QuestionnaireResponse"];

/// Where the codes of the labels are defined.
const LABELS: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

const FHIR_JSON: &str = "application/fhir+json";

/// An `OperationOutcome`, as the API's description shows it.
pub(super) struct OperationOutcome;

impl PartialSchema for OperationOutcome {
    fn schema() -> RefOr<Schema> {
        let kind = ObjectBuilder::new().schema_type(Type::String);
        let issues = ObjectBuilder::new().schema_type(Type::Array);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("What is wrong, and never what was sent."))
            .property("resourceType", kind.enum_values(Some(["OperationOutcome"])))
            .property("issue", issues)
            .required("resourceType")
            .required("issue")
            .into()
    }
}

impl ToSchema for OperationOutcome {}

/// What both operations answer, as the API's description shows it.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `answer` and the border write")]
enum Answers {
    /// The masked resource.
    #[response(status = 200, content_type = "application/fhir+json")]
    Masked(Resource),
    /// Not JSON, or not whole.
    #[response(status = 400, content_type = "application/fhir+json")]
    Broken(OperationOutcome),
    /// No known key.
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
    /// A key without this scope, or a page of another site.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// The body was too slow.
    #[response(status = 408, content_type = "application/fhir+json")]
    Slow(OperationOutcome),
    /// The body is too large.
    #[response(status = 413, content_type = "application/fhir+json")]
    Large(OperationOutcome),
    /// Neither of the media types.
    #[response(status = 415, content_type = "application/fhir+json")]
    OtherType(OperationOutcome),
    /// Another resource, or refused: why.
    #[response(status = 422, content_type = "application/fhir+json")]
    Refused(OperationOutcome),
    /// Overloaded.
    #[response(status = 503, content_type = "application/fhir+json")]
    Overloaded(OperationOutcome),
}

/// De-identify a resource
///
/// A Bundle or a `QuestionnaireResponse`. Labels say what was done: `REDACTED`, `ABSTRED`,
/// `PSEUDED`, `MASKED`; none is added where nothing was masked.
#[utoipa::path(
    post,
    path = "/fhir/$de-identify",
    tag = "fhir",
    request_body(
        description = "The resource",
        content((Resource = "application/fhir+json"), (Resource = "application/json"))
    ),
    responses(Answers)
)]
pub(super) async fn system(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Submit)?;
    Ok(answer(deidentify(&app, None, request).await))
}

/// De-identify a resource of a type
#[utoipa::path(
    post,
    path = "/fhir/{type}/$de-identify",
    tag = "fhir",
    params(("type" = String, Path, description = "`Bundle` or `QuestionnaireResponse`")),
    request_body(
        description = "The resource",
        content((Resource = "application/fhir+json"), (Resource = "application/json"))
    ),
    responses(
        Answers,
        (status = 404, description = "No such type here", body = OperationOutcome, content_type = "application/fhir+json"),
    )
)]
pub(super) async fn of_type(
    State(app): State<App>,
    caller: Caller,
    kind: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Submit)?;
    let named = kind.ok().and_then(|Path(kind)| TYPES.into_iter().find(|t| *t == kind));
    let Some(kind) = named else { return Ok(answer(Err(ServiceError::NotFound))) };
    Ok(answer(deidentify(&app, Some(kind), request).await))
}

async fn deidentify(
    app: &App,
    kind: Option<&'static str>,
    request: Request,
) -> Result<String, ServiceError> {
    let _place = app.place()?;
    match body::essence(request.headers())?.as_str() {
        FHIR_JSON | "application/json" => {}
        _ => return Err(ServiceError::UnsupportedType),
    }
    let bytes = body::read(app, request).await?;
    app.work(move |engine, scratch| masked(engine, scratch, &bytes, kind)).await?
}

fn masked(
    engine: &Deidentifier,
    scratch: &mut Scratch,
    bytes: &[u8],
    kind: Option<&str>,
) -> Result<String, ServiceError> {
    let sent: Value = serde_json::from_slice(bytes)
        .map_err(|e| ServiceError::BadJson { line: e.line(), column: e.column() })?;
    let named = sent.get("resourceType").and_then(Value::as_str);
    if !named.is_some_and(|n| kind.map_or(TYPES.contains(&n), |k| k == n)) {
        return Err(ServiceError::NotAResource);
    }
    let opened = format::open(Format::Fhir, &CaseId::new(""), bytes, engine.rules().forms.first())?;
    let looked = upload::look(engine, scratch, &opened);
    let released = looked.iter().map(|l| l.released.clone()).collect::<Vec<_>>();
    if released.iter().any(Option::is_none) {
        return Err(ServiceError::Refused(Looked::doubts(&looked)));
    }
    let mut labels = BTreeSet::new();
    for replaced in released.iter().flatten().flat_map(|r| r.masked().replaced()) {
        labels.extend(label(engine.policy().operator(replaced.entity)));
    }
    let written = opened.write(&released)?;
    let mut resource: Value =
        serde_json::from_slice(&written).map_err(|_| ServiceError::Internal)?;
    mark(&mut resource, &labels);
    Ok(resource.to_string())
}

/// The label for what an operator does: code and display.
fn label(operator: Operator) -> Option<(&'static str, &'static str)> {
    match operator {
        Operator::Keep => None,
        Operator::Tag | Operator::Redact | Operator::CharacterMask => {
            Some(("REDACTED", "redacted"))
        }
        Operator::Relative
        | Operator::Year
        | Operator::Season
        | Operator::Age
        | Operator::Community
        | Operator::Region
        | Operator::Fsa
        | Operator::Occupation => Some(("ABSTRED", "abstracted")),
        Operator::Shift | Operator::KeyedHash | Operator::Surrogate => {
            Some(("PSEUDED", "pseudonymized"))
        }
        Operator::Seal => Some(("MASKED", "masked")),
    }
}

/// Labels a resource and, in a Bundle, each of its entries. Contained resources have no labels of
/// their own in FHIR.
fn mark(resource: &mut Value, labels: &BTreeSet<(&str, &str)>) {
    let Some(object) = resource.as_object_mut() else { return };
    if object.get("resourceType").and_then(Value::as_str) == Some("Bundle") {
        let entries = object.get_mut("entry").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            if let Some(inner) = entry.get_mut("resource") {
                mark(inner, labels);
            }
        }
    }
    if labels.is_empty() {
        return;
    }
    let meta = object.entry("meta").or_insert_with(|| Value::Object(Map::new()));
    let Some(meta) = meta.as_object_mut() else { return };
    let security = meta.entry("security").or_insert_with(|| json!([]));
    let Some(security) = security.as_array_mut() else { return };
    for (code, display) in labels {
        let has = |c: &Value| c["system"] == LABELS && c["code"] == *code;
        if !security.iter().any(has) {
            security.push(json!({ "system": LABELS, "code": code, "display": display }));
        }
    }
}

fn answer(done: Result<String, ServiceError>) -> Response {
    let (status, body, retry) = match done {
        Ok(body) => (StatusCode::OK, body, None),
        Err(error) => {
            let response = error.clone().into_response();
            let retry = response.headers().get("retry-after").cloned();
            (error.status(), outcome(&error).to_string(), retry)
        }
    };
    let mut response = (status, [(CONTENT_TYPE, FHIR_JSON)], body).into_response();
    // The border leaves it as it is.
    response.extensions_mut().insert(OwnShape);
    if let Some(retry) = retry {
        response.headers_mut().insert("retry-after", retry);
    }
    response
}

/// An error in FHIR's own form, in the words of the problem.
fn outcome(error: &ServiceError) -> Value {
    let problem = error.problem();
    let code = match error.status().as_u16() {
        400 => "structure",
        404 => "not-found",
        408 => "timeout",
        413 => "too-long",
        415 => "not-supported",
        422 if problem.reasons.is_some() => "business-rule",
        422 => "invalid",
        503 => "transient",
        _ => "exception",
    };
    let issue = |text: String| json!({ "severity": "error", "code": code, "diagnostics": text });
    let reasons = problem.reasons.unwrap_or_default();
    let reasons = reasons.iter().map(|r| issue(format!("{}: {}", r.reason, r.count)));
    let issues: Vec<Value> = [issue(problem.detail)].into_iter().chain(reasons).collect();
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_join_those_that_are_there() {
        let own = json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" });
        let mut bundle = json!({
            "resourceType": "Bundle",
            "entry": [{ "resource": { "resourceType": "Patient", "meta": { "security": [own] },
                "contained": [{ "resourceType": "Organization" }] } }],
        });
        let labels = BTreeSet::from([("REDACTED", "redacted")]);
        for _ in 0..2 {
            mark(&mut bundle, &labels);
            let label = json!({ "system": LABELS, "code": "REDACTED", "display": "redacted" });
            assert_eq!(bundle["meta"]["security"], json!([label]));
            let patient = &bundle["entry"][0]["resource"];
            assert_eq!(patient["meta"]["security"], json!([own, label]));
            assert_eq!(patient["contained"][0], json!({ "resourceType": "Organization" }));
        }
        let mut clean = json!({ "resourceType": "Bundle" });
        mark(&mut clean, &BTreeSet::new());
        assert_eq!(clean, json!({ "resourceType": "Bundle" }));
    }
}
