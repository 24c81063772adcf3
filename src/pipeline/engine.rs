//! An engine: built from rules, policy and keys, tuned, and asked what is in force.

use super::Deidentifier;
use crate::both::both;
use crate::detect::{self, Model, Scratch, Tuning, Typing, TypingError};
use crate::gate::{Bounds, Watcher, WatcherError};
use crate::key::{KeyRing, PolicyKeyError, Purpose};
use crate::operator::{Stock, StockError};
use crate::policy::{Policy, PolicyError};
use crate::risk::{RiskError, Signs};
use crate::rules::{RuleError, RuleFiles, RuleSet, embedded};
use std::sync::Arc;
use thiserror::Error;

/// Why an engine cannot be built.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The rules cannot be used.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The lists of its operators cannot be used.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// The phrases of residual risk cannot be used.
    #[error(transparent)]
    Risk(#[from] RiskError),
    /// The policy needs a key, and there is none.
    #[error(transparent)]
    Key(#[from] PolicyKeyError),
    /// The tagger's weights cannot be used.
    #[error(transparent)]
    Model(#[from] detect::ModelError),
    /// The weights of the types cannot be used.
    #[error(transparent)]
    Typing(#[from] TypingError),
    /// The weights of the gate's own model cannot be used.
    #[error(transparent)]
    Watcher(#[from] WatcherError),
}

/// All weights of a rule folder.
struct Weights {
    model: Option<Model>,
    watcher: Option<Watcher>,
}

impl Weights {
    fn read(files: &RuleFiles) -> Result<Self, EngineError> {
        let typing = match files.typing() {
            [] => Typing::default(),
            bytes => Typing::from_bytes(bytes)?,
        };
        let model = match files.model() {
            [] if files.network().is_empty() => None,
            [] => return Err(detect::ModelError::Network.into()),
            bytes => Some(Model::from_bytes(bytes, files.network())?.with_typing(typing)),
        };
        let watcher = match files.watcher() {
            [] => None,
            bytes => Some(Watcher::from_bytes(bytes)?),
        };
        Ok(Self { model, watcher })
    }
}

impl Deidentifier {
    /// The engine that is part of the binary, under a policy.
    ///
    /// # Errors
    /// [`EngineError::Policy`] for an unknown policy.
    ///
    /// # Examples
    /// ```
    /// use caseveil::{case::Case, pipeline::Deidentifier};
    /// let engine = Deidentifier::embedded("echo-case")?;
    /// let case = Case::from_text("c1", "OHIP 9876-543-217 JK, pain 7/10");
    /// let (masked, record) = engine.deidentify(&case, &mut engine.scratch());
    /// assert_eq!(masked.render(), "OHIP [HEALTH-NUMBER-1], pain 7/10");
    /// assert_eq!(record.entities.len(), 1);
    /// # Ok::<(), caseveil::pipeline::EngineError>(())
    /// ```
    pub fn embedded(policy: &str) -> Result<Self, EngineError> {
        Self::new(&embedded(), policy)
    }

    /// An engine from a rule folder, under one of its policies that needs no key.
    ///
    /// # Errors
    /// [`EngineError`] naming what cannot be used.
    pub fn new(files: &RuleFiles, policy: &str) -> Result<Self, EngineError> {
        Self::with_keys(files, policy, None)
    }

    /// An engine from a rule folder, under one of its policies, with keys.
    ///
    /// # Errors
    /// [`EngineError`] naming what cannot be used; [`EngineError::Key`] when the policy has an
    /// operator that needs a key and there is none.
    pub fn with_keys(
        files: &RuleFiles,
        policy: &str,
        keys: Option<KeyRing>,
    ) -> Result<Self, EngineError> {
        let policy = Policy::load(files, policy)?;
        let keyed = policy.keyed_operators();
        if keys.is_none() && !keyed.is_empty() {
            let (policy, operators) = (policy.id.clone(), keyed.join(", "));
            return Err(PolicyKeyError::Missing { policy, operators }.into());
        }
        // Who runs one small file waits for this.
        let (lists, rules) = both(
            || (Stock::load(files), Signs::load(files), Weights::read(files)),
            || RuleSet::compile(files),
        );
        let (rules, (stock, signs, weights)) = (rules?, lists);
        let (stock, signs, Weights { model, watcher }) = (stock?, signs?, weights?);
        let threshold = policy.threshold.unwrap_or(detect::DEFAULT_THRESHOLD);
        let tuning = Tuning { threshold, ..Tuning::default() };
        let mut bounds = Bounds::default();
        bounds.hold_score = policy.gate.hold_score.unwrap_or(bounds.hold_score);
        Ok(Self {
            rules: Arc::new(rules),
            model: model.map(Arc::new),
            model_digest: files.model_digest().map(Arc::from),
            watcher: watcher.map(Arc::new),
            policy: Arc::new(policy),
            stock: Arc::new(stock),
            signs: Arc::new(signs),
            keys: keys.map(Arc::new),
            subject: None,
            tuning,
            bounds,
            unknown: Arc::default(),
        })
    }

    /// The same engine for the cases of one patient: dates move by the same weeks in all of them.
    /// The id is random and kept with the key; it is not made from anything about the patient.
    #[must_use]
    pub fn for_subject(&self, subject: &str) -> Self {
        Self { subject: Some(subject.into()), ..self.clone() }
    }

    /// The pseudonym of a patient under the key, from their random id; `None` without a key.
    pub fn pseudonym(&self, subject: &str) -> Option<[u8; 32]> {
        let keys = self.keys.as_deref()?;
        Some(keys.mac(Purpose::Pseudonym, &[subject.as_bytes()]))
    }

    /// The same engine, tuned otherwise.
    #[must_use]
    pub fn tuned(self, tuning: Tuning) -> Self {
        // What it does not know depends on it.
        Self { tuning, unknown: Arc::default(), ..self }
    }

    /// The same engine without the tagger's features in the evidence: for those who write none.
    #[must_use]
    pub fn unexplained(self) -> Self {
        let tuning = Tuning { explain: false, ..self.tuning };
        self.tuned(tuning)
    }

    /// The same engine, with other bounds of its gate.
    #[must_use]
    pub fn bounded(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// How it is tuned.
    pub fn tuning(&self) -> Tuning {
        self.tuning
    }

    /// The rules in force.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The tagger in force, if there is one.
    pub fn model(&self) -> Option<&Model> {
        self.model.as_deref()
    }

    /// `sha256:` of the tagger's weights, if there is a tagger.
    pub fn model_digest(&self) -> Option<&str> {
        self.model_digest.as_deref()
    }

    /// The gate's own model in force, if there is one.
    pub fn watcher(&self) -> Option<&Watcher> {
        self.watcher.as_deref()
    }

    /// The policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The phrases of residual risk in force.
    pub fn signs(&self) -> &Signs {
        &self.signs
    }

    /// Buffers for one worker: make them once, use them for every case.
    pub fn scratch(&self) -> Scratch {
        Scratch::new(&self.rules)
    }
}
