//! The integration tests: one binary, a module for each topic.

mod battery;
mod tidy;
#[cfg(feature = "service")]
mod http;
#[cfg(feature = "service")]
mod openapi;
