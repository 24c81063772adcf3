//! The integration tests: one binary, a module for each topic.

#![expect(clippy::unwrap_used, reason = "a trial fails by panicking")]
#![expect(clippy::print_stdout, reason = "figures are printed for whoever asks: --nocapture")]

mod archive;
mod audit;
mod audit_measures;
mod audit_page;
#[cfg(feature = "cli")]
mod audit_signed;
#[cfg(feature = "service")]
mod batch_http;
mod batch_report;
mod battery;
mod disguise;
#[cfg(feature = "cli")]
mod exchange;
#[cfg(feature = "cli")]
mod estimators;
mod explain;
mod fixture;
mod french;
#[cfg(feature = "cli")]
mod gold_border;
mod formats;
mod keep_battery;
mod licences;
mod linear;
mod name_probes;
mod operator_properties;
mod operators;
mod outage;
mod produced;
mod properties;
mod random;
mod readme;
mod redcap;
mod remembered;
mod risk;
mod scrub;
mod taxonomy;
mod tidy;
mod vectors;
#[cfg(feature = "service")]
mod access;
#[cfg(feature = "service")]
mod audit_served;
#[cfg(feature = "service")]
mod canary;
#[cfg(feature = "service")]
mod documents;
#[cfg(feature = "service")]
mod gate;
#[cfg(feature = "service")]
mod http;
#[cfg(feature = "service")]
mod interference;
#[cfg(feature = "service")]
mod kill;
#[cfg(feature = "service")]
mod ledger;
#[cfg(feature = "service")]
mod postgres;
mod power;
#[cfg(feature = "service")]
mod presidio;
#[cfg(feature = "service")]
mod reload;
#[cfg(feature = "service")]
mod schema;
mod sealed;
mod sidecar;
#[cfg(feature = "service")]
mod slow;
#[cfg(feature = "service")]
mod tls;
#[cfg(feature = "service")]
mod openapi;
#[cfg(feature = "cli")]
mod tripwire;
#[cfg(feature = "service")]
mod presented_again;
