//! The committed description of the service is the one that it serves.
//!
//! After a wanted change: `CASEVEIL_BLESS=1 cargo test --test it openapi`, and look at the diff.

use std::fs;
use std::path::Path;

#[test]
fn the_committed_description_is_the_served_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let served = caseveil::service::openapi_json();
    if std::env::var_os("CASEVEIL_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &served).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let line = committed.lines().zip(served.lines()).position(|(a, b)| a != b);
    assert!(
        committed == served,
        "docs/openapi.json differs from the service, first at line {:?}; run with CASEVEIL_BLESS=1 and look at the diff",
        line.map(|n| n + 1)
    );
}

#[test]
fn every_route_is_described() {
    let description: serde_json::Value =
        serde_json::from_str(&caseveil::service::openapi_json()).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let mut paths: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/analyze",
            "/anonymize",
            "/anonymizers",
            "/deanonymize",
            "/deanonymizers",
            "/fhir/$de-identify",
            "/fhir/{type}/$de-identify",
            "/health",
            "/livez",
            "/readyz",
            "/recognizers",
            "/supportedentities",
            "/v1/admin/reload",
            "/v1/admin/suggestions",
            "/v1/admin/suggestions/{id}",
            "/v1/batch",
            "/v1/cases",
            "/v1/cases/{id}",
            "/v1/cases/{id}/replay",
            "/v1/deidentify",
            "/v1/holds",
            "/v1/holds/{id}",
            "/v1/holds/{id}/decisions",
            "/v1/lint"
        ]
    );
}
