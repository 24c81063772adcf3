//! What every answer has in common, whichever handler or library gave it.

use super::error::{self, PROBLEM, ServiceError};
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::any::Any;
use std::time::Instant;

/// The API page needs its own scripts and styles, and must not speak to any other host.
const CONTENT_RULES: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// Makes every error a problem, forbids keeping answers, and writes one log line a request.
pub(super) async fn border(request: Request, next: Next) -> Response {
    let started = Instant::now();
    // A path that matched no route, and a method of the client's own making, are the client's text.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known(request.method());
    let mut response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if failed && response.headers().get(CONTENT_TYPE) != Some(&PROBLEM) {
        response = error::instead_of(&response);
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_RULES);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let micros = started.elapsed().as_micros() as u64;
    tracing::info!(method, route, status = status.as_u16(), micros, "request answered");
    response
}

/// A panic of a handler as a problem; its message may quote a case and is dropped.
pub(super) fn after_panic(_message: Box<dyn Any + Send>) -> Response {
    ServiceError::Internal.into_response()
}

fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
