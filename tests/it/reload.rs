//! Rules, policy and keys read again: what cannot be used changes nothing, what weakens needs an
//! administrator, and every change is in the ledger.

use super::gate::{by, custody, events, limits};
use super::http::{Service, TEXT, request, service_of};
use caseveil::service::{Source, admin_router, reload_by_signal};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tower::ServiceExt as _;

const RULE: &str = r#"
entity = "HEALTH_NUMBER"
[[rule]]
id = "ca.on.trial"
summary = "ten digits"
source = "made for trials"
lang = ["en", "fr"]
pattern = '\d{4}-\d{3}-\d{3}'
context = { words = ["ohip"], within = 8 }
score = { alone = 0.60, with_context = 0.95 }
[[rule.positive]]
text = "OHIP 9876-543-217"
finds = ["9876-543-217"]
[[rule.positive]]
text = "OHIP 9876-543-218"
finds = ["9876-543-218"]
[[rule.negative]]
text = "1234567890"
why = "no hyphens"
[[rule.negative]]
text = "pain 7/10"
why = "no number"
"#;

const POLICY: &str = "id = \"trial\"\nversion = 1\nsummary = \"for trials\"\ndefault = \"tag\"\ngate.self-test = false\n";

fn put(folder: &Path, rule: &str, policy: &str) {
    for (name, text) in [("identifiers/trial.toml", rule), ("policies/trial.toml", policy)] {
        let to = folder.join("rules").join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, text).unwrap();
    }
}

async fn reload(service: &Service) -> (u16, Value) {
    let post = by("admin", request("POST", "/v1/admin/reload", "", ""));
    let answer = admin_router(service.app.clone()).oneshot(post).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn masked(service: &Service, text: &str) -> String {
    let post = request("POST", "/v1/deidentify", TEXT, text.to_owned());
    service.ask_json(post).await.1["text"].as_str().unwrap_or("refused").to_owned()
}

#[tokio::test]
async fn rules_are_exchanged_at_work_and_never_weakened_by_a_signal() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), RULE, POLICY);
    let rules = Some(dir.path().join("rules"));
    let (source, engine, _) = Source::open(rules, "trial", None, None).unwrap();
    let service = service_of(limits(), custody(), None, |app| {
        let app = caseveil::service::App::new(engine, app_forwarder(&app), limits());
        app.holding(custody()).reading(source)
    })
    .await;
    let case = "OHIP 9876-543-217, ward 12";
    assert_eq!(masked(&service, case).await, "OHIP [HEALTH-NUMBER-1], ward 12");
    // More is found: a signal is enough.
    let more =
        RULE.replace("ca.on.trial", "ca.on.ward").replace(r"\d{4}-\d{3}-\d{3}", r"ward \d{2}");
    let more = more.replace("9876-543-217", "ward 12").replace("9876-543-218", "ward 13");
    fs::write(dir.path().join("rules/identifiers/more.toml"), &more).unwrap();
    reload_by_signal(&service.app).await;
    assert_eq!(masked(&service, case).await, "OHIP [HEALTH-NUMBER-1], [HEALTH-NUMBER-2]");
    // What cannot be read changes nothing.
    let half = &more[..more.len() / 2];
    fs::write(dir.path().join("rules/identifiers/more.toml"), half).unwrap();
    reload_by_signal(&service.app).await;
    let (status, problem) = reload(&service).await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (422, Some("urn:caseveil:problem:not-reloaded"))
    );
    assert_eq!(masked(&service, case).await, "OHIP [HEALTH-NUMBER-1], [HEALTH-NUMBER-2]");
    // Less is found: the signal is refused, the administrator is not.
    fs::remove_file(dir.path().join("rules/identifiers/more.toml")).unwrap();
    reload_by_signal(&service.app).await;
    assert_eq!(masked(&service, case).await, "OHIP [HEALTH-NUMBER-1], [HEALTH-NUMBER-2]");
    let (status, answer) = reload(&service).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["changes"],
        serde_json::json!([{ "what": "rule ca.on.ward removed", "weaker": true }])
    );
    assert_eq!(masked(&service, case).await, "OHIP [HEALTH-NUMBER-1], ward 12");
    assert_eq!(events(&service).await, ["reloaded", "reloaded"]);
    let rows = service.app.store().ledger().await.unwrap();
    let line: Value = serde_json::from_str(&rows[1].line).unwrap();
    assert_eq!(line["what"]["changes"], serde_json::json!(["weaker: rule ca.on.ward removed"]));
    assert!(line["what"]["actor"].is_string());
    let line: Value = serde_json::from_str(&rows[0].line).unwrap();
    assert_eq!(line["what"]["changes"], serde_json::json!(["stricter: rule ca.on.ward added"]));
    // Each of these may find or mask less.
    let weaker = [
        (
            RULE.replace("alone = 0.60", "alone = 0.55"),
            POLICY.to_owned(),
            "rule ca.on.trial changed",
        ),
        (
            RULE.replace(r"\d{4}-\d{3}-\d{3}", r"9\d{3}-\d{3}-\d{3}"),
            POLICY.to_owned(),
            "rule ca.on.trial changed",
        ),
        (RULE.to_owned(), format!("{POLICY}threshold = 0.9\n"), "policy: threshold"),
        (
            RULE.to_owned(),
            format!("{POLICY}[operator]\nHEALTH_NUMBER = \"keep\"\n"),
            "policy: operator of HEALTH_NUMBER",
        ),
        (RULE.to_owned(), format!("{POLICY}gate.hold-score = 0.9\n"), "policy: hold score"),
    ];
    for (rule, policy, what) in weaker {
        put(dir.path(), &rule, &policy);
        reload_by_signal(&service.app).await;
        assert_eq!(events(&service).await.len(), 2, "{what}");
        put(dir.path(), RULE, POLICY);
    }
    let keep = dir.path().join("rules/keep/trial");
    fs::create_dir_all(&keep).unwrap();
    fs::write(keep.join("terms.txt"), "Okafor\n").unwrap();
    reload_by_signal(&service.app).await;
    assert_eq!(events(&service).await.len(), 2, "a keep term");
    fs::remove_dir_all(keep.parent().unwrap()).unwrap();
    // A second person by policy is stricter; taking it back is not.
    put(dir.path(), RULE, &format!("{POLICY}gate.second-person = true\n"));
    reload_by_signal(&service.app).await;
    assert_eq!(events(&service).await.len(), 3);
    put(dir.path(), RULE, POLICY);
    reload_by_signal(&service.app).await;
    assert_eq!(events(&service).await.len(), 3);
    // So is a test against the examples of the built-in rules.
    put(dir.path(), RULE, &POLICY.replace("self-test = false", "second-person = true"));
    reload_by_signal(&service.app).await;
    assert_eq!(events(&service).await.len(), 4);
    put(dir.path(), RULE, &POLICY.replace("self-test", "second-person = true\ngate.self-test"));
    reload_by_signal(&service.app).await;
    assert_eq!(events(&service).await.len(), 4);
}

/// The way to the hub of a service: another engine is put before it.
fn app_forwarder(app: &caseveil::service::App) -> caseveil::forward::Forwarder {
    let hub = caseveil::config::HubSetting::Folder(tempfile::tempdir().unwrap().keep());
    let hub = caseveil::forward::Hub::new(&hub).unwrap();
    caseveil::forward::Forwarder::new(app.store().clone(), hub)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_reloads_fails_no_request() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), RULE, POLICY);
    let access = dir.path().join("access.toml");
    let entry = "[[key]]\nid = \"s\"\nsha256 = \"043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89\"\nscopes = [\"submit\"]\n";
    fs::write(&access, entry).unwrap();
    let rules = Some(dir.path().join("rules"));
    let (source, engine, keys) = Source::open(rules, "trial", None, Some(access.clone())).unwrap();
    let service = service_of(limits(), custody(), None, |app| {
        let app = caseveil::service::App::new(engine, app_forwarder(&app), limits());
        app.reading(source).admitting(keys)
    })
    .await;
    for n in 0..30 {
        // Half-written files come and go.
        let cut = if n % 3 == 0 { RULE.len() / 2 } else { RULE.len() };
        put(dir.path(), &RULE[..cut], POLICY);
        let ask = by("s", request("POST", "/v1/deidentify", TEXT, "OHIP 9876-543-217"));
        let ((), answer) = tokio::join!(reload_by_signal(&service.app), service.ask_json(ask));
        assert_eq!(
            (answer.0, answer.1["text"].as_str()),
            (200, Some("OHIP [HEALTH-NUMBER-1]")),
            "{n}"
        );
    }
    // A key that was taken away is refused from the next request on.
    put(dir.path(), RULE, POLICY);
    fs::write(&access, "").unwrap();
    reload_by_signal(&service.app).await;
    let ask = by("s", request("POST", "/v1/deidentify", TEXT, "pain 7/10"));
    assert_eq!(service.ask(ask).await.0, 401);
}
