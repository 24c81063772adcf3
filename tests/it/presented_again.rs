//! A patient who is presented again: one pseudonym and one shift of dates, and none without the key.

use super::http::{Service, TEXT, request, service_of, service_with};
use axum::body::Body;
use axum::http::Request;
use caseveil::key::KeyRing;
use caseveil::keys::Key;
use caseveil::pipeline::Deidentifier;
use caseveil::programme::case_id;
use caseveil::rules::embedded;
use caseveil::service::{Custody, Limits};
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;
use std::fs;

const VISIT: &str = "Date of visit: 2024-03-07. She fell on 2023-12-07.";

async fn keyed(policy: &str, fill: &str) -> Service {
    let ring = KeyRing::parse(&format!("id = \"trial\"\nsecret = \"{}\"", fill.repeat(32)));
    let engine = Deidentifier::with_keys(&embedded(), policy, Some(ring.unwrap())).unwrap();
    let custody = Custody { seal_key: Some(Key::from_bytes([9; 32])), ..Custody::default() };
    let limits = Limits { workers: 2, ..Limits::with_body(20_000) };
    service_with(engine, limits, custody, None, |app| app).await
}

fn presented(text: &str, patient: Option<&str>) -> Request<Body> {
    let mut request = request("POST", "/v1/cases", TEXT, text.to_owned());
    if let Some(key) = patient {
        request.headers_mut().insert("patient-key", key.parse().unwrap());
    }
    request
}

async fn submit(service: &Service, text: &str, patient: Option<&str>) -> (String, Value) {
    let (status, answer) = service.ask_json(presented(text, patient)).await;
    assert_eq!(status, 201, "{answer}");
    let later = Timestamp::now() + 1.hours();
    service.forwarder.deliver_due(later).await.unwrap();
    let id = answer["id"].as_str().unwrap();
    (fs::read_to_string(service.hub.join(format!("{id}.txt"))).unwrap(), answer)
}

#[tokio::test]
async fn follow_ups_have_one_pseudonym_and_one_shift() {
    let service = keyed("archive-shifted", "5a").await;
    let (first, answer) = submit(&service, VISIT, None).await;
    assert_ne!(first, VISIT);
    let key = answer["patientKey"].as_str().unwrap();
    // Small letters do, too: the key is typed from paper.
    let (again, followed) = submit(&service, VISIT, Some(&key.to_lowercase())).await;
    assert_eq!((&again, &followed["patient"]), (&first, &answer["patient"]));
    assert_eq!(followed["patientKey"], answer["patientKey"]);
    // What the hub has tells the pseudonym and the case id, and not the key.
    let id = followed["id"].as_str().unwrap();
    let about: Value =
        serde_json::from_slice(&fs::read(service.hub.join(format!("{id}.meta"))).unwrap()).unwrap();
    assert_eq!(about["patient"], answer["patient"]);
    assert_eq!(about["caseId"], case_id(id.parse().unwrap()));
    assert_eq!(
        (about["caseId"].clone(), about.as_object().unwrap().len()),
        (followed["caseId"].clone(), 2)
    );
    // Others are others: of a new patient, and of the same one under another key.
    let mut others = vec![answer["patient"].clone()];
    for _ in 0..3 {
        others.push(submit(&service, VISIT, None).await.1["patient"].clone());
    }
    let elsewhere = keyed("archive-shifted", "5b").await;
    others.push(submit(&elsewhere, VISIT, Some(key)).await.1["patient"].clone());
    let different: std::collections::BTreeSet<String> =
        others.iter().map(Value::to_string).collect();
    assert_eq!(different.len(), 5, "{others:?}");
}

#[tokio::test]
async fn a_held_case_is_released_as_its_patient() {
    let service = keyed("archive-shifted", "5a").await;
    let (_, first) = submit(&service, VISIT, None).await;
    let key = first["patientKey"].as_str().unwrap();
    let held = format!("{VISIT} He played in the NHL.");
    let (status, answer) = service.ask_json(presented(&held, Some(key))).await;
    assert_eq!((status, &answer["reasons"][0]["reason"]), (202, &"risk".into()), "{answer}");
    assert_eq!(answer["risk"]["asks"][0]["kind"], "role");
    assert_eq!(answer["patient"], first["patient"]);
    let id = answer["id"].as_str().unwrap();
    let decide = request(
        "POST",
        &format!("/v1/holds/{id}/decisions"),
        "application/json",
        r#"{"version": 0, "decision": "release"}"#,
    );
    assert_eq!(service.ask_json(decide).await.0, 200);
    service.forwarder.deliver_due(Timestamp::now() + 1.hours()).await.unwrap();
    let masked = fs::read_to_string(service.hub.join(format!("{id}.txt"))).unwrap();
    let (plain, _) = submit(&service, VISIT, Some(key)).await;
    assert_eq!(masked, format!("{plain} He played in the NHL."));
    let about = fs::read_to_string(service.hub.join(format!("{id}.meta"))).unwrap();
    assert!(about.contains(first["patient"].as_str().unwrap()));
}

#[tokio::test]
async fn only_keys_that_were_given_are_taken() {
    let service = keyed("echo-case", "5a").await;
    let (_, answer) = submit(&service, "pain 7/10", None).await;
    let good = answer["patientKey"].as_str().unwrap();
    let mut typo = good.to_owned().into_bytes();
    typo[3] = if typo[3] == b'7' { b'8' } else { b'7' };
    let unkeyed = service_of(Limits::with_body(2000), Custody::default(), None, |app| app).await;
    for (service, key) in [
        (&service, "9876543217"),
        (&service, "Jane Roe"),
        (&service, std::str::from_utf8(&typo).unwrap()),
        (&unkeyed, good),
    ] {
        let (status, problem) = service.ask_json(presented("pain 7/10", Some(key))).await;
        assert_eq!(
            (status, problem["type"].as_str()),
            (400, Some("urn:caseveil:problem:bad-patient-key"))
        );
        assert!(!problem.to_string().contains(key));
    }
}

#[test]
fn a_case_id_in_a_follow_up_stays() {
    let engine = Deidentifier::embedded("echo-case").unwrap();
    // Ids with all check characters; the same in each run.
    for n in 1..59u128 {
        let id = case_id(uuid::Uuid::from_u128(n * 0x9e37_79b9_7f4a_7c15));
        let text = format!("Follow-up of {id}, pain 7/10.");
        let case = caseveil::case::Case::from_text("c", text.clone());
        let (verdict, _) = engine.release(&case, &mut engine.scratch());
        let caseveil::gate::Verdict::Released(masked) = verdict else { panic!("held: {id}") };
        assert_eq!(masked.render(), text);
    }
}
