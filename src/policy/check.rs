//! What a policy may not order, and what its author should know.

use super::{Basis, Operator, Policy};
use crate::rules::Taxonomy;

/// Orders that the policy's legal basis forbids: such a policy is not loaded.
pub(super) fn refusals(policy: &Policy) -> Vec<String> {
    if policy.basis != Some(Basis::SafeHarbor) {
        return Vec::new();
    }
    let mut refused = Vec::new();
    for (name, settings) in policy.table() {
        for setting in settings {
            let why = match setting.operator {
                Operator::KeyedHash => "a code derived from an identifier (164.514(c))",
                Operator::Seal => "an identifier that can be brought back (164.514(b)(2)(i))",
                Operator::Shift => "elements of dates below the year (164.514(b)(2)(i)(C))",
                _ => continue,
            };
            refused.push(format!("{name}: {} leaves {why}", setting.operator.name()));
        }
    }
    refused
}

/// What is wrong with a policy that can be loaded, a sentence each; empty when nothing is.
pub fn problems(policy: &Policy, taxonomy: &Taxonomy) -> Vec<String> {
    let mut found = refusals(policy);
    for (name, settings) in policy.table() {
        for setting in &settings {
            if setting.operator == Operator::CharacterMask {
                found.push(format!("{name}: character-mask shows how long the value was"));
            }
        }
    }
    if policy.basis == Some(Basis::SafeHarbor) {
        for entity in crate::entity::EntityType::ALL {
            let kept = policy.operator(*entity) == Operator::Keep;
            if let Some(letter) = taxonomy.of(*entity).hipaa.filter(|_| kept) {
                found.push(format!("{}: kept, but letter {letter} names it", entity.name()));
            }
        }
    }
    found
}
