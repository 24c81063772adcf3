//! Tripwires: a few plain shapes of identifiers, sought without rules, lexicon weights or model.
//!
//! A second scan with the same recognizers repeats their blind spots. These wires share nothing
//! with them but the text: a long number, a mail sign, a title before a capital, two words of the
//! lists of names side by side. What no entity touches and trips a wire holds the case. They are
//! few and plain on purpose; clinical text seldom trips them.

use super::{Doubt, HoldReason};
use crate::case::{Case, FieldKind};
use crate::entity::{Entity, EntityType};
use crate::rules::Lexicon;
use crate::span::ByteSpan;
use crate::token::{Token, shape, tokenize};
use regex_automata::meta::Regex;
use std::sync::LazyLock;

/// A wire: what it looks like, and as what it is reported.
struct Wire {
    entity: EntityType,
    regex: Regex,
}

static WIRES: LazyLock<Vec<Wire>> = LazyLock::new(|| {
    use EntityType as E;
    const MONTH: &str = "(?:January|February|March|April|June|July|August|September|October|November|December\
        |janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)";
    let shapes = [
        // Eight digits or more, grouped or not; codes of drugs and terminologies name themselves.
        (E::Id, r"\d(?:[ \-.]?\d){7,}".to_owned()),
        (E::Email, r"[A-Za-z0-9._%+\-]{2,}@[A-Za-z0-9]".to_owned()),
        (E::Url, r"(?i)(?:https?://|www\.)[a-z0-9]".to_owned()),
        (E::PostalCode, r"(?-u:\b)[ABCEGHJ-NPRSTVXY]\d[A-Z][ \-]?\d[A-Z]\d(?-u:\b)".to_owned()),
        (E::Date, r"(?-u:\b)(?:(?:19|20)\d\d[/\-]\d{1,2}[/\-]\d{1,2}|\d{1,2}[/\-]\d{1,2}[/\-](?:19|20)\d\d)(?-u:\b)".to_owned()),
        (E::Date, format!(r"(?i)(?-u:\b){MONTH} \d{{1,2}}, (?:19|20)\d\d(?-u:\b)|(?-u:\b)\d{{1,2}} {MONTH} (?:19|20)\d\d(?-u:\b)")),
        (E::PersonOther, r"(?-u:\b)(?:Drs?|Dre|Mr|Mrs|Ms|Mme|Mlle|Prof|Nurse|Constable|Sgt)\.? \p{Lu}\p{Ll}{2,}".to_owned()),
        (E::Phone, r"\(?(?-u:\b)\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}(?-u:\b)".to_owned()),
        (E::HealthNumber, r"(?i)(?-u:\b)(?:OHIP|RAMQ|NAM|PHN|PHIN|HCN|MRN|SIN|NAS|WSIB|CNESST|CPSO)(?-u:\b)[ :#no.°]{1,8}\d{4,}".to_owned()),
    ];
    let wire = |(entity, shape): (E, String)| {
        Wire { entity, regex: Regex::new(&shape).expect("the wires are tested") }
    };
    shapes.into_iter().map(wire).collect()
});

/// What stands before the number of a drug or a code of a terminology: public, not personal.
static CODES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:(?-u:\b)(?:DIN|NPN|NDC|OMIM|SNOMED|LOINC|ICD|CIM|CPT|PMID|ISBN|ISSN|NCT|DOI|ATC|CCI|SCTID|GTIN|LOT)(?-u:\b)[^\d\n]{0,12}|\+)$")
        .expect("the wires are tested")
});

/// Bytes before a number that are looked at for the name of its code.
const BEFORE: usize = 24;

/// How common a form must be as a given name and as a surname, in factors of ten.
const GIVEN: u8 = 4;
const SURNAME: u8 = 3;

/// Every wire that text outside of all entities trips.
pub(super) fn tripped(case: &Case, entities: &[Entity], lexicon: &Lexicon) -> Vec<HoldReason> {
    let mut reasons = Vec::new();
    let mut tokens = Vec::new();
    for (index, field) in case.fields.iter().enumerate() {
        if field.kind != FieldKind::Value {
            continue;
        }
        let from = entities.partition_point(|e| e.field < index);
        let upto = entities.partition_point(|e| e.field <= index);
        let known = &entities[from..upto];
        let mut trip = |entity: EntityType, start: usize, end: usize| {
            let span = ByteSpan::new(start as u32, end as u32);
            if known.iter().all(|e| !e.span.overlaps(span)) {
                let place = Some((index, span));
                reasons.push(HoldReason { doubt: Doubt::Tripwire, place, entity: Some(entity) });
            }
        };
        let text = field.text.as_str();
        for wire in WIRES.iter() {
            for found in wire.regex.find_iter(text) {
                let excused = match wire.entity {
                    EntityType::Id => is_code(text, found.start()),
                    EntityType::PostalCode => is_spinal(&text[found.start()..found.end()]),
                    _ => false,
                };
                if !excused {
                    trip(wire.entity, found.start(), found.end());
                }
            }
        }
        tokens.clear();
        tokenize(text, &mut tokens);
        for pair in tokens.windows(2) {
            if are_names(text, &pair[0], &pair[1], lexicon) {
                trip(EntityType::PersonOther, pair[0].start as usize, pair[1].end as usize);
            }
        }
    }
    reasons
}

/// True for three levels of the spine in a row, `L4L5S1`: the shape of a postal code.
fn is_spinal(code: &str) -> bool {
    let letters = code.bytes().filter(u8::is_ascii_alphabetic);
    letters.into_iter().all(|b| b"CTLS".contains(&b)) && code.len() == 6
}

/// True when the number at `start` stands behind the name of a code.
fn is_code(text: &str, start: usize) -> bool {
    let from = (start.saturating_sub(BEFORE)..start).find(|&i| text.is_char_boundary(i));
    CODES.is_match(&text[from.unwrap_or(start)..start])
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
    let only = |w: crate::rules::Word| !w.is_dictionary() && w.medical() == 0 && w.place() == 0;
    given.given() >= GIVEN && surname.surname() >= SURNAME && only(given) && only(surname)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trips_and_what_does_not() {
        let lexicon = crate::rules::RuleSet::compile(&crate::rules::embedded()).unwrap().lexicon;
        let cases = [
            ("card 9876543217 on file", true),
            ("card 9876 543 217 2 on file", true),
            ("write to jsmith@example.org", true),
            ("lives at P0L 1N0", true),
            ("seen 2024-03-07", true),
            ("vue le 3 février 2023", true),
            ("Dr. Okafor called", true),
            ("spoke with Mohammed Hussain", true),
            ("DIN 02245913, DIN: 00012345", false),
            ("OMIM +603967, BP 120/80, 1200 - 1500 mL", false),
            ("fusion L4L5S1, Pain 7/10, L4-5, Tinel sign, Boston Scientific", false),
            ("the dr saw her, M. tuberculosis", false),
        ];
        for (text, trips) in cases {
            let case = Case::from_text("", text);
            assert_eq!(!tripped(&case, &[], &lexicon).is_empty(), trips, "{text}");
        }
    }

    #[test]
    fn what_an_entity_touches_trips_nothing() {
        let lexicon = Lexicon::default();
        let case = Case::from_text("", "card 9876543217 on file");
        let entity = Entity {
            field: 0,
            span: ByteSpan::new(5, 15),
            entity: EntityType::Id,
            score: crate::entity::Score::new(1.0),
            evidence: crate::entity::Evidence::of(&crate::entity::RuleId::new("test")),
            referent: 0,
        };
        assert_eq!(tripped(&case, &[], &lexicon).len(), 1);
        assert_eq!(tripped(&case, &[entity], &lexicon).len(), 0);
    }
}
