//! The HTTP gate, asked in process: no sockets, no sleeps.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use caseveil::config::HubSetting;
use caseveil::forward::{Forwarder, Hub, Round};
use caseveil::pipeline::Deidentifier;
use caseveil::service::{App, Custody, Limits, metrics_router, router};
use caseveil::store::{Place, Store};
use http_body_util::BodyExt as _;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, Once, OnceLock};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A text that must not come back in any error or log line.
const CANARY: &str = "Zqanary-Wexford";

pub(crate) const JSON: &str = "application/json";
pub(crate) const TEXT: &str = "text/plain";

/// Largest body of the service under test.
const LIMIT: usize = 2000;

pub(crate) static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Sink;

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every line that anything in this process logs, from TRACE up.
fn capture_logs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Sink).init();
    });
}

pub(crate) struct Service {
    pub(crate) router: Router,
    pub(crate) app: App,
    pub(crate) forwarder: Forwarder,
    pub(crate) hub: PathBuf,
    pub(crate) dir: TempDir,
}

async fn service() -> Service {
    with_limits(Limits { workers: 2, ..Limits::with_body(LIMIT) }).await
}

async fn with_limits(limits: Limits) -> Service {
    service_of(limits, Custody::default(), None, |app| app).await
}

/// A service in process, in `SQLite` or in the database of that URL.
pub(crate) async fn service_of(
    limits: Limits,
    custody: Custody,
    database: Option<String>,
    change: impl FnOnce(App) -> App,
) -> Service {
    static ENGINE: OnceLock<Deidentifier> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| Deidentifier::embedded("echo-case").unwrap()).clone();
    service_with(engine, limits, custody, database, change).await
}

/// The same with another engine.
pub(crate) async fn service_with(
    engine: Deidentifier,
    limits: Limits,
    custody: Custody,
    database: Option<String>,
    change: impl FnOnce(App) -> App,
) -> Service {
    capture_logs();
    let dir = tempfile::tempdir().unwrap();
    let hub = dir.path().join("hub");
    let place = Place { data: dir.path().join("data"), url: database, low_water: 1 };
    let store = Store::open(&place).await.unwrap();
    let forwarder = Forwarder::new(store, Hub::new(&HubSetting::Folder(hub.clone())).unwrap());
    let app = change(App::new(engine, forwarder.clone(), limits).holding(custody));
    Service { router: router(app.clone()), app, forwarder, hub, dir }
}

pub(crate) fn request(
    method: &str,
    path: &str,
    media_type: &str,
    body: impl Into<Body>,
) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    if !media_type.is_empty() {
        builder = builder.header("content-type", media_type);
    }
    builder.body(body.into()).unwrap()
}

impl Service {
    pub(crate) async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(parts.headers["cache-control"], "no-store");
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    pub(crate) async fn ask_json(&self, request: Request<Body>) -> (u16, Value) {
        let (status, _, body) = self.ask(request).await;
        (status.as_u16(), serde_json::from_str(&body).unwrap())
    }

    /// What the metrics say.
    pub(crate) async fn metrics(&self) -> String {
        let router = metrics_router(self.app.clone());
        let response = router.oneshot(request("GET", "/metrics", "", "")).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// Submits a case that is released; its id.
    async fn submit(&self, media_type: &str, body: &str) -> String {
        let (status, headers, body) =
            self.ask(request("POST", "/v1/cases", media_type, body.to_owned())).await;
        assert_eq!(status, StatusCode::CREATED);
        let answer: Value = serde_json::from_str(&body).unwrap();
        let id = answer["id"].as_str().unwrap().to_owned();
        let receipt = &answer["receipt"];
        let case_id = caseveil::programme::case_id(id.parse().unwrap());
        let taken =
            json!({ "id": id, "status": "released", "caseId": case_id, "receipt": receipt });
        assert_eq!(answer, taken);
        assert!(receipt["seq"].as_u64().unwrap() > 0);
        assert_eq!(headers["location"], format!("/v1/cases/{id}"));
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
        id
    }

    /// What the service says about a case, without what differs from run to run.
    async fn status_of(&self, id: &str) -> Value {
        let (status, mut answer) =
            self.ask_json(request("GET", &format!("/v1/cases/{id}"), "", "")).await;
        assert_eq!((status, answer["id"].as_str()), (200, Some(id)));
        let case = answer.as_object_mut().unwrap();
        for varying in ["id", "submitted", "digests"] {
            assert!(case.remove(varying).is_some_and(|v| !v.is_null()), "{varying}");
        }
        if let Some(delivered @ Value::String(_)) = case.get_mut("delivered") {
            assert!(delivered.as_str().unwrap().parse::<Timestamp>().is_ok());
            *delivered = json!("some time");
        }
        answer
    }
}

pub(crate) fn problem(status: u16, kind: &str, title: &str, detail: &str) -> Value {
    json!({ "type": format!("urn:caseveil:problem:{kind}"), "title": title, "status": status, "detail": detail })
}

fn bad_json(line: usize, column: usize) -> Value {
    let detail = format!("The body is not valid JSON at line {line}, column {column}.");
    let mut problem = problem(400, "bad-json", "Not valid JSON", &detail);
    problem["line"] = json!(line);
    problem["column"] = json!(column);
    problem
}

fn not_found() -> Value {
    problem(404, "not-found", "Not found", "There is nothing at this address.")
}

fn method_not_allowed() -> Value {
    let detail = "This address does not accept the method; the Allow header lists those it does.";
    problem(405, "method-not-allowed", "Method not allowed", detail)
}

fn too_large() -> Value {
    problem(
        413,
        "too-large",
        "Body too large",
        "The body is larger than 2000 bytes, the most that is taken.",
    )
}

fn unsupported() -> Value {
    let detail = "Send a case as application/json, text/plain or, where they are taken, another type of the description; without a content encoding.";
    problem(415, "unsupported-type", "Unsupported media type", detail)
}

fn not_a_case() -> Value {
    problem(
        422,
        "not-a-case",
        "Not a case",
        "A case is a JSON object or array; this is a single value.",
    )
}

/// Requests that fail, each with the canary wherever a client can put a text.
fn refused() -> Vec<(&'static str, Request<Body>, Value)> {
    let c = CANARY;
    let mut cases = vec![
        ("unknown_path", request("GET", &format!("/{c}?q={c}"), "", ""), not_found()),
        ("unknown_path_below_v1", request("POST", &format!("/v1/{c}"), JSON, "{}"), not_found()),
        ("unknown_page", request("GET", &format!("/docs/{c}"), "", ""), not_found()),
        (
            "unknown_case",
            request("GET", "/v1/cases/019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11", "", ""),
            not_found(),
        ),
        ("case_id_that_is_none", request("GET", &format!("/v1/cases/{c}"), "", ""), not_found()),
        ("case_id_that_is_not_utf8", request("GET", "/v1/cases/%ff%fe", "", ""), not_found()),
        (
            "wrong_method",
            request("GET", &format!("/v1/deidentify?q={c}"), "", ""),
            method_not_allowed(),
        ),
        (
            "method_of_their_own",
            request("Zqanary-Wexford", "/v1/cases", "", ""),
            method_not_allowed(),
        ),
        ("wrong_method_for_a_page", request("POST", "/docs/", TEXT, c), method_not_allowed()),
        ("wrong_method_for_health", request("DELETE", "/readyz", "", ""), method_not_allowed()),
    ];
    for path in ["/v1/deidentify", "/v1/cases", "/v1/lint"] {
        let post = |media_type: &str, body: String| request("POST", path, media_type, body);
        let mut announced = post(TEXT, c.to_owned());
        announced.headers_mut().insert("content-length", "2001".parse().unwrap());
        let mut packed = post(JSON, c.to_owned());
        packed.headers_mut().insert("content-encoding", c.parse().unwrap());
        cases.extend([
            ("no_media_type", post("", c.to_owned()), unsupported()),
            ("wrong_media_type", post(&format!("application/{c}"), c.to_owned()), unsupported()),
            (
                "media_type_in_a_parameter",
                post(&format!("text/unheard; x={TEXT}"), c.to_owned()),
                unsupported(),
            ),
            ("packed", packed, unsupported()),
            ("too_large", post(TEXT, c.repeat(200)), too_large()),
            ("announced_too_large", announced, too_large()),
            ("empty", post(JSON, String::new()), bad_json(1, 0)),
            ("bare_word", post(JSON, format!("{{\"name\": {c}}}")), bad_json(1, 10)),
            ("cut_off", post(JSON, format!("{{\n\"{c}\": \"{c}")), bad_json(2, 35)),
            ("trailing", post(JSON, format!("{{}} \"{c}\"")), bad_json(1, 4)),
            ("bad_escape", post(JSON, format!("{{\"{c}\\q\": 1}}")), bad_json(1, 19)),
            ("control_character", post(JSON, format!("[\"{c}\n\"]")), bad_json(2, 0)),
            (
                "too_deep",
                post(JSON, format!("{}\"{c}\"{}", "[".repeat(200), "]".repeat(200))),
                bad_json(1, 128),
            ),
            ("string", post(JSON, format!("\"{c}\"")), not_a_case()),
            ("number", post(JSON, "4165550123".to_owned()), not_a_case()),
            ("null", post(&format!("{JSON}; charset=utf-8"), "null".to_owned()), not_a_case()),
        ]);
    }
    cases
}

#[tokio::test]
async fn every_error_is_a_problem_that_quotes_nothing() {
    let service = service().await;
    for (name, mut request, expected) in refused() {
        request.headers_mut().insert("x-canary", CANARY.parse().unwrap());
        let (status, headers, body) = service.ask(request).await;
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected, "{name}");
        assert_eq!(json!(status.as_u16()), expected["status"], "{name}");
        assert_eq!(headers["content-type"], "application/problem+json", "{name}");
        assert_eq!(
            headers.contains_key("allow"),
            status == StatusCode::METHOD_NOT_ALLOWED,
            "{name}"
        );
        assert!(!format!("{headers:?}").contains(CANARY), "{name}");
        assert!(!body.contains(CANARY), "{name}");
    }
}

#[tokio::test]
async fn no_log_line_has_a_piece_of_a_case() {
    let service = service().await;
    for (_, request, _) in refused() {
        service.ask(request).await;
    }
    let c = CANARY;
    let case = json!({ c: c, "name": c, "notes": [c, { c: [c] }], "text": format!("Patient: {c}, tel 416 555 0123") });
    let mut ids = Vec::new();
    for (media_type, body) in
        [(JSON, case.to_string()), (JSON, json!([c]).to_string()), (TEXT, c.to_owned())]
    {
        let path = format!("/v1/deidentify?q={c}");
        let (status, _, _) = service.ask(request("POST", &path, media_type, body.clone())).await;
        assert_eq!(status, StatusCode::OK);
        ids.push(service.submit(media_type, &body).await);
    }
    service.forwarder.deliver_due(Timestamp::now()).await.unwrap();
    for id in &ids {
        assert!(!service.status_of(id).await.to_string().contains(CANARY));
    }
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(!log.contains(CANARY));
    // The capture sees what it should: lines of ours, with ids and routes.
    for expected in
        ["request answered", "case delivered", "route=\"/v1/deidentify\"", ids[0].as_str()]
    {
        assert!(log.contains(expected), "{expected}");
    }
}

/// An entity that the Ontario rule found, in `field`, at these positions.
fn health_number(field: &str, index: usize, start: [usize; 3], end: [usize; 3]) -> Value {
    let at = |[utf8, utf16, code_point]: [usize; 3]| json!({ "utf8": utf8, "utf16": utf16, "codePoint": code_point });
    json!({
        "type": "HEALTH_NUMBER",
        "field": field,
        "part": "value",
        "index": index,
        "start": at(start),
        "end": at(end),
        "score": 0.95,
        "operator": "tag",
        "evidence": {
            "rule": "ca.on.health_card",
            "checkDigit": true,
            "cueDistance": 1,
            "model": null,
            "features": [],
            "linked": false,
        },
    })
}

#[tokio::test]
async fn a_case_comes_back_masked_in_its_own_form() {
    let service = service().await;
    let text = "÷🦀 OHIP 9876-543-217 JK, pain 7/10";
    let in_text = json!([health_number("text", 0, [12, 9, 8], [27, 24, 23])]);
    let masked = "÷🦀 OHIP [HEALTH-NUMBER-1], pain 7/10";
    let cases = [
        (
            "text_in_an_envelope",
            JSON,
            json!({ "text": text }).to_string(),
            "text",
            json!(masked),
            in_text.clone(),
        ),
        ("plain_text", TEXT, text.to_owned(), "text", json!(masked), in_text),
        ("empty_text", "Text/Plain; charset=utf-8", String::new(), "text", json!(""), json!([])),
        (
            "any_other_json",
            JSON,
            "[3.25, [\"OHIP 9876-543-217 JK\"], null]".to_owned(),
            "document",
            json!([3.25, ["OHIP [HEALTH-NUMBER-1]"], null]),
            json!([health_number("$.1.0", 1, [5, 5, 5], [20, 20, 20])]),
        ),
        (
            "text_that_is_not_a_text",
            JSON,
            "{\"text\": [\"OHIP 9876-543-217 JK\"]}".to_owned(),
            "document",
            json!({ "text": ["OHIP [HEALTH-NUMBER-1]"] }),
            json!([health_number("$.0.0", 1, [5, 5, 5], [20, 20, 20])]),
        ),
    ];
    for (name, media_type, body, form, masked, entities) in cases {
        let (status, mut answer) =
            service.ask_json(request("POST", "/v1/deidentify", media_type, body)).await;
        let digests = answer.as_object_mut().unwrap().remove("digests").unwrap();
        let risk = answer.as_object_mut().unwrap().remove("risk").unwrap();
        assert_eq!(
            (status, answer),
            (200, json!({ form: masked, "entities": entities })),
            "{name}"
        );
        assert_eq!(digests["policy"]["id"], "echo-case", "{name}");
        assert_eq!((&risk["threshold"], &risk["asks"]), (&json!(20), &json!([])), "{name}");
        assert!(digests["rules"].as_str().unwrap().starts_with("sha256:"), "{name}");
    }
}

#[tokio::test]
async fn order_repeated_keys_and_number_literals_come_back() {
    let service = service().await;
    let body = r#"{"b":1.50,"a":{"z":null,"y":true},"b":[-0.0]}"#;
    let (_, _, answer) = service.ask(request("POST", "/v1/deidentify", JSON, body)).await;
    assert!(answer.starts_with(&format!("{{\"document\":{body},\"entities\":[]")));
}

#[tokio::test]
async fn a_case_is_stored_then_delivered_once() {
    let service = service().await;
    let json_id = service.submit(JSON, r#"{"b": "OHIP 9876-543-217 JK", "a": 3.50}"#).await;
    let text_id = service.submit(TEXT, "OHIP 9876-543-217 JK").await;
    let pending = json!({
        "status": "pending", "delivered": null, "attempts": 0, "lastFailure": null, "entities": { "HEALTH_NUMBER": 1 },
    });
    assert_eq!(service.status_of(&json_id).await, pending);
    assert!(!service.hub.exists());

    let later = Timestamp::now() + 1.hours();
    assert_eq!(service.forwarder.deliver_due(later).await, Ok(Round { delivered: 2, failed: 0 }));
    assert_eq!(service.forwarder.deliver_due(later).await, Ok(Round::default()));
    let mut files: Vec<(String, String)> = fs::read_dir(&service.hub)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| {
            (p.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(p).unwrap())
        })
        .collect();
    files.sort();
    let mut expected = vec![
        (format!("{json_id}.json"), r#"{"b":"OHIP [HEALTH-NUMBER-1]","a":3.50}"#.to_owned()),
        (format!("{text_id}.txt"), "OHIP [HEALTH-NUMBER-1]".to_owned()),
    ];
    expected.sort();
    assert_eq!(files, expected);
    let delivered = json!({
        "status": "delivered", "delivered": "some time", "attempts": 1, "lastFailure": null,
        "entities": { "HEALTH_NUMBER": 1 },
    });
    assert_eq!(service.status_of(&text_id).await, delivered);
}

#[tokio::test]
async fn a_hub_that_is_down_gets_its_cases_later() {
    let service = service().await;
    // A file stands where the hub's folder should be.
    fs::write(&service.hub, "").unwrap();
    let first = service.submit(TEXT, "pain 7/10").await;
    let second = service.submit(TEXT, "pain 8/10").await;
    let now = Timestamp::now() + 1.seconds();
    // What stops one case stops all: the second is not tried.
    assert_eq!(service.forwarder.deliver_due(now).await, Ok(Round { delivered: 0, failed: 1 }));
    assert_eq!(service.forwarder.deliver_due(now).await, Ok(Round::default()));
    let waiting = |attempts: u32, failure: Value| {
        json!({
            "status": "pending", "delivered": null, "attempts": attempts, "lastFailure": failure, "entities": {},
        })
    };
    let failure = json!("the hub folder cannot be written: entity already exists");
    assert_eq!(service.status_of(&first).await, waiting(1, failure));
    assert_eq!(service.status_of(&second).await, waiting(0, Value::Null));

    fs::remove_file(&service.hub).unwrap();
    let later = now + 1.seconds();
    assert_eq!(service.forwarder.deliver_due(later).await, Ok(Round { delivered: 2, failed: 0 }));
    assert_eq!(fs::read_to_string(service.hub.join(format!("{second}.txt"))).unwrap(), "pain 8/10");
}

#[tokio::test]
async fn without_a_store_nothing_is_taken() {
    let service = service().await;
    let (status, _, body) = service.ask(request("GET", "/readyz", "", "")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "ok\n"));
    service.forwarder.store().close().await;
    let down = problem(
        503,
        "store-unavailable",
        "Store unavailable",
        "Cases cannot be stored now; this one was not taken.",
    );
    for request in [
        request("GET", "/readyz", "", ""),
        request("POST", "/v1/cases", TEXT, CANARY),
        request("GET", "/v1/cases/019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11", "", ""),
    ] {
        assert_eq!(service.ask_json(request).await, (503, down.clone()));
    }
    // The process lives, and masking needs no store.
    let (status, _, body) = service.ask(request("GET", "/livez", "", "")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "ok\n"));
}

#[tokio::test]
async fn an_overloaded_service_says_so() {
    let service = with_limits(Limits { requests: 0, ..Limits::with_body(LIMIT) }).await;
    let overloaded = problem(
        503,
        "overloaded",
        "Overloaded",
        "Too many cases are being worked on; send this one again.",
    );
    for path in ["/v1/cases", "/v1/deidentify"] {
        let (status, headers, body) = service.ask(request("POST", path, TEXT, CANARY)).await;
        assert_eq!(
            (status, headers["retry-after"].as_bytes()),
            (StatusCode::SERVICE_UNAVAILABLE, &b"1"[..])
        );
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), overloaded);
    }
}

#[tokio::test]
async fn the_api_page_is_whole_and_stays_offline() {
    let service = service().await;
    let (_, _, described) = service.ask(request("GET", "/openapi.json", "", "")).await;
    assert_eq!(described, caseveil::service::openapi_json());
    for page in ["", "swagger-initializer.js", "index.css"] {
        let (status, headers, body) =
            service.ask(request("GET", &format!("/docs/{page}"), "", "")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self';")
        );
        assert!(!body.contains("://"), "{page} names another host");
    }
    for part in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"] {
        let (status, _, _) = service.ask(request("GET", &format!("/docs/{part}"), "", "")).await;
        assert_eq!(status, StatusCode::OK, "{part}");
    }
}
