//! What a rule set must know: the examples of the built-in rules.
//!
//! A rule folder that lost a family of recognizers, or a tagger, masks less and says nothing. So an
//! engine with other rules than the built-in ones is asked for the examples that these carry, and
//! releases nothing by itself when it finds too few of a kind.

use crate::case::Case;
use crate::decode::Document;
use crate::detect::{self, Model, Scratch, Tuning};
use crate::entity::{EntityType, Score};
use crate::resolve;
use crate::rules::RuleSet;
use crate::span::ByteSpan;
use std::collections::BTreeMap;

/// Of the examples of a kind so many of a hundred are to be found.
const FOUND: usize = 90;
/// A kind with fewer examples tells nothing.
const FEW: usize = 4;

/// The types of which `rules` and `model`, so tuned, mask too few of the examples that the rules `built_in`
/// carry, in the order of the taxonomy; empty when all is known. Without a tagger it is all types:
/// examples of rules say nothing about what only the tagger finds.
pub(crate) fn unknown(
    built_in: &RuleSet,
    rules: &RuleSet,
    model: Option<&Model>,
    tuning: Tuning,
) -> Vec<EntityType> {
    if model.is_none() {
        return EntityType::ALL.to_vec();
    }
    let mut scratch = Scratch::new(rules);
    let tuning = Tuning { explain: false, ..tuning };
    let mut counts: BTreeMap<EntityType, (usize, usize)> = BTreeMap::new();
    let masking = built_in.rules.iter().filter(|rule| !rule.keep);
    for (rule, example) in masking.flat_map(|r| r.positive.iter().map(move |p| (r, p))) {
        let case = Case::from_text("", example.text.as_str());
        let document = Document::new(&case);
        let candidates = detect::detect(&document, rules, model, tuning, &mut scratch);
        let found = resolve::resolve(&document, candidates, Score::FLOOR).entities;
        let masked = |at: u32| found.iter().any(|e| e.span.start() <= at && at < e.span.end());
        for span in places(&example.text, &example.finds) {
            let text = example.text.as_bytes();
            let readable = (span.start()..span.end())
                .any(|b| text[b as usize].is_ascii_alphanumeric() && !masked(b));
            let (found, all) = counts.entry(rule.entity).or_default();
            *all += 1;
            *found += usize::from(!readable);
        }
    }
    let few = |(found, all): (usize, usize)| all >= FEW && found * 100 < all * FOUND;
    counts.into_iter().filter(|(_, count)| few(*count)).map(|(entity, _)| entity).collect()
}

/// Where the strings of an example stand.
fn places(text: &str, finds: &[String]) -> Vec<ByteSpan> {
    let mut from = 0;
    let mut place = |find: &String| {
        let at = from + text.get(from..)?.find(find.as_str())?;
        from = at + find.len();
        Some(ByteSpan::new(at as u32, from as u32))
    };
    // What is not there is counted as not found: its place is the whole text.
    finds.iter().map(|f| place(f).unwrap_or(ByteSpan::new(0, text.len() as u32))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::embedded;

    #[test]
    fn the_built_in_rules_know_their_examples_and_nothing_is_known_without_a_tagger() {
        let rules = RuleSet::embedded().unwrap();
        let files = embedded();
        let model = Model::from_bytes(files.model(), files.network()).unwrap();
        let tuning = Tuning::default();
        assert_eq!(unknown(&rules, &rules, Some(&model), tuning), []);
        assert_eq!(unknown(&rules, &rules, None, tuning), EntityType::ALL);
    }

    #[test]
    fn what_an_example_does_not_hold_counts_as_not_found() {
        let finds = ["12".to_owned(), "12".to_owned(), "99".to_owned()];
        let found = places("12 and 12", &finds);
        assert_eq!(found, [ByteSpan::new(0, 2), ByteSpan::new(7, 9), ByteSpan::new(0, 9)]);
    }
}
