//! The HTTP gate: cases come in, masked cases go to the hub and nowhere else.
//!
//! Enters: requests of a submitter on this machine. Leaves: masked text with its evidence, ids,
//! and errors that tell where something is wrong and never what was there. Logs carry routes as
//! written in [`router()`], ids of ours, counts and durations: no address, header or body.

mod error;
mod metrics;
mod quota;
mod access;
mod change;
mod tls;
mod reload;
mod state;
mod body;
mod answer;
mod advice;
mod doubts;
mod problem;
mod risk;
mod upload;
mod once;
mod patient;
mod deidentify;
mod batch;
mod lint;
mod cases;
mod holds;
mod admin;
mod presidio;
mod fhir;
mod health;
mod openapi;
mod border;
mod router;
mod server;
#[cfg(test)]
mod matrix;

pub use access::{Access, AccessError, Scope};
pub use answer::{Part, Position};
pub use doubts::{Doubts, FindingAnswer, Reason};
pub use error::ServiceError;
pub use holds::expire;
pub use metrics::{Metrics, metrics_router};
pub use problem::Problem;
pub use quota::Quota;
pub use reload::{ReloadError, Source, reload_by_signal};
pub use router::{admin_router, router};
pub use server::{serve, serve_tls};
pub use state::{App, Custody, Limits};
pub use tls::{Tls, TlsError};

use std::panic;

/// The `OpenAPI` description of the service, as `/openapi.json` serves it.
pub fn openapi_json() -> String {
    openapi::json()
}

/// From now on a panic of this process reports its place only: its message may quote a case.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let (file, line) = info.location().map_or(("unknown", 0), |at| (at.file(), at.line()));
        tracing::error!(file, line, "a panic was caught; the request it belongs to fails");
        // Before logging is set up this is the only trace of it.
        eprintln!("caseveil: panic at {file}:{line}");
    }));
}
