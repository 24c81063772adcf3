//! Tripwires: a few plain shapes of identifiers, sought without rules, cues or model.
//!
//! A second scan with the same recognizers repeats their blind spots. The wires share with them the
//! lists of names and nothing else: a long number, a mail sign, a title before a capital, two words
//! of the lists side by side. What nobody decided about and trips a wire holds the case. They are
//! few and plain on purpose, so that clinical text seldom trips them; names in lower case do not.

use super::decided::Decided;
use super::seam;
use super::wire::{WHOLE_DATES, WIRES, is_code, is_spinal};
use super::{Doubt, HoldReason};
use crate::case::{Case, FieldKind};
use crate::entity::{Entity, EntityType};
use crate::mask::MaskedCase;
use crate::rules::Lexicon;
use crate::span::ByteSpan;
use crate::token::{Token, shape, tokenize};
use regex_automata::Input;
use std::ops::Range;

/// How common a form must be as a given name and as a surname, in factors of ten.
const GIVEN: u8 = 4;
const SURNAME: u8 = 3;
/// The same for a word by itself.
const ALONE: u8 = 4;

/// Every wire that the masked text trips outside of what masking wrote and the policy keeps.
pub(super) fn tripped(
    case: &Case,
    masked: &MaskedCase,
    entities: &[Entity],
    lexicon: &Lexicon,
) -> Vec<HoldReason> {
    let mut reasons = Vec::new();
    let mut tokens = Vec::new();
    let mut key = "";
    for (index, (field, text)) in case.fields.iter().zip(masked.texts()).enumerate() {
        if field.kind == FieldKind::Key {
            key = text;
        }
        let decided = Decided::of(case, index, masked, entities);
        let mut trip = |entity: EntityType, output: ByteSpan| {
            let place = decided.in_source(output).map(|source| (index, source));
            reasons.push(HoldReason { doubt: Doubt::Tripwire, place, entity: Some(entity) });
        };
        // Stretch by stretch, so that nothing is excused by what stands beside it.
        for stretch in decided.between(text.len()) {
            if let Some(end) = half_a_number(text, &stretch) {
                trip(EntityType::Id, ByteSpan::new(stretch.start as u32, end as u32));
            }
            let input = Input::new(text).span(stretch.clone());
            for wire in WIRES.at(&input) {
                for found in wire.regex().find_iter(input.clone()) {
                    let excused = match wire.entity {
                        EntityType::Id => {
                            let letters =
                                text[found.range()].bytes().take_while(|b| !b.is_ascii_digit());
                            is_code(key, text, found.start() + letters.count())
                        }
                        EntityType::PostalCode => is_spinal(&text[found.range()]),
                        _ => false,
                    };
                    if !excused {
                        let span = ByteSpan::new(found.start() as u32, found.end() as u32);
                        trip(wire.entity, span);
                    }
                }
            }
        }
        for stretch in decided.unwritten(text.len()) {
            let input = Input::new(text).span(stretch.clone());
            for wire in WHOLE_DATES.at(&input) {
                for found in wire.regex().find_iter(input.clone()) {
                    let span = ByteSpan::new(found.start() as u32, found.end() as u32);
                    if !decided.covers(text, span) {
                        trip(wire.entity, span);
                    }
                }
            }
        }
        for (part, before, behind) in decided.seams(text.len()) {
            for (entity, range) in seam::joined(text, part, before, behind) {
                let span = ByteSpan::new(range.start as u32, range.end as u32);
                if !decided.covers(text, span) {
                    trip(entity, span);
                }
            }
        }
        for part in decided.words_with_digits(text) {
            trip(part.entity, part.output);
        }
        tokens.clear();
        tokenize(text, &mut tokens);
        for pair in tokens.windows(2) {
            let (first, second) = (&pair[0], &pair[1]);
            let start = if are_names(text, first, second, lexicon) {
                first.start
            } else if is_name(text, first, second, lexicon) {
                second.start
            } else {
                continue;
            };
            let span = ByteSpan::new(start, second.end);
            if !decided.touches(span) {
                trip(EntityType::PersonOther, span);
            }
        }
    }
    reasons
}

/// Where the digits end that a stretch begins with, joined to what was masked before it: the other
/// half of a number, as in `2021-555-0134` behind a date that took the area code.
fn half_a_number(text: &str, stretch: &Range<usize>) -> Option<usize> {
    const LEAST: usize = 4;
    if stretch.start == 0 {
        return None;
    }
    let joined = |b: &&u8| b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let run = text.as_bytes()[stretch.clone()].iter().take_while(joined);
    let digits = run.clone().filter(|b| b.is_ascii_digit()).count();
    (digits >= LEAST).then(|| stretch.start + run.count())
}

/// True for two capitalised words, one known as a given name, the other as a surname, neither a
/// word of a dictionary or of medicine.
fn are_names(text: &str, first: &Token, second: &Token, lexicon: &Lexicon) -> bool {
    let capitalised =
        |t: &Token| t.is_word() && t.len() > 2 && t.has(shape::FIRST_UPPER | shape::LOWER);
    let beside = text.get(first.end as usize..second.start as usize) == Some(" ");
    if !beside || !capitalised(first) || !capitalised(second) {
        return false;
    }
    let (given, surname) = (lexicon.word(first.hash), lexicon.word(second.hash));
    let only = |w: crate::rules::Word| !w.is_dictionary() && w.medical() == 0 && !w.is_eponym();
    given.given() >= GIVEN && surname.surname() >= SURNAME && only(given) && only(surname)
}

/// True when the second word is known as a name, as nothing else, in the middle of a sentence.
fn is_name(text: &str, before: &Token, word: &Token, lexicon: &Lexicon) -> bool {
    let inside = text.get(before.end as usize..word.start as usize) == Some(" ")
        && before.shape == shape::LOWER;
    let capitalised = word.is_word() && word.has(shape::FIRST_UPPER | shape::LOWER);
    if !inside || !capitalised || word.len() < 4 {
        return false;
    }
    let known = lexicon.word(word.hash);
    let frequent = known.english().max(known.french()) >= 7;
    known.given().max(known.surname()) >= ALONE
        && !known.is_dictionary()
        && known.medical() == 0
        && !known.is_eponym()
        && known.place() == 0
        && !frequent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Format, decode};
    use crate::entity::{Evidence, RuleId, Score};
    use crate::mask::mask;

    #[test]
    fn what_trips_and_what_does_not() {
        let lexicon = crate::rules::RuleSet::compile(&crate::rules::embedded()).unwrap().lexicon;
        let cases = [
            ("card 9876543217 on file", true),
            ("card 9876 543 217 2 on file", true),
            ("write to jsmith@example.org", true),
            ("lives at P0L 1N0", true),
            ("lives at L4T1S5", true),
            ("call +14165550123", true),
            ("seen 2024-03-07", true),
            ("vue le 3 février 2023", true),
            ("Dr. Okafor called", true),
            ("4 patch, N619033 filled", true),
            ("\n@dr_penner 9:07: what", true),
            ("images on ://", true),
            ("no repeat 27DEC, lobectomy Sep2021", true),
            ("on CIPRO from 05/28 on", true),
            ("Age:  92", true),
            ("patch in a 91-year-old", true),
            ("seen Jan 16 2025", true),
            ("vu le 3 de mars 2023", true),
            ("IMPLANTED JUNE 14 2023", true),
            ("DOB 12/APR/1952", true),
            ("on the second of November", true),
            ("came February the fourth", true),
            ("stamp 2025-03-04T08:11:52", true),
            ("back late June.", true),
            ("remis fin mars", true),
            ("moved to bed ER 2, stable", true),
            ("spoke with Mohammed Hussain", true),
            ("DIN 02245913, DIN: 00012345, DIN02245913, NCT-01234567", false),
            ("OMIM +603967, BP 120/80, 1200 - 1500 mL", false),
            ("fusion L4L5S1, Pain 7/10, L4-5, Tinel sign, Boston Scientific", false),
            ("the dr saw her, M. tuberculosis", false),
            ("in bed 20 hours, au lit 2 fois, march 2 km, may 10 mg", false),
            ("the second of three, mid-thoracic, late for the march past", false),
            ("pain 05/10, 02/04, sat 92, age 45, O2 92%, HM @0310", false),
            ("plt 250000, Oxyneo 30-0-20, MED 60/60/60", false),
        ];
        for (text, trips) in cases {
            let case = Case::from_text("", text);
            let found = tripped(&case, &mask(&case, &[], &[]), &[], &lexicon);
            assert_eq!(!found.is_empty(), trips, "{text}");
        }
    }

    #[test]
    fn a_key_names_the_code_of_its_value_and_trips_itself() {
        let cases = [
            (r#"{"drug_din": "02239607", "npn": [80012345]}"#, 0),
            (r#"{"DIN": "taken by 02239607"}"#, 1),
            (r#"{"din": "02239607", "chart": "02239607"}"#, 1),
            (r#"{"phone": "+14165550123"}"#, 1),
            (r#"{"9876543217": "pain"}"#, 1),
        ];
        for (json, expected) in cases {
            let id = crate::case::CaseId::new("");
            let case = decode(id, json.as_bytes(), Format::Json, None).unwrap();
            let found = tripped(&case, &mask(&case, &[], &[]), &[], &Lexicon::default());
            assert_eq!(found.len(), expected, "{json}");
        }
    }

    #[test]
    fn what_was_decided_trips_nothing_and_places_are_those_of_the_source() {
        let lexicon = Lexicon::default();
        let case = Case::from_text("", "card 9876543217, then 5551234567");
        let entity = |start, end| Entity {
            field: 0,
            span: ByteSpan::new(start, end),
            entity: EntityType::Id,
            score: Score::new(1.0),
            evidence: Evidence::of(&RuleId::new("test")),
            referent: 0,
        };
        let places = |entities: &[Entity], written: &[Option<String>]| {
            let masked = mask(&case, entities, written);
            let found = tripped(&case, &masked, entities, &lexicon);
            found.into_iter().map(|r| r.place.unwrap().1).collect::<Vec<_>>()
        };
        let (first, second) = (ByteSpan::new(5, 15), ByteSpan::new(22, 32));
        assert_eq!(places(&[], &[]), [first, second]);
        assert_eq!(places(&[entity(5, 15)], &[Some("[ID-1]".into())]), [second]);
        assert_eq!(places(&[entity(5, 15)], &[None]), [second]);
        // A wire sees across a year that is kept, and into a province that was taken for too much.
        let kept = |text: &str, entity_type, end| {
            let case = Case::from_text("", text);
            let year = [Entity { entity: entity_type, ..entity(0, end) }];
            tripped(&case, &mask(&case, &year, &[None]), &year, &lexicon).len()
        };
        assert_eq!(kept("2023/08/30 seen", EntityType::Date, 4), 1);
        assert_eq!(kept("2023/08/30 seen", EntityType::Date, 10), 0);
        assert_eq!(kept("Ontario P4N 1A9", EntityType::Province, 15), 1);
        assert_eq!(kept("Ontario P4N 1A9", EntityType::Province, 7), 1);
        assert_eq!(kept("Ontario, seen", EntityType::Province, 7), 0);
        let both = [entity(5, 15), entity(22, 32)];
        assert_eq!(places(&both, &[Some("[ID-1]".into()), None]), []);
        // What was written excuses nothing that stands beside it.
        let case = Case::from_text("", "May 2018 98765432");
        let date = [entity(0, 8)];
        let masked = mask(&case, &date, &[Some("2018".into())]);
        assert_eq!(tripped(&case, &masked, &date, &lexicon).len(), 1);
    }
}
