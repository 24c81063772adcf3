//! The integration tests: one binary, a module for each topic.

#![expect(clippy::unwrap_used, reason = "a trial fails by panicking")]

mod audit;
mod battery;
mod explain;
mod fixture;
mod keep_battery;
mod operators;
mod properties;
mod readme;
mod redcap;
mod scrub;
mod taxonomy;
mod tidy;
mod vectors;
#[cfg(feature = "service")]
mod http;
#[cfg(feature = "service")]
mod openapi;
