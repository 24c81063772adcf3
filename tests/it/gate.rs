//! Three outcomes, idempotency keys, holds and their decisions, hints, and what stays unreadable.

use super::http::{JSON, LOG, Service, TEXT, problem, request, service_of};
use axum::body::Body;
use axum::http::Request;
use caseveil::keys::Key;
use caseveil::service::{Access, App, Custody, Limits, expire};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;

/// Where a held case comes from: a writing that the rules were not made for.
pub(crate) const FOREIGN: &str = "Пациент жалуется на боль в спине уже три месяца";

/// A name that must not be readable anywhere.
const CANARY: &str = "Zqheld-Wexford";

pub(crate) fn custody() -> Custody {
    Custody { seal_key: Some(Key::from_bytes([9; 32])), ..Custody::default() }
}

pub(crate) fn limits() -> Limits {
    Limits { workers: 2, ..Limits::with_body(20_000) }
}

pub(crate) async fn holding(database: Option<String>) -> Service {
    service_of(limits(), custody(), database, |app| app).await
}

fn with_key(body: &str, key: &str) -> Request<Body> {
    let mut request = request("POST", "/v1/cases", TEXT, body.to_owned());
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

pub(crate) fn decision(id: &str, body: &Value) -> Request<Body> {
    request("POST", &format!("/v1/holds/{id}/decisions"), JSON, body.to_string())
}

fn reasons(answer: &Value) -> Vec<(&str, u64)> {
    let reasons = answer["reasons"].as_array().unwrap();
    reasons.iter().map(|r| (r["reason"].as_str().unwrap(), r["count"].as_u64().unwrap())).collect()
}

/// Holds a case; its id.
pub(crate) async fn hold(service: &Service, text: &str) -> String {
    let (status, answer) =
        service.ask_json(request("POST", "/v1/cases", TEXT, text.to_owned())).await;
    assert_eq!((status, answer["status"].as_str()), (202, Some("held")), "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_in_doubt_waits_with_a_key_and_is_refused_without() {
    let file = "iVBORw0KGgoAAAANSUhEUgAAAAUA5CYII1".repeat(9);
    let cases = [
        ("language", FOREIGN.to_owned(), [0, 0, 0], [86, 47, 47]),
        ("attachment", format!("see {file}"), [4, 4, 4], [310, 310, 310]),
    ];
    let (holds, refuses) =
        (holding(None).await, service_of(limits(), Custody::default(), None, |a| a).await);
    for (reason, text, start, end) in cases {
        let at = |p: [usize; 3]| json!({ "utf8": p[0], "utf16": p[1], "codePoint": p[2] });
        let finding = json!([{
            "reason": reason, "field": "text", "part": "value", "index": 0, "start": at(start), "end": at(end),
        }]);
        let post = || request("POST", "/v1/cases", TEXT, text.clone());
        let (status, held) = holds.ask_json(post()).await;
        assert_eq!((status, reasons(&held)), (202, vec![(reason, 1)]));
        assert_eq!(held["findings"], finding);
        assert!(held["receipt"]["hash"].is_string());
        let (status, refused) = refuses.ask_json(post()).await;
        assert_eq!((status, reasons(&refused)), (422, vec![(reason, 1)]));
        assert_eq!(refused["type"], "urn:caseveil:problem:refused");
        assert_eq!(refused["findings"], finding);
        assert!(refused["receipt"]["hash"].is_string());
    }
    let ledger = refuses.app.store().ledger().await.unwrap();
    assert_eq!(ledger.len(), 2);
    assert!(ledger[0].line.contains(r#""event":"refused""#));
    let later = Timestamp::now() + 1.hours();
    assert_eq!(refuses.forwarder.deliver_due(later).await.unwrap().delivered, 0);
}

#[tokio::test]
async fn hints_say_how_to_write_it_and_keep_nothing() {
    let service = holding(None).await;
    let text = format!("é OHIP 9876-543-217 JK. {FOREIGN}");
    let (status, answer) = service
        .ask_json(request("POST", "/v1/lint", JSON, json!({ "text": text }).to_string()))
        .await;
    assert_eq!((status, answer["outcome"].as_str()), (200, Some("held")));
    let hints = answer["hints"].as_array().unwrap();
    let hint = hints.iter().find(|h| h["becomes"] == "[HEALTH-NUMBER-1]").unwrap();
    assert_eq!(hint["start"], json!({ "utf8": 8, "utf16": 7, "codePoint": 7 }));
    assert_eq!(hint["advice"]["fr"].as_str().unwrap().chars().next(), Some('O'));
    assert_eq!(reasons(&answer), [("language", 1)]);
    assert!(service.app.store().ledger().await.unwrap().is_empty());
    assert!(!answer.to_string().contains("9876"));
}

#[tokio::test]
async fn the_same_request_twice_is_one_case() {
    once(&holding(None).await).await;
}

pub(crate) async fn once(service: &Service) {
    let text = "OHIP 9876-543-217 JK, pain 7/10";
    let (status, headers, first) = service.ask(with_key(text, "k-1")).await;
    assert_eq!(status, 201);
    let (again, again_headers, second) = service.ask(with_key(text, "k-1")).await;
    assert_eq!((again.as_u16(), &second), (201, &first), "to the byte");
    assert_eq!(headers["location"], again_headers["location"]);
    let (status, other) = service.ask_json(with_key("another body", "k-1")).await;
    assert_eq!(
        (status, other["type"].as_str()),
        (422, Some("urn:caseveil:problem:idempotency-key-reused"))
    );
    // A body that fails is no answer: the key stays free.
    let mut broken = with_key("{", "k-2");
    broken.headers_mut().insert("content-type", JSON.parse().unwrap());
    assert_eq!(service.ask(broken).await.0, 400);
    assert_eq!(service.ask(with_key(text, "k-2")).await.0, 201);
    // Held cases, too, and at the same time.
    let (a, b) =
        tokio::join!(service.ask(with_key(FOREIGN, "k-3")), service.ask(with_key(FOREIGN, "k-3")));
    let mut statuses = [a.0.as_u16(), b.0.as_u16()];
    statuses.sort_unstable();
    assert!(matches!(statuses, [202, 202 | 409]), "{statuses:?}");
    if statuses == [202, 202] {
        assert_eq!(a.2, b.2);
    }
    assert_eq!(service.app.store().holds(9).await.unwrap().len(), 1);
    for bad in ["", "two words"] {
        let (status, answer) = service.ask_json(with_key(text, bad)).await;
        let detail = "An Idempotency-Key has 1 to 255 visible ASCII characters, and there is one.";
        assert_eq!(
            (status, answer),
            (400, problem(400, "bad-idempotency-key", "Bad Idempotency-Key", detail))
        );
    }
    let later = Timestamp::now() + 1.hours();
    assert_eq!(service.forwarder.deliver_due(later).await.unwrap().delivered, 2);
}

#[tokio::test]
async fn a_person_decides_and_every_step_is_in_the_ledger() {
    decide(&holding(None).await).await;
}

pub(crate) async fn decide(service: &Service) {
    let id = hold(service, &format!("{FOREIGN} Orla blue OHIP 9876-543-217 JK")).await;
    let (_, list) = service.ask_json(request("GET", "/v1/holds", "", "")).await;
    assert_eq!(list["holds"][0]["id"], id.as_str());
    let (status, view) = service.ask_json(request("GET", &format!("/v1/holds/{id}"), "", "")).await;
    assert_eq!(status, 200);
    let text = view["texts"][0]["text"].as_str().unwrap();
    let at = |word: &str| {
        let start = text[..text.find(word).unwrap()].chars().count();
        (start, start + word.chars().count())
    };
    assert!(view["entities"].as_array().unwrap().iter().any(|e| e["type"] == "HEALTH_NUMBER"));
    let piece = |version: u64, choice: &str, (start, end): (usize, usize)| json!({ "version": version, "decision": choice, "index": 0, "start": start, "end": end, "type": "CITY" });
    for (version, choice, word, expected) in [
        (0, "add", "blue", 200),
        (0, "add", "blue", 409),
        (1, "accept", "Orla", 200),
        (2, "reject", "9876-543-217 JK", 200),
    ] {
        let (status, _) = service.ask_json(decision(&id, &piece(version, choice, at(word)))).await;
        assert_eq!(status, expected, "{version} {choice}");
    }
    for bad in [
        json!({ "version": 3, "decision": "keep" }),
        json!({ "version": 3, "decision": "add" }),
        json!({ "version": 3, "decision": "add", "index": 0, "start": 0, "end": 999, "type": "CITY" }),
        json!({ "version": 3, "decision": "release", "why": CANARY }),
    ] {
        let (status, answer) = service.ask_json(decision(&id, &bad)).await;
        assert_eq!(
            (status, answer["type"].as_str()),
            (422, Some("urn:caseveil:problem:bad-decision"))
        );
    }
    // What the masked case still shows is masked, too, and it is tried again.
    let mut added = 0;
    loop {
        let release = json!({ "version": 3 + added, "decision": "release" });
        let (status, done) = service.ask_json(decision(&id, &release)).await;
        if status != 409 || added > 8 {
            assert_eq!((status, done["status"].as_str()), (200, Some("released")), "{done}");
            break;
        }
        for found in done["findings"].as_array().unwrap() {
            let place = |side: &str| found[side]["codePoint"].as_u64().unwrap() as usize;
            let add = piece(3 + added, "add", (place("start"), place("end")));
            assert_eq!(service.ask_json(decision(&id, &add)).await.0, 200);
            added += 1;
        }
    }
    let later = Timestamp::now() + 1.hours();
    assert_eq!(service.forwarder.deliver_due(later).await.unwrap().delivered, 1);
    let out = fs::read_to_string(service.hub.join(format!("{id}.txt"))).unwrap();
    assert!(
        out.contains("OHIP 9876-543-217 JK") && !out.contains("Orla") && !out.contains("blue"),
        "{out}"
    );
    assert_eq!(service.ask(request("GET", &format!("/v1/holds/{id}"), "", "")).await.0, 404);
    let events: Vec<String> = events(service).await;
    let mut expected = vec!["held", "hold-viewed", "hold-added", "hold-accepted", "hold-rejected"];
    expected.extend((0..added).map(|_| "hold-added"));
    expected.extend(["hold-released", "delivered"]);
    assert_eq!(events, expected);
    let id = hold(service, FOREIGN).await;
    let (status, _) =
        service.ask_json(decision(&id, &json!({ "version": 0, "decision": "refuse" }))).await;
    assert_eq!(status, 200);
    let (_, told) = service.ask_json(request("GET", &format!("/v1/cases/{id}"), "", "")).await;
    assert_eq!(told["status"], "refused");
}

pub(crate) async fn events(service: &Service) -> Vec<String> {
    let rows = service.app.store().ledger().await.unwrap();
    let event = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["what"]["event"].as_str().unwrap().to_owned()
    };
    rows.iter().map(|r| event(&r.line)).collect()
}

#[tokio::test]
async fn what_still_identifies_is_not_released_by_one_click() {
    let service = holding(None).await;
    // The reviewer clears the name in one place; elsewhere in the case it still stands.
    let id = hold(&service, FOREIGN).await;
    let (status, answer) =
        service.ask_json(decision(&id, &json!({ "version": 7, "decision": "release" }))).await;
    assert_eq!((status, answer["type"].as_str()), (409, Some("urn:caseveil:problem:stale")));
}

#[tokio::test]
async fn nobody_decides_and_it_is_destroyed() {
    let service = holding(None).await;
    let id = hold(&service, FOREIGN).await;
    let in_time = Timestamp::now() + 71.hours();
    assert_eq!(expire(&service.app, in_time).await, Ok(0));
    assert_eq!(expire(&service.app, in_time + 2.hours()).await, Ok(1));
    let (_, told) = service.ask_json(request("GET", &format!("/v1/cases/{id}"), "", "")).await;
    assert_eq!(told["status"], "expired");
    assert_eq!(events(&service).await, ["held", "hold-expired"]);
}

/// Keys of two reviewers and two spokes.
fn admitted(app: App) -> App {
    let entry = |id: &str, scopes: &str| {
        let digest: String =
            Sha256::digest(id.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        format!("[[key]]\nid = \"{id}\"\nsha256 = \"{digest}\"\nscopes = [{scopes}]\n")
    };
    let text = [
        entry("r1", "\"review\", \"release\""),
        entry("r2", "\"review\", \"release\""),
        entry("s1", "\"submit\""),
        entry("s2", "\"submit\""),
        entry("auditor", "\"audit\""),
        entry("admin", "\"admin\""),
    ];
    app.admitting(Access::parse(&text.concat()).unwrap())
}

pub(crate) fn by(key: &str, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    request
}

#[tokio::test]
async fn two_persons_release_where_two_are_required() {
    let custody = Custody { second_person: true, ..custody() };
    let service = service_of(limits(), custody, None, admitted).await;
    let post = request("POST", "/v1/cases", TEXT, FOREIGN);
    let (status, held) = service.ask_json(by("s1", post)).await;
    assert_eq!(status, 202);
    let id = held["id"].as_str().unwrap();
    let release = |key: &str, version: u64| {
        by(key, decision(id, &json!({ "version": version, "decision": "release" })))
    };
    let first = service.ask_json(release("r1", 0)).await;
    assert_eq!((first.0, first.1["status"].as_str()), (202, Some("waiting")));
    let (status, same) = service.ask_json(release("r1", 1)).await;
    assert_eq!((status, same["type"].as_str()), (409, Some("urn:caseveil:problem:same-person")));
    assert_eq!(service.ask(release("r2", 1)).await.0, 200);
    assert_eq!(events(&service).await, ["held", "hold-approved", "hold-released"]);
    let own = request("GET", &format!("/v1/cases/{id}"), "", "");
    assert_eq!(service.ask(by("s1", own)).await.0, 200);
    for (key, expected) in [("s2", 404), ("r1", 404), ("auditor", 200)] {
        let status =
            service.ask(by(key, request("GET", &format!("/v1/cases/{id}"), "", ""))).await.0;
        assert_eq!(status, expected, "{key}");
    }
}

/// Every byte of every file below a folder.
pub(crate) fn bytes_below(folder: &Path, found: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes_below(&path, found);
        } else {
            found.extend(fs::read(path).unwrap_or_default());
        }
    }
}

/// A text in the forms in which a careless program would keep it.
pub(crate) fn encodings(text: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let base64 = |shift: usize| {
        let text = [&b"xx"[..shift], text.as_bytes()].concat();
        let whole = base64::prelude::BASE64_STANDARD_NO_PAD.encode(text).into_bytes();
        // The ends depend on what stands beside.
        whole[4..whole.len() - 2].to_vec()
    };
    let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
    let digests =
        [text.to_owned(), text.to_lowercase()].map(|t| Sha256::digest(t.as_bytes()).to_vec());
    let mut all = vec![
        text.as_bytes().to_vec(),
        text.to_lowercase().into_bytes(),
        text.to_uppercase().into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.bytes().rev().collect(),
        hex.into_bytes(),
        base64(0),
        base64(1),
        base64(2),
    ];
    all.extend(digests);
    all
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[tokio::test]
async fn nothing_of_a_case_is_readable_in_store_metrics_ledger_or_logs() {
    let service = holding(None).await;
    let number = "4831-962-750";
    let key = "Zqkey-4831962750";
    // Released: masked in the outbox. Held: sealed. Both with a canary as key, name and value.
    let released = json!({ "notes": format!("OHIP {number} JK"), "Patient name": CANARY });
    let mut post = request("POST", &format!("/v1/cases?q={CANARY}"), JSON, released.to_string());
    post.headers_mut().insert("idempotency-key", key.parse().unwrap());
    post.headers_mut().insert("user-agent", CANARY.parse().unwrap());
    post.headers_mut().insert("traceparent", CANARY.parse().unwrap());
    assert_eq!(service.ask(post).await.0, 201);
    let held = json!({ CANARY: CANARY, "notes": format!("{FOREIGN} {CANARY} OHIP {number}") });
    let (mut ids, mut kept_back) = (Vec::new(), true);
    for decided in ["waiting", "refuse", "release", "expire"] {
        let (status, answer) =
            service.ask_json(request("POST", "/v1/cases", JSON, held.to_string())).await;
        assert_eq!(status, 202);
        assert!(!answer.to_string().contains(CANARY));
        let id = answer["id"].as_str().unwrap().to_owned();
        match decided {
            "refuse" | "release" => {
                service.ask(request("GET", &format!("/v1/holds/{id}"), "", "")).await;
                let body = json!({ "version": 0, "decision": decided });
                let (status, answer) = service.ask_json(decision(&id, &body)).await;
                assert!(status == 200 || (decided, status) == ("release", 409), "{answer}");
                kept_back &= (decided, status) != ("release", 200);
            }
            "expire" => {
                expire(&service.app, Timestamp::now() + 80.hours()).await.unwrap();
            }
            _ => {}
        }
        ids.push(id);
    }
    service.forwarder.deliver_due(Timestamp::now() + 1.hours()).await.unwrap();
    // While the store is open: database, write-ahead log, shared memory, head, hub.
    let mut files = Vec::new();
    bytes_below(service.dir.path(), &mut files);
    let metrics = service.metrics().await;
    let ledger = service.app.store().ledger().await.unwrap();
    let ledger: String = ledger.into_iter().map(|r| r.line).collect();
    let log = LOG.lock().unwrap().clone();
    let mut checks = 0;
    // What a person released is in the outbox, as it was masked.
    let foreign = kept_back.then_some("Пациент");
    for secret in [CANARY, number, key].into_iter().chain(foreign) {
        for needle in encodings(secret) {
            for (sink, bytes) in [
                ("files", &files[..]),
                ("metrics", metrics.as_bytes()),
                ("ledger", ledger.as_bytes()),
                ("log", &log[..]),
            ] {
                checks += 1;
                assert!(!contains(bytes, &needle), "{secret} in {sink}");
            }
        }
    }
    assert!(checks >= 120, "{checks}");
    // The search sees what it should: ids of ours, in files, ledger and log.
    for bytes in [&files[..], ledger.as_bytes(), &log[..]] {
        assert!(contains(bytes, ids[0].as_bytes()));
    }
    assert!(metrics.contains("caseveil_cases_total{outcome=\"held\"} 4"), "{metrics}");
    assert!(metrics.contains("route=\"/v1/cases\",status=\"201\"} 1"), "{metrics}");
    // A control: the same text unsealed would be found.
    fs::write(service.dir.path().join("data/leak"), held.to_string()).unwrap();
    let mut files = Vec::new();
    bytes_below(service.dir.path(), &mut files);
    assert!(contains(&files, CANARY.as_bytes()));
}

#[tokio::test]
async fn a_low_disk_takes_no_case() {
    let service = holding(None).await;
    let place = caseveil::store::Place {
        low_water: u64::MAX,
        ..caseveil::store::Place::folder(&service.dir.path().join("other"))
    };
    let store = caseveil::store::Store::open(&place).await.unwrap();
    assert!(store.probe(Timestamp::now()).await.is_err());
    assert!(!store.space().is_enough());
    // A second process is kept from the folder.
    let again = caseveil::store::Store::open(&place).await;
    assert_eq!(again.err(), Some(caseveil::store::StoreError::InUse));
}
