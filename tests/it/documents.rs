//! Documents at the gate: by media type and as an upload, released, held and refused; and FHIR's
//! `$de-identify`.

use super::gate::{FOREIGN, decision, holding};
use super::http::{JSON, Service, TEXT, request};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use std::fs;

const CSV: &str = "text/csv";
const FHIR: &str = "application/fhir+json";

const TABLE: &str = "note,health card\n\"pain 7/10\",9876-543-217\n\"worse\",9876-543-217\n";
const MASKED_TABLE: &str =
    "note,health card\n\"pain 7/10\",[HEALTH-NUMBER-1]\n\"worse\",[HEALTH-NUMBER-1]\n";

const MESSAGE: &str = "MSH|^~\\&|EPIC|PAINCLINIC|||20260115||ADT^A01|1|P|2.5\rPID|1||9876543217^^^ON^JHN||Tremblay^Hélène||19610304|F\r";

/// The one file of an upload.
fn upload(name: &str, media_type: &str, body: &[u8]) -> (String, Vec<u8>) {
    let head = format!(
        "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n{media_type}\r\n"
    );
    let body = [head.as_bytes(), body, b"\r\n--b-1--\r\n"].concat();
    ("multipart/form-data; boundary=b-1".to_owned(), body)
}

async fn deidentify(service: &Service, media_type: &str, body: Vec<u8>) -> (u16, Value) {
    service.ask_json(request("POST", "/v1/deidentify", media_type, body)).await
}

async fn delivered(service: &Service, id: &str, extension: &str) -> Vec<u8> {
    let later = Timestamp::now() + 1.hours();
    service.forwarder.deliver_due(later).await.unwrap();
    fs::read(service.hub.join(format!("{id}.{extension}"))).unwrap()
}

#[tokio::test]
async fn documents_are_masked_by_media_type_and_as_an_upload() {
    let service = holding(None).await;
    let (status, answer) = deidentify(&service, CSV, TABLE.into()).await;
    assert_eq!((status, answer["fileText"].as_str()), (200, Some(MASKED_TABLE)), "{answer}");
    assert_eq!(answer["mediaType"], CSV);
    assert_eq!(answer["records"].as_array().unwrap().len(), 2);
    assert_eq!(answer["records"][1]["entities"][0]["type"], "HEALTH_NUMBER");
    // By the part's media type, or by its content where that says nothing. Names do not come back.
    for part in ["Content-Type: text/csv\r\n", "Content-Type: application/octet-stream\r\n", ""] {
        let (media_type, body) = upload("Orla Zqname.csv", part, TABLE.as_bytes());
        let (status, answer) = deidentify(&service, &media_type, body).await;
        assert_eq!((status, answer["fileText"].as_str()), (200, Some(MASKED_TABLE)), "{part}");
        assert!(!answer.to_string().contains("Zqname"));
    }
    let (media_type, body) = upload("a.json", "", br#"{"text":"OHIP 9876-543-217"}"#);
    let (status, answer) = deidentify(&service, &media_type, body).await;
    assert_eq!((status, answer["text"].as_str()), (200, Some("OHIP [HEALTH-NUMBER-1]")));
    let (status, answer) = deidentify(&service, "application/hl7-v2", MESSAGE.into()).await;
    let masked = answer["fileText"].as_str().unwrap();
    assert_eq!(status, 200);
    assert!(masked.starts_with("MSH|^~\\&|") && !masked.contains("Tremblay"), "{masked}");
    assert!(!masked.contains("9876543217") && !masked.contains("19610304"), "{masked}");
    let rich = r"{\rtf1\ansi OHIP 9876-543-217, {\b pain} 7/10\par}";
    let masked = r"{\rtf1\ansi OHIP [HEALTH-NUMBER-1], {\b pain} 7/10\par}";
    let (status, answer) = deidentify(&service, "application/rtf", rich.into()).await;
    assert_eq!((status, answer["fileText"].as_str()), (200, Some(masked)), "{answer}");
    let (status, answer) =
        service.ask_json(request("POST", "/v1/cases", "application/rtf", rich)).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(delivered(&service, answer["id"].as_str().unwrap(), "rtf").await, masked.as_bytes());
    // In an encoding of its own it goes back in that: not text for JSON, so in base64.
    let latin: Vec<u8> = MESSAGE.chars().map(|c| c as u8).collect();
    let (status, answer) = deidentify(&service, "application/hl7-v2", latin).await;
    let masked = answer["fileBase64"].as_str().map(|b| BASE64_STANDARD.decode(b).unwrap());
    let masked = masked.or(answer["fileText"].as_str().map(|t| t.as_bytes().to_vec())).unwrap();
    assert_eq!(status, 200);
    assert!(!masked.windows(4).any(|w| w == b"9876" || w == b"1961"), "{answer}");
}

#[tokio::test]
async fn a_pdf_leaves_as_its_text() {
    super::formats::with_decoder();
    let service = holding(None).await;
    let pdf = super::produced::pdf_that_shows("OHIP 9876-543-217, pain 7/10");
    let masked = "OHIP [HEALTH-NUMBER-1], pain 7/10\n";
    let (status, answer) = deidentify(&service, "application/pdf", pdf.clone()).await;
    assert_eq!((status, answer["fileText"].as_str()), (200, Some(masked)), "{answer}");
    assert_eq!(answer["mediaType"], "text/plain; charset=utf-8");
    let (media_type, body) = upload("Orla Zqname.pdf", "", &pdf);
    let (status, answer) = service.ask_json(request("POST", "/v1/cases", &media_type, body)).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(delivered(&service, answer["id"].as_str().unwrap(), "txt").await, masked.as_bytes());
}

#[tokio::test]
async fn what_is_not_what_it_says_is_refused() {
    super::formats::with_decoder();
    let service = holding(None).await;
    let pdf = b"%PDF-1.7\n1 0 obj\n";
    for (media_type, body, status, problem) in [
        (CSV, pdf.as_slice(), 415, "other-format"),
        ("application/pdf", pdf, 400, "unreadable-document"),
        ("application/pdf", b"pain 7/10", 415, "other-format"),
        ("image/png", b"\x89PNG", 415, "unsupported-type"),
        (FHIR, br#"{"a": 1}"#, 415, "other-format"),
        ("application/hl7-v2", b"pain 7/10", 415, "other-format"),
        ("application/x-ndjson", b"{\"a\": Zqjson}", 400, "unreadable-document"),
        ("multipart/form-data", b"x", 400, "not-one-file"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nZqtwo", 400, "not-one-file"),
    ] {
        for path in ["/v1/deidentify", "/v1/cases"] {
            let (code, answer) =
                service.ask_json(request("POST", path, media_type, body.to_vec())).await;
            let named = answer["type"].as_str().unwrap();
            let expected = format!("urn:caseveil:problem:{problem}");
            assert_eq!((code, named), (status, expected.as_str()), "{media_type}: {answer}");
            assert!(!answer.to_string().contains("Zq"), "{answer}");
        }
    }
    assert!(service.app.store().ledger().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_document_is_a_case_that_leaves_as_what_it_is() {
    let service = holding(None).await;
    let post = |media_type: &str, body: &str| {
        let mut post = request("POST", "/v1/cases", media_type, body.to_owned());
        post.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        post
    };
    let (status, answer) = service.ask_json(post(CSV, TABLE)).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(service.ask_json(post(CSV, TABLE)).await, (201, answer.clone()), "once");
    // The same bytes as something else are another request.
    assert_eq!(service.ask_json(post(TEXT, TABLE)).await.0, 422);
    let id = answer["id"].as_str().unwrap();
    assert_eq!(delivered(&service, id, "csv").await, MASKED_TABLE.as_bytes());
    let (_, told) = service.ask_json(request("GET", &format!("/v1/cases/{id}"), "", "")).await;
    assert_eq!(told["entities"], json!({ "HEALTH_NUMBER": 2 }));
    let rows = service.app.store().ledger().await.unwrap();
    let output = caseveil::ledger::digest(MASKED_TABLE.as_bytes());
    assert!(rows[0].line.contains(&output), "the row names what left");
    // Nobody decides on one record of many: it is refused with where.
    let table = format!("note,who\nworse,x\n\"{FOREIGN}\",y\n");
    let (status, answer) = service.ask_json(request("POST", "/v1/cases", CSV, table)).await;
    assert_eq!((status, answer["reasons"][0]["reason"].as_str()), (422, Some("language")));
}

#[tokio::test]
async fn a_held_document_waits_and_is_released_as_what_it_is() {
    let service = holding(None).await;
    let message = MESSAGE.replace("Tremblay^Hélène", FOREIGN);
    let message = format!("{message}OBX|1|TX|note||{FOREIGN} OHIP 9876-543-217\r");
    let (status, answer) =
        service.ask_json(request("POST", "/v1/cases", "application/hl7-v2", message)).await;
    assert_eq!(status, 202, "{answer}");
    let id = answer["id"].as_str().unwrap();
    let (status, view) = service.ask_json(request("GET", &format!("/v1/holds/{id}"), "", "")).await;
    assert_eq!(status, 200);
    assert!(view["texts"].as_array().unwrap().len() > 3, "{view}");
    let body = json!({ "version": 0, "decision": "release" });
    let (status, answer) = service.ask_json(decision(id, &body)).await;
    assert_eq!((status, answer["status"].as_str()), (200, Some("released")), "{answer}");
    let out = String::from_utf8(delivered(&service, id, "hl7").await).unwrap();
    assert!(out.starts_with("MSH|^~\\&|") && out.contains("OBX|1|TX|note||"), "{out}");
    assert!(out.contains("OHIP [HEALTH-NUMBER-1]"), "{out}");
    assert!(!out.contains("9876"), "{out}");
}

fn bundle() -> Value {
    json!({
        "resourceType": "Bundle", "type": "collection",
        "entry": [
            { "resource": { "resourceType": "Patient", "id": "p1",
                "meta": { "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" }] },
                "name": [{ "family": "Tremblay", "given": ["Hélène"] }], "birthDate": "1961-03-04" } },
            { "resource": { "resourceType": "QuestionnaireResponse", "status": "completed", "subject": { "reference": "Patient/p1" },
                "item": [{ "linkId": "1", "text": "History", "answer": [{ "valueString": "OHIP 9876-543-217 JK, pain 7/10" }] }] } },
        ],
    })
}

#[tokio::test]
async fn fhir_resources_come_back_masked_and_labelled() {
    let service = holding(None).await;
    let response = bundle()["entry"][1]["resource"].clone();
    for (path, media_type, sent) in [
        ("/fhir/$de-identify", FHIR, bundle()),
        ("/fhir/Bundle/$de-identify", JSON, bundle()),
        ("/fhir/QuestionnaireResponse/$de-identify", FHIR, response),
    ] {
        let post = request("POST", path, media_type, sent.to_string());
        let (status, headers, body) = service.ask(post).await;
        assert_eq!(
            (status.as_u16(), headers["content-type"].to_str().unwrap()),
            (200, FHIR),
            "{body}"
        );
        for value in ["Tremblay", "Hélène", "9876", "1961"] {
            assert!(!body.contains(value), "{path}: {body}");
        }
        assert!(body.contains("pain 7/10"));
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["resourceType"], sent["resourceType"]);
        let mut resources = vec![&answer];
        resources.extend(answer["entry"].as_array().into_iter().flatten().map(|e| &e["resource"]));
        for resource in resources {
            let labels = resource["meta"]["security"].as_array().unwrap();
            let redacted = labels.iter().filter(|l| l["code"] == "REDACTED").count();
            assert_eq!(redacted, 1, "{resource}");
            assert_eq!(
                resource["resourceType"] == "Patient",
                labels.iter().any(|l| l["code"] == "R")
            );
        }
        // References go on pointing.
        if let Some(entries) = answer["entry"].as_array() {
            let id = entries[0]["resource"]["id"].as_str().unwrap();
            assert_eq!(entries[1]["resource"]["subject"]["reference"], format!("Patient/{id}"));
        }
    }
    // Clean, it comes back as it was, without a label.
    let clean = json!({ "resourceType": "QuestionnaireResponse", "status": "completed" });
    let post = request("POST", "/fhir/$de-identify", FHIR, clean.to_string());
    assert_eq!(service.ask_json(post).await, (200, clean));
    assert!(service.app.store().ledger().await.unwrap().is_empty(), "nothing is kept");
}

#[tokio::test]
async fn fhir_errors_are_outcomes_without_text() {
    let service = holding(None).await;
    let foreign = json!({ "resourceType": "QuestionnaireResponse", "status": "completed",
        "item": [{ "linkId": "1", "answer": [{ "valueString": FOREIGN }] }] });
    for (path, media_type, body, status, code) in [
        (
            "/fhir/$de-identify",
            FHIR,
            r#"{"resourceType":"Patient","id":"Zqid"}"#.to_owned(),
            422,
            "invalid",
        ),
        ("/fhir/QuestionnaireResponse/$de-identify", FHIR, bundle().to_string(), 422, "invalid"),
        ("/fhir/Patient/$de-identify", FHIR, bundle().to_string(), 404, "not-found"),
        ("/fhir/$de-identify", FHIR, "{Zqbroken".to_owned(), 400, "structure"),
        ("/fhir/$de-identify", TEXT, bundle().to_string(), 415, "not-supported"),
        ("/fhir/$de-identify", FHIR, " ".repeat(20_001), 413, "too-long"),
        ("/fhir/$de-identify", FHIR, foreign.to_string(), 422, "business-rule"),
    ] {
        let (got, headers, body) = service.ask(request("POST", path, media_type, body)).await;
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (got.as_u16(), answer["issue"][0]["code"].as_str()),
            (status, Some(code)),
            "{body}"
        );
        assert_eq!(headers["content-type"], FHIR);
        assert_eq!(answer["resourceType"], "OperationOutcome");
        assert!(!body.contains("Zq") && !body.contains("боль"), "{body}");
    }
}
