//! `/openapi.json` and the API page: `OpenAPI` 3.1, made from the handlers themselves.

use super::{admin, batch, cases, deidentify, fhir, health, holds, lint, presidio};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::RefOr;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Caseveil",
        description = "A gate that de-identifies clinical cases before they reach a specialist hub.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        deidentify::deidentify, fhir::system, fhir::of_type, batch::batch, lint::lint, cases::submit, cases::status, cases::replay, holds::list, holds::view,
        holds::decide, admin::reload, admin::suggestions, admin::dismiss, health::live, health::ready,
        presidio::analyze, presidio::anonymize, presidio::deanonymize, presidio::recognizers,
        presidio::supported_entities, presidio::anonymizers, presidio::deanonymizers, presidio::health
    ),
    // What only shared lists of answers name is not found by itself.
    components(schemas(fhir::OperationOutcome, presidio::PresidioError)),
    tags(
        (name = "deidentify", description = "Mask a case and have it back"),
        (name = "fhir", description = "Mask a FHIR resource and have it back, labelled"),
        (name = "cases", description = "Submit a case to the hub"),
        (name = "holds", description = "Decide on cases that wait for a person"),
        (name = "admin", description = "On an address of its own (--admin): replay, reload, suggestions"),
        (name = "presidio", description = "For clients of Presidio, with --presidio"),
        (name = "health", description = "For whoever watches the service"),
    )
)]
struct Api;

static JSON: LazyLock<String> = LazyLock::new(json);

/// The description, indented, with a line feed at the end.
pub(super) fn json() -> String {
    let mut text = described().to_pretty_json().expect("the description is JSON");
    text.push('\n');
    text
}

/// The description; whatever asks for a key also tells a key that asks too much.
fn described() -> utoipa::openapi::OpenApi {
    let mut api = Api::openapi();
    for path in api.paths.paths.values_mut() {
        for operation in [&mut path.get, &mut path.post, &mut path.delete].into_iter().flatten() {
            let answers = &mut operation.responses.responses;
            let Some(RefOr::T(mut answer)) = answers.get("401").cloned() else { continue };
            "The key asks too much; see Retry-After".clone_into(&mut answer.description);
            answers.entry("429".to_owned()).or_insert(RefOr::T(answer));
        }
    }
    api
}

/// `/openapi.json`
pub(super) async fn serve() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], JSON.as_str())
}
