//! The fail-closed matrix: each part of the gate made to err, panic, stall and give nothing. In no
//! cell is anything released.

use super::{App, Custody, Limits, router};
use crate::clock;
use crate::config::HubSetting;
use crate::fault::{self, Fault, Part};
use crate::forward::{Forwarder, Hub};
use crate::ledger::verify;
use crate::pipeline::Deidentifier;
use crate::store::{Place, Store, StoreError};
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use jiff::ToSpan as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use tower::ServiceExt as _;

/// Would be released: its number is found and masked.
const CASE: &str = "OHIP 9876-543-217 JK, pain 7/10";

/// What a panic of a test says; nobody may repeat it.
const CANARY: &str = "Zqpanic-Wexford";

const PARTS: [Part; 10] = [
    Part::Decode,
    Part::Detect,
    Part::Mask,
    Part::Gate,
    Part::Ledger,
    Part::Store,
    Part::Forward,
    Part::Clock,
    Part::Random,
    Part::KeyFile,
];

const FAULTS: [Fault; 4] = [Fault::Fail, Fault::Panic, Fault::Stall, Fault::Nothing];

async fn app(dir: &Path) -> Result<App, StoreError> {
    static ENGINE: OnceLock<Deidentifier> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| Deidentifier::embedded("echo-case").unwrap()).clone();
    let place = Place { low_water: 1, ..Place::folder(&dir.join("data")) };
    let store = Store::open(&place).await?;
    let hub = Hub::new(&HubSetting::Folder(dir.join("hub"))).unwrap();
    let limits =
        Limits { workers: 2, work_time: Duration::from_secs(2), ..Limits::with_body(20_000) };
    Ok(App::new(engine, Forwarder::new(store, hub), limits).holding(Custody::default()))
}

/// Status and body of the answer to a case. Keyed requests pass one more part: the claim.
async fn submit(app: &App, key: bool) -> (u16, String) {
    let mut request = Request::builder().method("POST").uri("/v1/cases");
    request = request.header("content-type", "text/plain");
    if key {
        request = request.header("idempotency-key", "k");
    }
    let request = request.body(Body::from(CASE)).unwrap();
    let response = router(app.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Delivers what is due, on a task of its own: a panic ends the task and not the trial.
async fn deliver(app: &App, hours: i64) {
    let forwarder = app.forwarder().clone();
    let later = jiff::Timestamp::now() + hours.hours();
    let round = tokio::spawn(async move { forwarder.deliver_due(later).await });
    let _stalled = tokio::time::timeout(Duration::from_secs(2), round).await;
}

fn at_hub(dir: &Path) -> usize {
    std::fs::read_dir(dir.join("hub")).map_or(0, |files| {
        files
            .filter(|f| !f.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
            .count()
    })
}

async fn released_rows(app: &App) -> u64 {
    let rows = app.store().ledger().await.unwrap();
    let summary = verify(&rows, &app.store().signer().public_key(), &[], &[]).unwrap();
    summary.events.get("released").copied().unwrap_or(0)
}

/// A fault belongs to its thread: each cell has one, and those that wait do so together.
#[test]
#[ignore = "decode to store pass (48 cells); forward was delivered before it was due again, mended and not run since; clock, random and key file not run"]
fn whatever_fails_nothing_is_released() {
    let mut cells = Vec::new();
    for part in PARTS {
        for fault in FAULTS {
            for key in [false, true] {
                cells.push(std::thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.unwrap().block_on(cell(part, fault, key));
                }));
            }
        }
        // Not all at once: they share a few cores, and their patience is short.
        assert!(cells.drain(..).all(|cell| cell.join().is_ok()), "{part:?}");
    }
}

async fn cell(part: Part, fault: Fault, key: bool) {
    let name = format!("{part:?} {fault:?} {key}");
    let dir = tempfile::tempdir().unwrap();
    if part == Part::KeyFile {
        // Without its key the service does not start.
        let path = dir.path().to_owned();
        let opened = tokio::spawn(async move {
            fault::set(Some((part, fault)));
            let opened = app(&path).await.is_ok();
            fault::set(None);
            opened
        });
        let opened = opened.await;
        fault::set(None);
        assert!(!opened.unwrap_or(false), "{name}: started");
        assert_eq!(at_hub(dir.path()), 0, "{name}");
        // It starts when the fault is over.
        assert!(app(dir.path()).await.is_ok(), "{name}");
        return;
    }
    let app = app(dir.path()).await.unwrap();
    fault::set(Some((part, fault)));
    let (status, body) = submit(&app, key).await;
    deliver(&app, 1).await;
    fault::set(None);
    assert!(!body.contains("9876") && !body.contains(CANARY), "{name}: {body}");
    assert_eq!(at_hub(dir.path()), 0, "{name}: released");
    if part == Part::Forward {
        // It was taken and waits; it leaves when the fault is over.
        assert_eq!(status, 201, "{name}");
    } else {
        // The caller is told: where, by the gate; otherwise that it failed.
        let told = match part {
            Part::Detect | Part::Mask | Part::Gate
                if [Fault::Fail, Fault::Nothing].contains(&fault) =>
            {
                422..423
            }
            Part::Decode if fault == Fault::Fail => 400..401,
            _ => 500..504,
        };
        assert!(told.contains(&status), "{name}: {status} {body}");
        assert_eq!(released_rows(&app).await, 0, "{name}");
        // Long enough for what stalled to end: it is not released behind everybody's back.
        if fault == Fault::Stall {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        deliver(&app, 2).await;
        assert_eq!(at_hub(dir.path()), 0, "{name}: released later");
        // It recovers without a hand. A key whose claim was lost is answered when its lease ends.
        let (status, body) = submit(&app, false).await;
        assert_eq!(status, 201, "{name}: {body}");
    }
    deliver(&app, 3).await;
    // The control: what is released is seen, at the hub and in the ledger.
    assert_eq!((at_hub(dir.path()), released_rows(&app).await), (1, 1), "{name}");
    assert!(clock::now().is_ok());
}
