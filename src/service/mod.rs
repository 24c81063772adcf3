//! The HTTP gate: cases come in, masked cases go to the hub and nowhere else.
//!
//! Enters: requests of a submitter on this machine. Leaves: masked text with its evidence, ids,
//! and errors that tell where something is wrong and never what was there. Logs carry routes as
//! written in [`router`], ids of ours, counts and durations: no address, header or body.

mod error;
mod state;
mod body;
mod answer;
mod deidentify;
mod cases;
mod health;
mod openapi;
mod border;
mod router;

pub use error::{Problem, ServiceError};
pub use router::router;
pub use state::{App, Limits};

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
