//! The HTTP gate: every route in one list, errors as problems, nothing of a case in any log.

mod error;
mod state;
mod body;
mod deidentify;
mod cases;

pub use error::{ApiError, Problem};
pub use state::AppState;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Caseveil",
        description = "De-identifies clinical cases on their way to a specialist hub.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(deidentify::deidentify, cases::submit, cases::status, live, ready),
    components(schemas(Problem))
)]
struct Api;

/// The OpenAPI 3.1 document of the service, as JSON.
pub fn openapi() -> String {
    // A document of plain strings always serialises.
    Api::openapi().to_pretty_json().unwrap_or_default()
}

/// All routes.
pub fn router(state: AppState) -> Router {
    let no_store = HeaderValue::from_static("no-store");
    let no_sniff = HeaderValue::from_static("nosniff");
    Router::new()
        .route("/v1/deidentify", post(deidentify::deidentify))
        .route("/v1/cases", post(cases::submit))
        .route("/v1/cases/{id}", get(cases::status))
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .merge(SwaggerUi::new("/docs").url("/openapi.json", Api::openapi()))
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_store))
        .layer(SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, no_sniff))
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(ApiError::Internal)))
        .with_state(state)
}

/// The process answers.
#[utoipa::path(get, path = "/livez", responses((status = 200, description = "The process answers")))]
async fn live() -> StatusCode {
    StatusCode::OK
}

/// The store takes cases.
#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, description = "Cases can be submitted"),
    (status = 503, description = "The store does not take cases")
))]
async fn ready(State(state): State<AppState>) -> StatusCode {
    if state.outbox.is_writable().await { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
