//! The integration tests: one binary, a module for each topic.

mod battery;
mod explain;
mod fixture;
mod properties;
mod scrub;
mod tidy;
