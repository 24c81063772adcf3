//! Every route of the service, in one list.

use super::error::ServiceError;
use super::state::App;
use super::{batch, border, cases, deidentify, health, holds, lint, openapi};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The service, ready to be listened for or to be asked in process.
pub fn router(app: App) -> Router {
    // The page ships with the binary; no validator or other host is ever asked.
    let page = SwaggerUi::new("/docs").config(Config::from("/openapi.json").validator_url("none"));
    Router::new()
        .route("/v1/deidentify", post(deidentify::deidentify))
        .route("/v1/batch", post(batch::batch))
        .route("/v1/lint", post(lint::lint))
        .route("/v1/cases", post(cases::submit))
        .route("/v1/cases/{id}", get(cases::status))
        .route("/v1/cases/{id}/replay", post(cases::replay))
        .route("/v1/holds", get(holds::list))
        .route("/v1/holds/{id}", get(holds::view))
        .route("/v1/holds/{id}/decisions", post(holds::decide))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(openapi::serve))
        .with_state(app.clone())
        .merge(page)
        .fallback(async || ServiceError::NotFound)
        .method_not_allowed_fallback(async || ServiceError::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(border::after_panic))
        .layer(from_fn_with_state(app, border::border))
}
