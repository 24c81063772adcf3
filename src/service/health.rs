//! `/livez` and `/readyz`: does the process answer, and could it take a case now?

use super::error::ServiceError;
use super::problem::Problem;
use super::state::App;
use crate::clock;
use axum::extract::State;

/// Does the process answer?
#[utoipa::path(
    get,
    path = "/livez",
    tag = "health",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Could a case be taken now?
///
/// Writes to the store as taking a case does, and looks at the free space.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses(
        (status = 200, description = "Yes", body = String, content_type = "text/plain"),
        (status = 503, description = "No", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ready(State(app): State<App>) -> Result<String, ServiceError> {
    app.store().probe(clock::now()?).await?;
    // By which audit it serves, where it was told to serve by one only.
    let audit = app.audit().map_or_else(String::new, |digest| format!("audit {digest}\n"));
    Ok(format!("ok\n{audit}"))
}
