//! A client written for Presidio, with the examples of its published description, field by field.

use super::gate::{by, custody, limits};
use super::http::{JSON, Service, request, service_of};
use caseveil::service::App;
use serde_json::{Value, json};

async fn service() -> Service {
    service_of(limits(), custody(), None, App::speaking_presidio).await
}

async fn post(service: &Service, path: &str, body: &Value) -> (u16, Value) {
    service.ask_json(request("POST", path, JSON, body.to_string())).await
}

#[tokio::test]
async fn analyze_has_presidios_shape() {
    let service = service().await;
    let text = "é Patient: Orla Okafor, OHIP 9876-543-217 JK";
    let (status, found) =
        post(&service, "/analyze", &json!({ "text": text, "language": "en" })).await;
    assert_eq!(status, 200);
    let found = found.as_array().unwrap();
    let types: Vec<_> = found.iter().map(|f| f["entity_type"].as_str().unwrap()).collect();
    assert_eq!(types.first(), Some(&"PERSON"), "{types:?}");
    for f in found {
        let mut keys: Vec<_> = f.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["analysis_explanation", "end", "entity_type", "score", "start"]);
        assert_eq!(f["analysis_explanation"], Value::Null);
    }
    let health = found.last().unwrap();
    let at = |i: &str| health[i].as_u64().unwrap() as usize;
    let piece: String = text.chars().skip(at("start")).take(at("end") - at("start")).collect();
    assert_eq!(piece, "9876-543-217 JK");
    // Explained, limited, and several texts at once.
    let name = health["entity_type"].clone();
    let body = json!({
        "text": [text, "pain 7/10"], "language": "fr", "return_decision_process": true, "entities": [name],
        "score_threshold": 0.6, "correlation_id": "123e4567-e89b-12d3-a456-426614174000",
    });
    let (status, lists) = post(&service, "/analyze", &body).await;
    assert_eq!(status, 200);
    assert_eq!(lists.as_array().unwrap().len(), 2);
    assert_eq!(lists[1], json!([]));
    assert_eq!(
        lists[0][0]["analysis_explanation"],
        json!({
            "recognizer": "ca.on.health_card", "pattern_name": null, "pattern": null,
            "original_score": lists[0][0]["analysis_explanation"]["original_score"],
            "score": lists[0][0]["analysis_explanation"]["score"], "textual_explanation": null,
            "score_context_improvement": 0.0, "supportive_context_word": "", "validation_result": true,
        })
    );
    // Presidio's own example of a recognizer for one request.
    let body = json!({
        "text": "John Smith drivers license is AC432223 and the zip code is 12345", "language": "en",
        "return_decision_process": false, "correlation_id": "123e4567-e89b-12d3-a456-426614174000",
        "score_threshold": 0.0, "entities": ["US_DRIVER_LICENSE", "ZIP"], "trace": false,
        "ad_hoc_recognizers": [{
            "name": "Zip code Recognizer", "supported_language": "en",
            "patterns": [{ "name": "zip code (weak)", "regex": "(\\b\\d{5}(?:\\-\\d{4})?\\b)", "score": 0.01 }],
            "context": ["zip", "code"], "supported_entity": "ZIP",
        }],
    });
    let (status, found) = post(&service, "/analyze", &body).await;
    let zip = json!({ "analysis_explanation": null, "end": 64, "entity_type": "ZIP", "score": 0.01, "start": 59 });
    assert_eq!(status, 200);
    assert!(found.as_array().unwrap().contains(&zip), "{found}");
    let body = json!({ "text": "Call Zed", "language": "en", "ad_hoc_recognizers": [{ "name": "d", "supported_language": "en", "deny_list": ["Zed"], "supported_entity": "TITLE" }] });
    let (_, found) = post(&service, "/analyze", &body).await;
    assert!(
        found.as_array().unwrap().iter().any(|f| f["entity_type"] == "TITLE" && f["start"] == 5)
    );
    let body = json!({ "text": "Call Zed", "language": "en", "allow_list": ["Zed"], "entities": ["TITLE"], "ad_hoc_recognizers": [{ "name": "d", "deny_list": ["Zed"], "supported_entity": "TITLE" }] });
    assert_eq!(post(&service, "/analyze", &body).await.1, json!([]));
}

#[tokio::test]
async fn anonymize_has_presidios_shape() {
    let service = service().await;
    let text = "hello world, my name is Jane Doe. My number is: 034453334";
    let results = json!([
        { "start": 24, "end": 32, "score": 0.8, "entity_type": "PERSON" },
        { "start": 48, "end": 57, "score": 0.95, "entity_type": "PHONE_NUMBER" },
    ]);
    let cases = [
        (
            json!({ "PERSON": { "type": "redact" }, "PHONE_NUMBER": { "type": "replace", "new_value": "ANONYMIZED" } }),
            json!({ "text": "hello world, my name is . My number is: ANONYMIZED", "items": [
                { "start": 40, "end": 50, "entity_type": "PHONE_NUMBER", "text": "ANONYMIZED", "operator": "replace" },
                { "start": 24, "end": 24, "entity_type": "PERSON", "text": "", "operator": "redact" },
            ]}),
        ),
        (
            json!({ "DEFAULT": { "type": "replace", "new_value": "ANONYMIZED" } }),
            json!({ "text": "hello world, my name is ANONYMIZED. My number is: ANONYMIZED", "items": [
                { "start": 50, "end": 60, "entity_type": "PHONE_NUMBER", "text": "ANONYMIZED", "operator": "replace" },
                { "start": 24, "end": 34, "entity_type": "PERSON", "text": "ANONYMIZED", "operator": "replace" },
            ]}),
        ),
        (
            Value::Null,
            json!({ "text": "hello world, my name is <PERSON>. My number is: <PHONE_NUMBER>", "items": [
                { "start": 48, "end": 62, "entity_type": "PHONE_NUMBER", "text": "<PHONE_NUMBER>", "operator": "replace" },
                { "start": 24, "end": 32, "entity_type": "PERSON", "text": "<PERSON>", "operator": "replace" },
            ]}),
        ),
        (
            json!({ "PHONE_NUMBER": { "type": "mask", "masking_char": "*", "chars_to_mask": 4, "from_end": true }, "PERSON": { "type": "keep" } }),
            json!({ "text": "hello world, my name is Jane Doe. My number is: 03445****", "items": [
                { "start": 48, "end": 57, "entity_type": "PHONE_NUMBER", "text": "03445****", "operator": "mask" },
                { "start": 24, "end": 32, "entity_type": "PERSON", "text": "Jane Doe", "operator": "keep" },
            ]}),
        ),
    ];
    for (anonymizers, expected) in cases {
        let mut body = json!({ "text": text, "analyzer_results": results });
        if !anonymizers.is_null() {
            body["anonymizers"] = anonymizers;
        }
        assert_eq!(post(&service, "/anonymize", &body).await, (200, expected));
    }
    // Hashes differ from one request to the next, unless the client gives a salt.
    let hash = |salt: Option<&str>| json!({ "text": text, "analyzer_results": results, "anonymizers": { "DEFAULT": { "type": "hash", "hash_type": "sha256", "salt": salt } } });
    let texts = [
        post(&service, "/anonymize", &hash(None)).await.1,
        post(&service, "/anonymize", &hash(None)).await.1,
        post(&service, "/anonymize", &hash(Some("salt-of-the-client"))).await.1,
        post(&service, "/anonymize", &hash(Some("salt-of-the-client"))).await.1,
    ];
    assert!(texts[0] != texts[1] && texts[2] == texts[3]);
    // There and back.
    let key = "WmZq4t7w!z%C&F)J";
    let body = json!({ "text": text, "analyzer_results": results, "anonymizers": { "DEFAULT": { "type": "encrypt", "key": key } } });
    let (_, sealed) = post(&service, "/anonymize", &body).await;
    let body = json!({ "text": sealed["text"], "anonymizer_results": sealed["items"], "deanonymizers": { "DEFAULT": { "type": "decrypt", "key": key } } });
    let (status, opened) = post(&service, "/deanonymize", &body).await;
    assert_eq!((status, opened["text"].as_str()), (200, Some(text)));
    assert_eq!(
        opened["items"][1],
        json!({ "start": 24, "end": 32, "entity_type": "PERSON", "text": "Jane Doe", "operator": "decrypt" })
    );
    // What overlaps stays covered.
    let body = json!({ "text": text, "analyzer_results": [
        { "start": 24, "end": 28, "score": 0.9, "entity_type": "PERSON" },
        { "start": 26, "end": 32, "score": 0.5, "entity_type": "LOCATION" },
    ]});
    assert!(
        post(&service, "/anonymize", &body).await.1["text"]
            .as_str()
            .unwrap()
            .starts_with("hello world, my name is <PERSON><LOCATION>. My")
    );
}

#[tokio::test]
async fn lists_errors_and_the_setting() {
    let service = service().await;
    for (path, least) in [
        ("/recognizers?language=en", 100),
        ("/supportedentities?language=en", 10),
        ("/anonymizers", 5),
        ("/deanonymizers", 1),
    ] {
        let (status, list) = service.ask_json(request("GET", path, "", "")).await;
        let list = list.as_array().unwrap();
        assert!(
            status == 200 && list.len() >= least && list.iter().all(Value::is_string),
            "{path}"
        );
    }
    let (status, _, body) = service.ask(request("GET", "/health", "", "")).await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "Presidio Analyzer service is up"));
    let secret = "Zqpresidio-Wexford";
    for (path, body, expected) in [
        ("/analyze", json!({ "language": "en" }), 400),
        ("/analyze", json!({ "text": secret }), 400),
        ("/analyze", json!({ "text": secret, "language": secret }), 400),
        ("/analyze", json!({ "text": { secret: 1 }, "language": "en" }), 400),
        (
            "/analyze",
            json!({ "text": secret, "language": "en", "ad_hoc_recognizers": [{ "supported_entity": "A", "patterns": [{ "name": "n", "regex": "(", "score": 1 }] }] }),
            400,
        ),
        ("/anonymize", json!({ "text": "", "analyzer_results": [] }), 422),
        ("/anonymize", json!({ "text": secret }), 422),
        (
            "/anonymize",
            json!({ "text": secret, "analyzer_results": [{ "start": 3, "end": 99, "score": 1.0, "entity_type": secret }] }),
            422,
        ),
        (
            "/anonymize",
            json!({ "text": secret, "analyzer_results": [{ "start": 0, "end": 2, "score": 1.0, "entity_type": "A" }], "anonymizers": { "A": { "type": secret } } }),
            422,
        ),
        (
            "/deanonymize",
            json!({ "text": secret, "anonymizer_results": [{ "start": 0, "end": 2, "entity_type": "A" }] }),
            422,
        ),
    ] {
        let (status, answer) = post(&service, path, &body).await;
        assert_eq!(status, expected, "{path} {answer}");
        assert!(answer["error"].is_string() && answer.as_object().unwrap().len() == 1, "{answer}");
        assert!(!answer.to_string().contains(secret));
    }
    // Off unless asked for, and never without a key where there are keys.
    let without = super::gate::holding(None).await;
    assert_eq!(without.ask(request("GET", "/health", "", "")).await.0, 404);
    let keys = caseveil::service::Access::parse("[[key]]\nid = \"a\"\nsha256 = \"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"\nscopes = [\"audit\"]\n").unwrap();
    let guarded =
        service_of(limits(), custody(), None, |app| app.speaking_presidio().admitting(keys)).await;
    let ask =
        || request("POST", "/analyze", JSON, json!({ "text": "a", "language": "en" }).to_string());
    assert_eq!(
        guarded.ask_json(ask()).await,
        (401, json!({ "error": "Send a known key as Authorization: Bearer." }))
    );
    assert_eq!(
        guarded.ask_json(by("foo", ask())).await,
        (403, json!({ "error": "The key does not allow this." }))
    );
}
