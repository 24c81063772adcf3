//! What was found in a case, why, and under which rules: evidence without text.

use crate::entity::{Entity, Suppressed};
use crate::policy::Policy;
use crate::risk::RiskNote;
use crate::rules::RuleSet;
use std::collections::BTreeMap;

/// The evidence of one case.
#[derive(Clone, Debug)]
pub struct Record {
    /// Everything found, in source positions, what the policy keeps included.
    pub entities: Vec<Entity>,
    /// Everything proposed and not accepted.
    pub suppressed: Vec<Suppressed>,
    /// Digest of the rules, lexicons and model in force.
    pub rules_digest: String,
    /// Name, version and digest of the policy in force.
    pub policy: (String, u32, String),
    /// What remains that few people have in common.
    pub risk: RiskNote,
    /// True when the gate let the case pass.
    pub released: bool,
}

impl Record {
    /// The record of a case that the gate has not seen yet.
    pub(crate) fn new(
        rules: &RuleSet,
        policy: &Policy,
        entities: Vec<Entity>,
        suppressed: Vec<Suppressed>,
        risk: RiskNote,
    ) -> Self {
        Self {
            entities,
            suppressed,
            rules_digest: rules.digest.as_str().to_owned(),
            policy: (policy.id.clone(), policy.version, policy.digest.clone()),
            risk,
            released: false,
        }
    }

    /// How many entities of each type were found.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for entity in &self.entities {
            *counts.entry(entity.entity.name()).or_default() += 1;
        }
        counts
    }
}
