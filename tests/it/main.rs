//! The integration tests: one binary, a module for each topic.

#![expect(clippy::unwrap_used, reason = "a trial fails by panicking")]
#![expect(clippy::print_stdout, reason = "figures are printed for whoever asks: --nocapture")]

mod audit;
mod audit_signed;
mod battery;
mod disguise;
mod explain;
mod fixture;
mod formats;
mod keep_battery;
mod licences;
mod linear;
mod operators;
mod properties;
mod random;
mod readme;
mod redcap;
mod remembered;
mod scrub;
mod taxonomy;
mod tidy;
mod vectors;
#[cfg(feature = "service")]
mod gate;
#[cfg(feature = "service")]
mod http;
#[cfg(feature = "service")]
mod kill;
#[cfg(feature = "service")]
mod ledger;
#[cfg(feature = "service")]
mod postgres;
#[cfg(feature = "service")]
mod slow;
#[cfg(feature = "service")]
mod openapi;
mod tripwire;
