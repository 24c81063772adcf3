//! The whole way of a case, on one screen. Open this file first.
//!
//! `Case -> Document -> Vec<Candidate> -> Vec<Entity> -> MaskedCase -> Verdict`

use crate::audit::Record;
use crate::case::Case;
use crate::decode::Document;
use crate::detect::{self, Model, Scratch, Tuning};
use crate::entity::{Entity, EntityType, Evidence, RuleId, Score};
use crate::fault::{self, Part};
use crate::gate::{self, Bounds, Doubt, HoldReason, Review, Verdict, Watcher, WatcherError};
use crate::key::{KeyRing, PolicyKeyError, Purpose};
use crate::known;
use crate::mask::{self, MaskedCase};
use crate::operator::{Operators, Stock, StockError};
use crate::policy::{Operator, Policy, PolicyError};
use crate::resolve::{self, Decision};
use crate::risk::{self, RiskError, Signs};
use crate::rules::{RuleError, RuleFiles, RuleSet, embedded};
use crate::span::ByteSpan;
use std::sync::{Arc, OnceLock};
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
    /// The weights of the gate's own model cannot be used.
    #[error(transparent)]
    Watcher(#[from] WatcherError),
}

/// Rules, policy and model, ready for any number of threads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Deidentifier {
    rules: Arc<RuleSet>,
    model: Option<Arc<Model>>,
    watcher: Option<Arc<Watcher>>,
    policy: Arc<Policy>,
    stock: Arc<Stock>,
    signs: Arc<Signs>,
    keys: Option<Arc<KeyRing>>,
    subject: Option<Arc<str>>,
    tuning: Tuning,
    bounds: Bounds,
    /// What the rules were found not to know, once a case asked for release.
    unknown: Arc<OnceLock<Vec<EntityType>>>,
}

/// How often the masked text is masked again when a look at it finds more.
const ROUNDS: usize = 3;

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
        let rules = RuleSet::compile(files)?;
        let stock = Stock::load(files)?;
        let model = match files.model() {
            [] => None,
            bytes => Some(Arc::new(Model::from_bytes(bytes)?)),
        };
        let watcher = match files.watcher() {
            [] => None,
            bytes => Some(Arc::new(Watcher::from_bytes(bytes)?)),
        };
        let threshold = policy.threshold.unwrap_or(detect::DEFAULT_THRESHOLD);
        let tuning = Tuning { threshold, ..Tuning::default() };
        let mut bounds = Bounds::default();
        bounds.hold_score = policy.gate.hold_score.unwrap_or(bounds.hold_score);
        Ok(Self {
            rules: Arc::new(rules),
            model,
            watcher,
            policy: Arc::new(policy),
            stock: Arc::new(stock),
            signs: Arc::new(Signs::load(files)?),
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

    /// What identifies, without masking it. Cannot fail, whatever the bytes.
    pub fn detect(&self, case: &Case, scratch: &mut Scratch) -> Decision {
        if fault::fails(Part::Detect) || fault::empties(Part::Detect) {
            return Decision::default();
        }
        let document = Document::new(case);
        let candidates =
            detect::detect(&document, &self.rules, self.model.as_deref(), self.tuning, scratch);
        resolve::resolve(&document, candidates, Score::FLOOR)
    }

    /// What the policy writes in the place of each entity; nothing where it stays. Spans of dates
    /// may grow by the preposition in front of them.
    pub fn replacements(&self, case: &Case, entities: &mut [Entity]) -> Vec<Option<String>> {
        let operators = Operators {
            policy: &self.policy,
            stock: &self.stock,
            lexicon: &self.rules.lexicon,
            keys: self.keys.as_deref(),
            subject: self.subject.as_deref(),
        };
        operators.write(case, entities)
    }

    /// Masks a case: no input or output, no clock, no chance, and it cannot fail.
    pub fn deidentify(&self, case: &Case, scratch: &mut Scratch) -> (MaskedCase, Record) {
        let (masked, record, _) = self.settle(case, &Review::default(), scratch);
        (masked, record)
    }

    /// Masks a case, looks again, and decides whether it may leave.
    pub fn release(&self, case: &Case, scratch: &mut Scratch) -> (Verdict, Record) {
        let (masked, mut record, residual) = self.settle(case, &Review::default(), scratch);
        let found = (record.entities.as_slice(), record.suppressed.as_slice());
        let looks = (&self.rules.lexicon, self.watcher.as_deref());
        let mut others = gate::doubts(case, &masked, found, looks, self.bounds);
        others.extend(gate::risks(&record.risk));
        others.extend(self.unknown().iter().map(|&entity| HoldReason {
            doubt: Doubt::Weakened,
            place: None,
            entity: Some(entity),
        }));
        let verdict = gate::decide(masked, &residual, others);
        record.released = matches!(verdict, Verdict::Released(_));
        (verdict, record)
    }

    /// The types of which the rules in force find too few of the examples that the built-in rules
    /// carry. Found once, in less than a second; nothing to do for the built-in rules. Only the share of
    /// the examples is asked for, tuned as this engine is: rules that lost less than a tenth of a type
    /// pass.
    pub fn unknown(&self) -> &[EntityType] {
        if !self.policy.gate.self_test {
            return &[];
        }
        self.unknown.get_or_init(|| {
            let files = embedded();
            if self.rules.digest.as_str() == files.digest() {
                return Vec::new();
            }
            match RuleSet::compile(&files) {
                Ok(built_in) => {
                    known::unknown(&built_in, &self.rules, self.model.as_deref(), self.tuning)
                }
                // What cannot be tested is trusted with nothing.
                Err(_) => EntityType::ALL.to_vec(),
            }
        })
    }

    /// As [`Deidentifier::release`], after a person has looked: what they cleared stays, what they
    /// added is masked, and only what a second scan still finds holds the case.
    pub fn release_reviewed(
        &self,
        case: &Case,
        review: &Review,
        scratch: &mut Scratch,
    ) -> (Verdict, Record) {
        let (masked, mut record, residual) = self.settle(case, review, scratch);
        let others = gate::unfaithful(case, &masked);
        let verdict = gate::decide(masked, &residual, others);
        record.released = matches!(verdict, Verdict::Released(_));
        (verdict, record)
    }

    /// Masks, and masks what the masked text still shows, until nothing more is found.
    fn settle(
        &self,
        case: &Case,
        review: &Review,
        scratch: &mut Scratch,
    ) -> (MaskedCase, Record, Vec<Entity>) {
        let Decision { mut entities, suppressed } = self.detect(case, scratch);
        entities.retain(|e| !review.clears(e.field, e.span));
        let by_hand = review.masked.iter().map(|&(field, span, entity)| Entity {
            field,
            span,
            entity,
            score: Score::new(1.0),
            evidence: Evidence::of(&RuleId::new("reviewer")),
            referent: 0,
        });
        add_residual(&mut entities, &by_hand.collect::<Vec<_>>(), &self.policy);
        let mut written = self.replacements(case, &mut entities);
        let mut masked = mask::mask(case, &entities, &written);
        let (mut residual, mut misread) = self.look_again(case, &masked, review, scratch);
        for _ in 0..ROUNDS {
            if residual.is_empty() && misread.is_empty() {
                break;
            }
            retype(&mut entities, &misread);
            add_residual(&mut entities, &residual, &self.policy);
            written = self.replacements(case, &mut entities);
            masked = mask::mask(case, &entities, &written);
            (residual, misread) = self.look_again(case, &masked, review, scratch);
        }
        let kept: Vec<&Entity> =
            entities.iter().zip(&written).filter(|(_, w)| w.is_none()).map(|(e, _)| e).collect();
        let threshold = self.policy.risk_below;
        let note = risk::note(case, &masked, &kept, threshold, (&self.signs, &self.stock));
        let record = Record::new(&self.rules, &self.policy, entities, suppressed, note);
        (masked, record, residual)
    }

    /// What a scan of the masked text finds outside of what masking wrote, in source positions;
    /// what the policy keeps or a person cleared does not count. And what it takes for something
    /// else inside: a year that stands where a record number would.
    fn look_again(
        &self,
        case: &Case,
        masked: &MaskedCase,
        review: &Review,
        scratch: &mut Scratch,
    ) -> (Vec<Entity>, Vec<Misread>) {
        // The same text once more: what the first look found there is kept by the policy.
        if masked.replaced().is_empty() {
            return (Vec::new(), Vec::new());
        }
        let again = masked.as_case(case);
        let mut found = self.detect(&again, scratch).entities;
        let mut written = self.replacements(&again, &mut found.clone()).into_iter();
        found.retain(|_| written.next().flatten().is_some());
        let misread = found.iter().filter_map(|e| misread(e, masked, &self.policy)).collect();
        let outside = |e: Entity| outside_of_written(&e, masked);
        let to_source = |e: Entity| in_source(e, masked);
        let mut found: Vec<Entity> = found.into_iter().flat_map(outside).map(to_source).collect();
        found.retain(|e| !review.clears(e.field, e.span));
        (found, misread)
    }
}

/// A field and source span whose generalised value reads as something of another type.
type Misread = (usize, ByteSpan, EntityType);

/// A date or age that was written as a plain number and is found as something else. Surrogates
/// and shifted dates read as what they stand for: they do not count.
fn misread(found: &Entity, masked: &MaskedCase, policy: &Policy) -> Option<Misread> {
    let written = masked.replaced();
    let first =
        written.partition_point(|r| (r.field, r.output.end()) <= (found.field, found.span.start()));
    let inside = written[first..]
        .iter()
        .take_while(|r| r.field == found.field && r.output.start() < found.span.end())
        .find(|r| r.entity != found.entity)?;
    let keyed = policy.operator(inside.entity).needs_key();
    let text = &masked.texts()[inside.field][inside.output.range()];
    (!keyed && !text.starts_with('[')).then_some((inside.field, inside.source, found.entity))
}

/// Gives what was misread the type that it reads as, so that it is masked as such.
fn retype(entities: &mut [Entity], misread: &[Misread]) {
    let mut last = entities.iter().map(|e| e.referent).max().unwrap_or(0);
    for (field, span, entity) in misread {
        if let Some(own) = entities.iter_mut().find(|e| e.field == *field && e.span == *span) {
            last += 1;
            own.entity = *entity;
            own.referent = last;
        }
    }
}

/// A finding in the masked text, at its source position: outside of what masking wrote, output
/// and source differ by a shift.
fn in_source(found: Entity, masked: &MaskedCase) -> Entity {
    let before = masked
        .replaced()
        .iter()
        .rfind(|r| r.field == found.field && r.output.end() <= found.span.start());
    let (from, to) = before.map_or((0, 0), |r| (r.output.end(), r.source.end()));
    let start = found.span.start() - from + to;
    Entity { span: ByteSpan::new(start, start + found.span.len()), ..found }
}

/// Brings what was found in addition into the list, in place of what it overlaps.
fn add_residual(entities: &mut Vec<Entity>, residual: &[Entity], policy: &Policy) {
    for found in residual {
        // What was masked and is touched in part stays covered.
        let overlaps = |e: &Entity| e.field == found.field && e.span.overlaps(found.span);
        let masked = |e: &&Entity| overlaps(e) && policy.operator(e.entity) != Operator::Keep;
        let span = entities.iter().filter(masked).fold(found.span, |s, e| s.hull(e.span));
        entities.retain(|e| !overlaps(e));
        let last = entities
            .iter()
            .filter(|e| e.entity.tag() == found.entity.tag())
            .map(|e| e.referent)
            .max();
        entities.push(Entity { span, referent: last.unwrap_or(0) + 1, ..found.clone() });
    }
    entities.sort_by_key(|e| (e.field, e.span));
}

/// The parts of a finding that masking did not write and that a reader could read: a name beside
/// a tag counts, the tag does not.
fn outside_of_written(found: &Entity, masked: &MaskedCase) -> Vec<Entity> {
    let written = masked.replaced();
    let text = masked.texts()[found.field].as_bytes();
    let first =
        written.partition_point(|r| (r.field, r.output.end()) <= (found.field, found.span.start()));
    let mut parts = Vec::new();
    let mut from = found.span.start();
    let own = written[first..]
        .iter()
        .take_while(|r| r.field == found.field && r.output.start() < found.span.end());
    for (start, end) in own
        .map(|r| (r.output.start(), r.output.end()))
        .chain([(found.span.end(), found.span.end())])
    {
        let span = ByteSpan::new(from, start.max(from));
        if text[span.range()].iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii()) {
            parts.push(Entity { span, ..found.clone() });
        }
        from = from.max(end);
    }
    parts
}
