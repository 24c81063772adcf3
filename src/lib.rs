//! Caseveil: a gate that de-identifies clinical cases.
//!
//! What identifies a patient, a relative or a provider is found and masked; what is clinical
//! stays; every release leaves evidence. Read [`pipeline`] first: the whole way of a case is on
//! one screen there. The modules below stand in the order in which a case meets them, and each
//! names only modules above it.
//!
//! ```
//! use caseveil::{case::Case, pipeline::Deidentifier};
//! let engine = Deidentifier::embedded("echo-case")?;
//! let case = Case::from_text("c1", "NAM : TEST 5412 2816");
//! assert_eq!(engine.deidentify(&case, &mut engine.scratch()).0.render(), "NAM : [HEALTH-NUMBER-1]");
//! # Ok::<(), caseveil::pipeline::EngineError>(())
//! ```

// Training alone uses some of what the engine offers, and it comes with the command line.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

mod fault;
mod both;
pub mod span;
pub mod entity;
pub mod case;
pub mod decode;
pub mod token;
pub mod rules;
pub mod detect;
pub mod resolve;
mod known;
pub mod key;
pub mod policy;
pub mod operator;
pub mod mask;
pub mod risk;
pub mod gate;
pub mod audit;
pub mod pipeline;
pub mod redcap;
pub mod check;
pub mod format;
pub mod batch;
#[cfg(feature = "cli")]
pub mod learn;
#[cfg(feature = "service")]
pub mod clock;
#[cfg(feature = "service")]
pub mod keys;
#[cfg(feature = "service")]
pub mod programme;
#[cfg(feature = "service")]
pub mod config;
#[cfg(feature = "service")]
pub mod seal;
#[cfg(feature = "service")]
pub mod ledger;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "service")]
pub mod forward;
#[cfg(feature = "service")]
pub mod service;
#[cfg(feature = "cli")]
pub mod cli;
