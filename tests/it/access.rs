//! Every route, every scope, every state of a key; what a spoke sees of another's; how much it may ask.

use super::gate::{FOREIGN, by, custody, decision, limits};
use super::http::{JSON, Service, TEXT, request, service_of};
use axum::body::Body;
use axum::http::Request;
use caseveil::service::{Access, App, admin_router};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use tower::ServiceExt as _;

const SCOPES: [&str; 5] = ["submit", "review", "release", "audit", "admin"];

fn entry(id: &str, scope: &str, more: &str) -> String {
    let digest: String = Sha256::digest(id.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    format!("[[key]]\nid = \"{id}\"\nsha256 = \"{digest}\"\nscopes = [\"{scope}\"]\n{more}")
}

/// A key for each scope, one that has expired with each, and another spoke.
fn keys() -> String {
    let mut text = entry("other", "submit", "") + &entry("none", "audit", "per-minute = 0\n");
    for scope in SCOPES {
        text += &entry(scope, scope, "");
        text += &entry(&format!("expired-{scope}"), scope, "expires = \"2026-01-01T00:00:00Z\"\n");
    }
    text
}

fn admitted(app: App) -> App {
    app.admitting(Access::parse(&keys()).unwrap())
}

/// A route, and the status that each scope gets, in the order of [`SCOPES`].
struct Row {
    method: &'static str,
    path: String,
    body: Value,
    admin: bool,
    expected: [u16; 5],
}

fn rows() -> Vec<Row> {
    let id = "019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11";
    let row = |method, path: &str, body: Value, expected| Row {
        method,
        path: path.replace("{id}", id).replace("{type}", "Bundle"),
        body,
        admin: false,
        expected,
    };
    let text = || Value::from("pain 7/10");
    let admin = |row: Row| Row { admin: true, ..row };
    let decides = |choice: &str| json!({ "version": 0, "decision": choice, "index": 0, "start": 0, "end": 1 });
    vec![
        row("POST", "/v1/cases", text(), [201, 403, 403, 403, 403]),
        row("POST", "/v1/deidentify", text(), [200, 403, 403, 403, 403]),
        // A batch is lines of JSON: another type gets no further than its key.
        row("POST", "/v1/batch", text(), [415, 403, 403, 403, 403]),
        row(
            "POST",
            "/fhir/$de-identify",
            json!({ "resourceType": "Bundle" }),
            [200, 403, 403, 403, 403],
        ),
        row(
            "POST",
            "/fhir/{type}/$de-identify",
            json!({ "resourceType": "Bundle" }),
            [200, 403, 403, 403, 403],
        ),
        row("POST", "/v1/lint", text(), [200, 403, 403, 403, 403]),
        row("GET", "/v1/cases/{id}", Value::Null, [404; 5]),
        row("GET", "/v1/holds", Value::Null, [403, 200, 403, 403, 403]),
        row("GET", "/v1/holds/{id}", Value::Null, [403, 404, 403, 403, 403]),
        row("POST", "/v1/holds/{id}/decisions", decides("accept"), [403, 404, 403, 403, 403]),
        row("POST", "/v1/holds/{id}/decisions", decides("reject"), [403, 404, 403, 403, 403]),
        row("POST", "/v1/holds/{id}/decisions", decides("add"), [403, 404, 403, 403, 403]),
        row("POST", "/v1/holds/{id}/decisions", decides("release"), [403, 403, 404, 403, 403]),
        row("POST", "/v1/holds/{id}/decisions", decides("refuse"), [403, 403, 404, 403, 403]),
        admin(row("POST", "/v1/cases/{id}/replay", Value::Null, [403, 403, 403, 403, 404])),
        admin(row("POST", "/v1/admin/reload", Value::Null, [403, 403, 403, 403, 422])),
        admin(row("GET", "/v1/admin/suggestions", Value::Null, [403, 403, 403, 403, 200])),
        admin(row("DELETE", "/v1/admin/suggestions/{id}", Value::Null, [403, 403, 403, 403, 404])),
    ]
}

fn ask(row: &Row) -> Request<Body> {
    match &row.body {
        Value::String(text) => request(row.method, &row.path, TEXT, text.clone()),
        Value::Null => request(row.method, &row.path, "", ""),
        json => request(row.method, &row.path, JSON, json.to_string()),
    }
}

async fn status(service: &Service, admin: bool, request: Request<Body>) -> u16 {
    if admin {
        let router = admin_router(service.app.clone());
        return router.oneshot(request).await.unwrap().status().as_u16();
    }
    service.ask(request).await.0.as_u16()
}

#[tokio::test]
async fn every_route_asks_every_key_for_its_scope() {
    let service = service_of(limits(), custody(), None, admitted).await;
    let mut cells = 0;
    for row in rows() {
        let name = format!("{} {}", row.method, row.path);
        for (key, expected) in SCOPES.iter().zip(row.expected) {
            assert_eq!(
                status(&service, row.admin, by(key, ask(&row))).await,
                expected,
                "{name} by {key}"
            );
            let expired = by(&format!("expired-{key}"), ask(&row));
            assert_eq!(status(&service, row.admin, expired).await, 401, "{name} expired {key}");
            cells += 2;
        }
        let none = ask(&row);
        let mut basic = ask(&row);
        basic.headers_mut().insert("authorization", "Basic c3VibWl0Og==".parse().unwrap());
        let mut twice = by("wrong", ask(&row));
        twice.headers_mut().append("authorization", "Bearer submit".parse().unwrap());
        let padded = by(&format!("submit{}", "x".repeat(4000)), ask(&row));
        for other in [
            none,
            by("wrong", ask(&row)),
            by("Submit", ask(&row)),
            by("", ask(&row)),
            basic,
            twice,
            padded,
        ] {
            assert_eq!(status(&service, row.admin, other).await, 401, "{name} by nobody");
            cells += 1;
        }
        // Routes of operators are on their own address only, and the others not on it.
        let swapped = status(&service, !row.admin, by("admin", ask(&row))).await;
        assert_eq!(swapped, 404, "{name} on the wrong address");
        // A key that may not ask any more is told when it may.
        assert_eq!(status(&service, row.admin, by("none", ask(&row))).await, 429, "{name}");
    }
    assert!(cells > 200, "{cells}");
    for open in ["/livez", "/readyz", "/openapi.json"] {
        assert_eq!(service.ask(request("GET", open, "", "")).await.0, 200, "{open}");
    }
}

#[test]
fn the_table_has_every_described_route() {
    let description: Value = serde_json::from_str(&caseveil::service::openapi_json()).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let id = "019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11";
    let mut tested: BTreeSet<String> =
        rows().iter().map(|r| format!("{} {}", r.method, r.path.replace(id, "{id}"))).collect();
    assert!(tested.remove("POST /fhir/Bundle/$de-identify"));
    tested.insert("POST /fhir/{type}/$de-identify".to_owned());
    // These ask for no key.
    tested.extend(["GET /livez".to_owned(), "GET /readyz".to_owned()]);
    // Presidio's routes have their own table.
    let elsewhere = |route: &String| !route.contains("/v1/") && route.matches('/').count() == 1;
    tested.extend(described.iter().filter(|r| elsewhere(r)).cloned());
    assert_eq!(tested, described);
}

#[tokio::test]
async fn to_another_spoke_a_case_is_not_there() {
    let service = service_of(limits(), custody(), None, admitted).await;
    let absent =
        by("other", request("GET", "/v1/cases/019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11", "", ""));
    let absent = service.ask(absent).await;
    for (text, expected) in [("pain 7/10", 201), (FOREIGN, 202)] {
        let post = by("submit", request("POST", "/v1/cases", TEXT, text));
        let (code, answer) = service.ask_json(post).await;
        assert_eq!(code, expected);
        let path = format!("/v1/cases/{}", answer["id"].as_str().unwrap());
        let get = |key: &str| by(key, request("GET", &path, "", ""));
        assert_eq!(service.ask(get("submit")).await.0, 200);
        assert_eq!(service.ask(get("audit")).await.0, 200);
        for key in ["other", "review", "release", "admin"] {
            let (status, headers, body) = service.ask(get(key)).await;
            assert_eq!((status, &body), (absent.0, &absent.2), "{key}");
            assert_eq!(headers, absent.1, "{key}");
        }
    }
    // The same Idempotency-Key of two spokes is two keys: neither learns of the other's.
    let keyed = |key: &str, text: &str| {
        let mut post = by(key, request("POST", "/v1/cases", TEXT, text.to_owned()));
        post.headers_mut().insert("idempotency-key", "same".parse().unwrap());
        post
    };
    assert_eq!(service.ask(keyed("submit", "pain 1/10")).await.0, 201);
    assert_eq!(service.ask(keyed("other", "pain 2/10")).await.0, 201);
    assert_eq!(service.ask(keyed("submit", "pain 2/10")).await.0, 422);
}

#[tokio::test]
async fn a_spoke_that_asks_too_much_waits_and_others_do_not() {
    let text = entry("busy", "submit", "per-minute = 3\n") + &entry("other", "submit", "");
    let service =
        service_of(limits(), custody(), None, |app| app.admitting(Access::parse(&text).unwrap()))
            .await;
    let lint = |key: &str| by(key, request("POST", "/v1/lint", TEXT, "pain 7/10"));
    for _ in 0..3 {
        assert_eq!(service.ask(lint("busy")).await.0, 200);
    }
    let (status, headers, body) = service.ask(lint("busy")).await;
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status.as_u16(), problem["type"].as_str()),
        (429, Some("urn:caseveil:problem:too-many"))
    );
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(service.ask(lint("other")).await.0, 200);
}

#[tokio::test]
async fn decisions_become_suggestions_without_text() {
    let service = service_of(limits(), custody(), None, |app| app).await;
    let id =
        super::gate::hold(&service, &format!("{FOREIGN} Orla blue OHIP 9876-543-217 JK")).await;
    let start = FOREIGN.chars().count();
    for (version, choice, from, to) in
        [(0, "add", 6, 10), (1, "accept", 1, 5), (2, "reject", 16, 31)]
    {
        let body = json!({
            "version": version, "decision": choice, "index": 0, "start": start + from, "end": start + to, "type": "CITY",
        });
        assert_eq!(service.ask(decision(&id, &body)).await.0, 200, "{choice}");
    }
    let admin = admin_router(service.app.clone());
    let list = || async {
        let get = request("GET", "/v1/admin/suggestions", "", "");
        let response = admin.clone().oneshot(get).await.unwrap();
        let bytes =
            http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        serde_json::from_slice::<Value>(&bytes).unwrap()["suggestions"].as_array().unwrap().clone()
    };
    let all = list().await;
    let mut told: Vec<_> = all
        .iter()
        .map(|s| {
            (s["decision"].as_str().unwrap(), s["type"].as_str(), s["shape"].as_str().unwrap())
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("accept", Some("CITY"), "Aa"),
            ("add", Some("CITY"), "a"),
            ("reject", None, "9999-999-999 A")
        ]
    );
    assert!(
        all.iter().any(|s| s["rules"].as_str().unwrap().contains("ca.on.health_card")),
        "{all:?}"
    );
    for s in &all {
        let path = format!("/v1/admin/suggestions/{}", s["id"].as_str().unwrap());
        let gone = admin.clone().oneshot(request("DELETE", &path, "", "")).await.unwrap();
        assert_eq!(gone.status(), 204);
    }
    assert!(list().await.is_empty());
}
