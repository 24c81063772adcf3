//! What every answer has in common, whichever handler or library gave it.

use super::error::ServiceError;
use super::presidio::OwnShape;
use super::problem::{self, PROBLEM};
use super::state::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, ORIGIN,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::any::Any;
use std::net::IpAddr;
use std::time::Instant;

/// The API page needs its own scripts and styles, and must not speak to any other host.
const CONTENT_RULES: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// What a browser must not do with an answer: show it in a frame, tell others where it came from,
/// or come back without encryption where there was some.
const FOR_BROWSERS: [(&str, &str); 6] = [
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    // Without encryption browsers ignore it.
    ("strict-transport-security", "max-age=31536000"),
];

/// Makes every error a problem, forbids keeping answers, and writes one log line a request.
pub(super) async fn border(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    // A path that matched no route, and a method of the client's own making, are the client's text.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known(request.method());
    let open = app.access().is_configured();
    let mut response = if is_welcome(request.headers(), open) {
        next.run(request).await
    } else {
        ServiceError::ForeignOrigin.into_response()
    };
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let own = response.extensions().get::<OwnShape>().is_some();
    if failed && !own && response.headers().get(CONTENT_TYPE) != Some(&PROBLEM) {
        response = problem::instead_of(&response);
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_RULES);
    for (name, value) in FOR_BROWSERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let took = started.elapsed();
    let micros = took.as_micros() as u64;
    app.metrics().answered(route, status.as_u16(), took);
    tracing::info!(method, route, status = status.as_u16(), micros, "request answered");
    response
}

/// Without keys the service listens on a loopback address, which every page in a browser of this
/// machine can reach. So a request is answered only when it names this machine as its host (a
/// foreign name that leads here was rebound). With keys the key speaks for the request. When a
/// browser says where it comes from, it must in either case come from here.
fn is_welcome(headers: &HeaderMap, open: bool) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let host = text(HOST);
    if host.is_some_and(|h| !open && !is_loopback(h)) || headers.get_all(HOST).iter().count() > 1 {
        return false;
    }
    let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|v| v == "cross-site");
    // The page must come from the very port: another program's pages are foreign, too.
    let same = |origin: &str| {
        let origin = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some() && origin == host
    };
    !from_elsewhere && text(ORIGIN).is_none_or(same)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_requests_are_of_this_machine() {
        let cases = [
            (None, None, None, true),
            (Some("127.0.0.1:8080"), None, None, true),
            (Some("LOCALHOST:8080"), None, None, true),
            (Some("[::1]:8080"), None, Some("same-origin"), true),
            (Some("127.0.0.1:8080"), Some("http://127.0.0.1:8080"), None, true),
            (Some("127.0.0.1:8080"), Some("http://127.0.0.1:9999"), None, false),
            (Some("127.0.0.1:8080"), Some("https://evil.test"), None, false),
            (Some("127.0.0.1:8080"), Some("null"), None, false),
            (Some("rebound.test:8080"), None, None, false),
            (Some("127.0.0.1.evil.test"), None, None, false),
            (Some("127.0.0.1:8080"), None, Some("cross-site"), false),
        ];
        for (host, origin, site, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [("host", host), ("origin", origin), ("sec-fetch-site", site)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(is_welcome(&headers, false), expected, "{headers:?}");
            let by_name = host.is_some_and(|h| h.contains(".test")) && origin.is_none();
            assert_eq!(is_welcome(&headers, true), expected || by_name, "{headers:?}");
        }
    }
}
