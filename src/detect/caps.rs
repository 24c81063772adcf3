//! Names typed in capitals, without the words around them: in `DR TREMAYNE AGREES` nothing but the
//! words themselves tells where the name ends.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType};
use crate::token::shape;

/// How much likelier a word must be a word than a name, in factors of ten, so that it is none.
const WORD: i8 = -3;

/// Takes words that are hardly names off the ends of the names that patterns found in capitals; a
/// name of which nothing is left was none, unless a title came before it.
pub(super) fn trim(view: &str, scan: &Scan, candidates: &mut Vec<Candidate>) {
    candidates.retain_mut(|c| {
        let person = c.entity.is_person() && c.entity != EntityType::Initials && !c.keep;
        if !person || view[c.span.range()].bytes().any(|b| b.is_ascii_lowercase()) {
            return true;
        }
        let first = scan.tokens.partition_point(|t| t.end <= c.span.start());
        let end = scan.tokens.partition_point(|t| t.start < c.span.end());
        let is_word = |i: usize| {
            let (token, known) = (&scan.tokens[i], &scan.known[i]);
            token.is_word()
                && !token.has(shape::DIGIT)
                && token.len() > 1
                && known.odds <= WORD
                && known.word.is_dictionary()
        };
        let (mut from, mut to) = (first, end);
        while to > from + 1 && is_word(to - 1) {
            to -= 1;
        }
        while to > from + 1 && is_word(from) {
            from += 1;
        }
        if from == first && to == end {
            return true;
        }
        let titled = first.checked_sub(1).is_some_and(|before| {
            let cue = scan.known[before].cue;
            cue.has(CueClass::ProviderTitle) || cue.has(CueClass::CivilTitle)
        });
        let nothing = is_word(from) && !titled;
        c.span = crate::span::ViewSpan::new(scan.tokens[from].start, scan.tokens[to - 1].end);
        !nothing
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scan::Scratch;
    use crate::entity::{Evidence, RuleId, Score};
    use crate::rules::RuleSet;
    use crate::span::ViewSpan;

    fn trimmed(view: &str, name: &str) -> Option<String> {
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
        found.first().map(|c| view[c.span.range()].to_owned())
    }

    #[test]
    fn words_beside_a_name_in_capitals_stay() {
        let left = |view, name| trimmed(view, name).unwrap_or_default();
        assert_eq!(left("PER DR TREMAYNE AGREES NO", "TREMAYNE AGREES"), "TREMAYNE");
        assert_eq!(left("PRONOUNCED BY H. TOMAGATICK RN", "BY H. TOMAGATICK"), "H. TOMAGATICK");
        assert_eq!(left("MR. KOOSTACHIN WAS OUT", "KOOSTACHIN WAS"), "KOOSTACHIN");
        assert_eq!(left("DR OKAFOR OUT", "OKAFOR"), "OKAFOR");
        assert_eq!(left("Dr Will By", "Will By"), "Will By");
    }

    #[test]
    fn words_alone_are_no_name() {
        assert_eq!(trimmed("TOLD TO CALL MD", "TOLD TO CALL"), None);
    }
}
