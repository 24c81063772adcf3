//! Whose name a name is, told from all of its mentions: who is called doctor once is a provider
//! wherever the name stands.
//!
//! Changes only types, and none that a rule is sure of; what is masked stays.

use super::scan::Scan;
use super::typing::{ROLES, TYPES, Told};
use crate::entity::{Candidate, EntityType};
use crate::token::WordMap;
use std::ops::Range;

/// How much the other mentions of a name weigh, against what stands around the mention itself.
const OTHERS: f32 = 0.6;
/// How much a rule that told a role speaks for it, in natural logarithms.
const SURE: f32 = 3.0;

/// How much speaks for each role.
type Voices = [f32; ROLES];

/// A mention of a person.
struct Mention {
    candidate: usize,
    words: Range<usize>,
    /// Relative to the likeliest role.
    voices: Voices,
    /// False where a rule told the role.
    open: bool,
}

/// Gives each name whose role no rule told the one that its own surroundings and those of the other
/// mentions speak for most.
pub(super) fn spread(scan: &Scan, told: &[Told], candidates: &mut [Candidate]) {
    let mentions = mentions(scan, told, candidates);
    let mut heard: WordMap<(u32, Voices)> = WordMap::default();
    for mention in &mentions {
        for token in &scan.tokens[mention.words.clone()] {
            let (count, voices) = heard.entry(token.hash).or_default();
            *count += 1;
            add(voices, &mention.voices, 1.0);
        }
    }
    for mention in mentions.iter().filter(|m| m.open) {
        let heard = scan.tokens[mention.words.clone()].iter().filter_map(|t| heard.get(&t.hash));
        // The word that the fewest share: a given name rather than a family's.
        let Some((_, all)) = heard.min_by_key(|(count, _)| *count) else { continue };
        let mut voices = mention.voices.map(|v| v * (1.0 - OTHERS));
        add(&mut voices, all, OTHERS);
        let best = (0..ROLES).max_by(|&a, &b| voices[a].total_cmp(&voices[b]));
        candidates[mention.candidate].entity = best.map_or(EntityType::PersonOther, |b| TYPES[b]);
    }
}

fn mentions(scan: &Scan, told: &[Told], candidates: &[Candidate]) -> Vec<Mention> {
    // By first word: what is linked to another mention stands in most cases where the tagger found it, too.
    let mut own: WordMap<Voices> = WordMap::default();
    for t in told {
        let first = scan.within(candidates[t.candidate].span).start;
        own.insert(first as u64, relative(t.roles));
    }
    let mut told = told.iter().peekable();
    let mut mentions = Vec::new();
    for (n, candidate) in candidates.iter().enumerate() {
        let roles = told.next_if(|t| t.candidate == n).map(|t| t.roles);
        let role = TYPES[..ROLES].iter().position(|r| *r == candidate.entity);
        let Some(role) = role.filter(|_| !candidate.keep) else { continue };
        let (linked, words) = (candidate.evidence.linked, scan.within(candidate.span));
        let voices = match roles {
            Some(roles) => relative(roles),
            None if linked => own.get(&(words.start as u64)).copied().unwrap_or_default(),
            None => std::array::from_fn(|r| if r == role { 0.0 } else { -SURE }),
        };
        let open = roles.is_some() || linked;
        mentions.push(Mention { candidate: n, words, voices, open });
    }
    mentions
}

/// Against the likeliest role, which has 0.
fn relative(roles: Voices) -> Voices {
    let most = roles.into_iter().fold(f32::MIN, f32::max);
    roles.map(|r| r - most)
}

fn add(sum: &mut Voices, voices: &Voices, weight: f32) {
    for (s, v) in sum.iter_mut().zip(voices) {
        *s += v * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::case::Case;
    use crate::entity::{Evidence, RuleId, Score};
    use crate::pipeline::Deidentifier;
    use crate::rules::RuleSet;
    use crate::span::ViewSpan;

    /// The roles of the words `Ilze` of a text, of which some are told and some a rule knows.
    fn roles_of_ilze(told: &[Option<Voices>]) -> Vec<EntityType> {
        let text = "Ilze called. ".repeat(told.len());
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(&text, &rules);
        let mut candidates: Vec<Candidate> = (0..told.len() as u32)
            .map(|n| Candidate {
                span: ViewSpan::new(13 * n, 13 * n + 4),
                entity: EntityType::PersonProvider,
                score: Score::new(0.6),
                evidence: Evidence::of(&RuleId::new("test")),
                keep: false,
            })
            .collect();
        let told: Vec<Told> = told
            .iter()
            .enumerate()
            .filter_map(|(candidate, roles)| Some(Told { candidate, roles: (*roles)? }))
            .collect();
        spread(&scratch.scan, &told, &mut candidates);
        candidates.iter().map(|c| c.entity).collect()
    }

    #[test]
    fn the_mention_whose_surroundings_say_most_tells_the_others() {
        use EntityType::{PersonFamily, PersonOther, PersonPatient, PersonProvider};
        // In the order of `TYPES`: patient, provider, family, other.
        let (family, doubtful) = ([0.0, 0.0, 4.0, 0.0], [0.3, 0.0, 0.2, 0.1]);
        assert_eq!(TYPES[..ROLES], [PersonPatient, PersonProvider, PersonFamily, PersonOther]);
        assert_eq!(roles_of_ilze(&[Some(doubtful)]), [PersonPatient]);
        assert_eq!(roles_of_ilze(&[Some(doubtful), Some(family)]), [PersonFamily; 2]);
        // What a rule knows stays, and outweighs surroundings that say little.
        let little = [0.0, 0.0, 1.0, 0.0];
        assert_eq!(roles_of_ilze(&[None, Some(little)]), [PersonProvider; 2]);
        assert_eq!(roles_of_ilze(&[None, Some(family)]), [PersonProvider, PersonFamily]);
        assert_eq!(roles_of_ilze(&[None]), [PersonProvider]);
    }

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
    fn whom_a_letter_thanks_for_seeing_is_the_patient() {
        let text = "Thank you for seeing Mr. Okonkwo about his hip. Mr. Okonkwo walks with a cane.";
        let patient = ("Okonkwo".to_owned(), "PERSON_PATIENT".to_owned());
        assert_eq!(types(text), [patient.clone(), patient]);
    }
}
