//! Names typed in capitals, without the verb behind and the preposition before them: in `DR TREMAYNE
//! AGREES` nothing but the words themselves tells where the name ends.
//!
//! Only words that no one is called are taken off. A word of the dictionary may be a name: Many
//! Bears, Heavy Runner, Stands Alone.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType};
use crate::span::ViewSpan;
use crate::token::word_hash;
use std::ops::Range;
use std::sync::LazyLock;

/// Verbs and prepositions behind a name, besides those of [`CueClass::Saying`].
static BEHIND: LazyLock<[u64; 15]> = LazyLock::new(|| {
    [
        "was", "is", "has", "had", "accepts", "accepted", "agreed", "spoke", "by", "in", "at",
        "for", "from", "who", "via",
    ]
    .map(|w| word_hash(w.as_bytes()))
});
/// Prepositions before one.
static BEFORE: LazyLock<[u64; 2]> =
    LazyLock::new(|| ["by", "par"].map(|w| word_hash(w.as_bytes())));

/// Shortens the names that patterns found in capitals; a word stays of each.
pub(super) fn trim(view: &str, scan: &Scan, candidates: &mut [Candidate]) {
    for c in candidates {
        let person = c.entity.is_person() && c.entity != EntityType::Initials && !c.keep;
        if !person || view[c.span.range()].bytes().any(|b| b.is_ascii_lowercase()) {
            continue;
        }
        let Range { start: first, end } = scan.within(c.span);
        let is_behind = |i: usize| {
            scan.known[i].cue.has(CueClass::Saying) || BEHIND.contains(&scan.tokens[i].hash)
        };
        let mut to = end;
        while to > first + 1 && is_behind(to - 1) {
            to -= 1;
        }
        let inside = first..to.saturating_sub(1);
        let from = inside.rev().find(|&i| BEFORE.contains(&scan.tokens[i].hash));
        let from = from.map_or(first, |i| i + 1);
        if (from, to) != (first, end) {
            c.span = ViewSpan::new(scan.tokens[from].start, scan.tokens[to - 1].end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scan::Scratch;
    use crate::entity::{Evidence, RuleId, Score};
    use crate::rules::RuleSet;

    fn trimmed(view: &str, name: &str) -> String {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(view, &rules);
        let at = view.find(name).unwrap() as u32;
        let mut found = vec![Candidate {
            span: ViewSpan::new(at, at + name.len() as u32),
            entity: EntityType::PersonProvider,
            score: Score::new(0.9),
            evidence: Evidence::of(&RuleId::new("any.test")),
            keep: false,
        }];
        trim(view, &scratch.scan, &mut found);
        view[found[0].span.range()].to_owned()
    }

    #[test]
    fn verbs_and_prepositions_beside_a_name_in_capitals_stay() {
        let left = |view, name| trimmed(view, name);
        assert_eq!(left("PER DR TREMAYNE AGREES NO", "TREMAYNE AGREES"), "TREMAYNE");
        assert_eq!(
            left("PRONOUNCED BY H. TOMAGATICK RN", "PRONOUNCED BY H. TOMAGATICK"),
            "H. TOMAGATICK"
        );
        assert_eq!(left("MR. KOOSTACHIN WAS OUT", "KOOSTACHIN WAS"), "KOOSTACHIN");
        assert_eq!(left("DR OKAFOR OUT", "OKAFOR"), "OKAFOR");
        assert_eq!(left("Dr Will By", "Will By"), "Will By");
    }

    #[test]
    fn names_of_words_of_the_dictionary_stay_whole() {
        for name in
            ["MANY BEARS", "HEAVY RUNNER", "JOSEPH STANDS ALONE", "STANDING READY", "DAY CHIEF"]
        {
            assert_eq!(trimmed(&format!("MR. {name} SEEN"), name), name);
        }
    }
}
