//! `/metrics`: Prometheus text, on an address of its own. Labels are ours: routes as written in
//! the router, statuses, outcomes.

use super::state::App;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram of answers, in milliseconds.
const BOUNDS: [u64; 9] = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];

#[derive(Debug, Default)]
struct Counted {
    requests: BTreeMap<(String, u16), u64>,
    outcomes: BTreeMap<&'static str, u64>,
    buckets: [u64; BOUNDS.len() + 1],
    micros: u64,
}

/// What the service counted since its start.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counted>);

impl Metrics {
    /// A request was answered.
    pub(super) fn answered(&self, route: &str, status: u16, took: Duration) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.requests.entry((route.to_owned(), status)).or_default() += 1;
        let millis = took.as_millis() as u64;
        let bucket = BOUNDS.iter().position(|b| millis < *b).unwrap_or(BOUNDS.len());
        counted.buckets[bucket] += 1;
        counted.micros += took.as_micros() as u64;
    }

    /// A case came to that end.
    pub(super) fn outcome(&self, outcome: &'static str) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.outcomes.entry(outcome).or_default() += 1;
    }

    fn text(&self) -> String {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        head(&mut out, "caseveil_requests_total", "counter", "Requests answered");
        for ((route, status), n) in &counted.requests {
            line(
                &mut out,
                &format!("caseveil_requests_total{{route=\"{route}\",status=\"{status}\"}}"),
                n,
            );
        }
        head(&mut out, "caseveil_cases_total", "counter", "Cases decided");
        for (outcome, n) in &counted.outcomes {
            line(&mut out, &format!("caseveil_cases_total{{outcome=\"{outcome}\"}}"), n);
        }
        head(&mut out, "caseveil_request_seconds", "histogram", "Time to the answer");
        let mut sum = 0;
        for (i, n) in counted.buckets.iter().enumerate() {
            sum += n;
            let bound = BOUNDS.get(i).map_or("+Inf".to_owned(), |b| (*b as f64 / 1e3).to_string());
            line(&mut out, &format!("caseveil_request_seconds_bucket{{le=\"{bound}\"}}"), &sum);
        }
        line(&mut out, "caseveil_request_seconds_sum", &(counted.micros as f64 / 1e6));
        line(&mut out, "caseveil_request_seconds_count", &sum);
        out
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _infallible = writeln!(out, "# HELP {name} {help}.\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, value: &dyn std::fmt::Display) {
    let _infallible = writeln!(out, "{name} {value}");
}

/// The router of the metrics' own address.
pub fn metrics_router(app: App) -> Router {
    Router::new().route("/metrics", get(serve)).with_state(app)
}

async fn serve(State(app): State<App>) -> Response {
    let mut out = app.metrics().text();
    let (counters, space) = (app.store().counters(), app.store().space());
    let mut one = |name: &str, kind: &str, help: &str, value: u64| {
        head(&mut out, name, kind, help);
        line(&mut out, name, &value);
    };
    let load = |n: &std::sync::atomic::AtomicU64| n.load(Ordering::Relaxed);
    one("caseveil_ledger_rows", "gauge", "Rows of this replica's chain", load(&counters.rows));
    one("caseveil_store_commits_total", "counter", "Commits", load(&counters.commits));
    one("caseveil_store_units_total", "counter", "Requests in commits", load(&counters.units));
    one(
        "caseveil_store_failures_total",
        "counter",
        "Commits that failed",
        load(&counters.failures),
    );
    one("caseveil_disk_free_bytes", "gauge", "Free bytes of the data folder", space.free());
    // A store that cannot be read has no totals; that it cannot shows in their absence.
    if let Ok(totals) = app.store().totals().await {
        one("caseveil_outbox_pending", "gauge", "Cases that wait for the hub", totals.pending);
        one("caseveil_outbox_dead", "gauge", "Dead letters", totals.dead);
        one("caseveil_holds_waiting", "gauge", "Cases that wait for a person", totals.held);
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], out).into_response()
}
