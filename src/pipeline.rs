//! The whole way of a case, on one screen. Open this file first.
//!
//! `Case -> Document -> Vec<Candidate> -> Vec<Entity> -> MaskedCase -> Verdict`

mod engine;
mod residual;

pub use engine::EngineError;

use crate::audit::Record;
use crate::case::Case;
use crate::decode::Document;
use crate::detect::{self, Model, Scratch, Tuning};
use crate::entity::{Entity, EntityType, Evidence, RuleId, Score};
use crate::fault::{self, Part};
use crate::gate::{self, Bounds, Doubt, HoldReason, Review, Verdict, Watcher};
use crate::key::KeyRing;
use crate::known;
use crate::mask::{self, MaskedCase};
use crate::operator::{Operators, Stock};
use crate::policy::Policy;
use crate::resolve::{self, Decision};
use crate::risk::{self, Signs};
use crate::rules::{RuleSet, embedded};
use residual::{Misread, add_residual, in_source, misread, outside_of_written, retype};
use std::sync::{Arc, OnceLock};

/// Rules, policy and model, ready for any number of threads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Deidentifier {
    rules: Arc<RuleSet>,
    model: Option<Arc<Model>>,
    model_digest: Option<Arc<str>>,
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
