//! Whose name a name is, told from the rest of the case: who is called doctor once is a provider
//! wherever the name stands.
//!
//! Changes only the type of names that nothing near tells anything about; what is masked stays.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType};
use crate::token::WordMap;

/// Bits of the roles that a word of a name was met in.
#[derive(Clone, Copy, Debug, Default)]
struct Roles(u8);

/// Roles, the likelier one of a shared name first: a surname alone is the patient's sooner than that
/// of a relative.
const ROLES: [EntityType; 3] =
    [EntityType::PersonPatient, EntityType::PersonProvider, EntityType::PersonFamily];

/// Gives names without a role that of the person whose name they share.
pub(super) fn spread(scan: &Scan, candidates: &mut [Candidate]) {
    let mut known: WordMap<Roles> = WordMap::default();
    for c in candidates.iter().filter(|c| !c.keep) {
        let Some(role) = ROLES.iter().position(|r| *r == c.entity) else { continue };
        for i in scan.within(c.span) {
            known.entry(scan.tokens[i].hash).or_default().0 |= 1 << role;
        }
    }
    let patient = candidates.iter().any(|c| !c.keep && c.entity == EntityType::PersonPatient);
    let titled = if patient { None } else { most_titled(scan, candidates) };
    for c in candidates.iter_mut().filter(|c| c.entity == EntityType::PersonOther && !c.keep) {
        let words = scan.within(c.span);
        // One that a cue calls friend or lawyer is that.
        if words.start > 0 && called(scan, words.start) {
            continue;
        }
        let hashes = || scan.tokens[words.clone()].iter().map(|t| t.hash);
        let all = hashes().filter_map(|h| known.get(&h)).map(|r| r.0);
        // The roles that all known words of the name were met in; where there are none, any.
        let common = all.reduce(|a, b| if a & b == 0 { a | b } else { a & b });
        if let Some(role) = common.and_then(|set| (0..ROLES.len()).find(|r| set & (1 << r) != 0)) {
            c.entity = ROLES[role];
        } else if titled.is_some_and(|hash| hashes().any(|h| h == hash)) {
            c.entity = EntityType::PersonPatient;
        }
    }
}

/// The last word of the name that stands behind `Mr` or `Mme` most often, first of equals: where
/// nobody is called the patient, that is who the case is about.
fn most_titled(scan: &Scan, candidates: &[Candidate]) -> Option<u64> {
    let mut counts: WordMap<(u32, usize)> = WordMap::default();
    for c in candidates.iter().filter(|c| c.entity == EntityType::PersonOther && !c.keep) {
        let words = scan.within(c.span);
        let title = |i: usize| scan.known[i].cue.has(CueClass::CivilTitle);
        if words.is_empty() || words.start == 0 || !title(words.start - 1) {
            continue;
        }
        if called(scan, words.start - 1) {
            continue;
        }
        let entry = counts.entry(scan.tokens[words.end - 1].hash).or_insert((0, words.start));
        entry.0 += 1;
    }
    counts.into_iter().max_by_key(|&(_, (n, first))| (n, std::cmp::Reverse(first))).map(|(h, _)| h)
}

/// True when one of the two words before token `i` names another role.
fn called(scan: &Scan, i: usize) -> bool {
    (i.saturating_sub(2)..i).any(|k| scan.known[k].cue.has(CueClass::OtherRole))
}

#[cfg(test)]
mod tests {
    use crate::case::Case;
    use crate::pipeline::Deidentifier;

    fn types(text: &str) -> Vec<(String, String)> {
        let engine = Deidentifier::embedded("echo-case").unwrap();
        let decision = engine.detect(&Case::from_text("c", text), &mut engine.scratch());
        let found = decision.entities.iter();
        found.map(|e| (text[e.span.range()].to_owned(), e.entity.to_string())).collect()
    }

    #[test]
    fn later_mentions_have_the_role_of_the_first() {
        let text = "Patient: Amara Okonkwo\nSeen by Dr. Halvorsen.\n\
                    Okonkwo sleeps badly. Halvorsen agrees.\nHer lawyer Ms. Dufresne called.";
        let types = types(text);
        let of = |name: &str| -> Vec<&str> {
            types.iter().filter(|t| t.0.contains(name)).map(|t| t.1.as_str()).collect()
        };
        assert_eq!(of("Okonkwo"), ["PERSON_PATIENT", "PERSON_PATIENT"]);
        assert_eq!(of("Halvorsen"), ["PERSON_PROVIDER", "PERSON_PROVIDER"]);
        assert_eq!(of("Dufresne"), ["PERSON_OTHER"]);
    }

    #[test]
    fn who_is_titled_most_is_the_patient_where_nobody_is() {
        let text = "Thank you for seeing Mr. Okonkwo. Mr. Okonkwo walks with a cane.";
        assert!(types(text).iter().all(|t| t.1 == "PERSON_PATIENT"), "{:?}", types(text));
    }
}
