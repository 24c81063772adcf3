//! Names behind a verb of contact: `Call Morse at the clinic`, `Aviser Lamoureux pour le bilan`.
//!
//! Who is called, asked or told is a person, also when they are called like a scale; a listed name
//! with a capital of its own between such a verb and a preposition is enough.

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::{Token, shape, sorted_hashes};
use std::sync::LazyLock;

/// What such a name weighs: over the tagger's floor, under a keep list.
const SCORE: f32 = 0.7;
/// Least frequency of a name, in factors of ten of bearers per million.
const LISTED: u8 = 4;

/// From which odds, in factors of ten, a form may be the name rather than the word.
const ODDS: i8 = -1;

static VERBS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    sorted_hashes(
        "call called phone phoned page paged text texted email emailed ask asked tell told notify \
         notified remind reminded appeler aviser joindre rappeler prevenir demander",
    )
});
static BEHIND: LazyLock<Vec<u64>> =
    LazyLock::new(|| sorted_hashes("at on re about if when that to au a pour si que quand"));

/// Days, some of which somebody is called like: `ask Monday about it`.
static DAYS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    sorted_hashes(
        "monday tuesday wednesday thursday friday saturday sunday \
         lundi mardi mercredi jeudi vendredi samedi dimanche",
    )
});

/// Proposes them.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let is_one = |list: &[u64], token: &Token| list.binary_search(&token.hash).is_ok();
    for (i, three) in scan.tokens.windows(3).enumerate() {
        let [verb, name, behind] = three else { continue };
        let own_capital = name.has(shape::FIRST_UPPER) && !name.is_all_caps() && name.len() > 2;
        if !own_capital || !name.is_word() || !is_one(&VERBS, verb) || !is_one(&BEHIND, behind) {
            continue;
        }
        let gap = |a: &Token, b: &Token| &view.as_bytes()[a.end as usize..b.start as usize];
        let word = scan.words[i + 1];
        let likely = scan.known[i + 1].odds >= ODDS;
        let medicine = matches!(word.medical(), 1..=4);
        let listed = word.given().max(word.surname()) >= LISTED && likely && !medicine;
        if listed && !is_one(&DAYS, name) && gap(verb, name) == b" " && gap(name, behind) == b" " {
            out.push(Candidate {
                span: ViewSpan::new(name.start, name.end),
                entity: EntityType::PersonOther,
                score: Score::new(SCORE),
                evidence: Evidence::of(&RuleId::new("lexicon.called_name")),
                keep: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    fn found(text: &str) -> Vec<String> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let mut out = Vec::new();
        propose(text, &scratch.scan, &mut out);
        out.iter().map(|c| text[c.span.range()].to_owned()).collect()
    }

    #[test]
    fn who_is_called_is_a_person_and_what_is_called_is_not() {
        assert_eq!(found("Call Morse at the clinic re Morse fall scale 45"), ["Morse"]);
        assert_eq!(found("Aviser Lamoureux pour le bilan"), ["Lamoureux"]);
        assert_eq!(found("Call Pharmacy at noon, ask Monday about it"), [""; 0]);
        assert_eq!(found("call morse at the clinic; called Morse. Call MORSE at"), [""; 0]);
    }
}
