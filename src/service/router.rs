//! Every route of the service, in two lists: for spokes and reviewers, and for operators.

use super::error::ServiceError;
use super::state::App;
use super::{
    admin, batch, border, cases, deidentify, fhir, health, holds, lint, openapi, presidio,
};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The service, ready to be listened for or to be asked in process.
pub fn router(app: App) -> Router {
    // The page ships with the binary; no validator or other host is ever asked.
    let page = SwaggerUi::new("/docs").config(Config::from("/openapi.json").validator_url("none"));
    let routes = Router::new()
        .route("/v1/deidentify", post(deidentify::deidentify))
        .route("/v1/batch", post(batch::batch))
        .route("/fhir/$de-identify", post(fhir::system))
        .route("/fhir/{type}/$de-identify", post(fhir::of_type))
        .route("/v1/lint", post(lint::lint))
        .route("/v1/cases", post(cases::submit))
        .route("/v1/cases/{id}", get(cases::status))
        .route("/v1/holds", get(holds::list))
        .route("/v1/holds/{id}", get(holds::view))
        .route("/v1/holds/{id}/decisions", post(holds::decide))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(openapi::serve));
    let routes = if app.speaks_presidio() { routes.merge(presidio::routes()) } else { routes };
    let routes = routes.with_state(app.clone()).merge(page);
    bordered(routes, app)
}

/// The routes of operators, for an address of their own.
pub fn admin_router(app: App) -> Router {
    let routes = Router::new()
        .route("/v1/cases/{id}/replay", post(cases::replay))
        .route("/v1/admin/reload", post(admin::reload))
        .route("/v1/admin/suggestions", get(admin::suggestions))
        .route("/v1/admin/suggestions/{id}", delete(admin::dismiss))
        .route("/livez", get(health::live))
        .with_state(app.clone());
    bordered(routes, app)
}

fn bordered(routes: Router, app: App) -> Router {
    routes
        .fallback(async || ServiceError::NotFound)
        .method_not_allowed_fallback(async || ServiceError::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(border::after_panic))
        .layer(from_fn_with_state(app, border::border))
}
