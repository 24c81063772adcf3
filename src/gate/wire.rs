//! The shapes of the tripwires, and what has such a shape and names nobody.

use super::seam::ORDINAL;
use crate::entity::EntityType;
use regex_automata::Input;
use regex_automata::meta::Regex;
use std::sync::{LazyLock, OnceLock};

/// A wire: what it looks like, and as what it is reported.
pub(super) struct Wire {
    pub(super) entity: EntityType,
    shape: String,
    regex: OnceLock<Regex>,
}

impl Wire {
    fn new((entity, shape): (EntityType, String)) -> Self {
        Self { entity, shape, regex: OnceLock::new() }
    }

    /// Made when first needed: hardly any text trips hardly any wire.
    pub(super) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| Regex::new(&self.shape).expect(TESTED))
    }
}

const TESTED: &str = "the wires are tested";

/// Wires, and what tells in one look that no wire is tripped.
pub(super) struct Wires {
    any: Regex,
    each: Vec<Wire>,
}

impl Wires {
    fn new(shapes: impl IntoIterator<Item = (EntityType, String)>) -> Self {
        let each: Vec<Wire> = shapes.into_iter().map(Wire::new).collect();
        let shapes: Vec<&str> = each.iter().map(|wire| wire.shape.as_str()).collect();
        Self { any: Regex::new_many(&shapes).expect(TESTED), each }
    }

    /// The wires of which some may be tripped in this stretch: all or none.
    pub(super) fn at(&self, stretch: &Input<'_>) -> &[Wire] {
        if self.any.is_match(stretch.clone()) { &self.each } else { &[] }
    }
}

/// What is sought in each stretch by itself.
pub(super) static WIRES: LazyLock<Wires> = LazyLock::new(|| {
    use EntityType as E;
    const MONTH: &str = "(?:January|February|March|April|June|July|August|September|October|November|December\
        |janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)";
    let shapes = [
        // Eight digits or more, grouped or not; codes of drugs and terminologies name themselves.
        (E::Id, r"\d(?:[ \-.]?\d){7,}".to_owned()),
        (E::Email, r"[A-Za-z0-9._%+\-]{2,}@[A-Za-z0-9]".to_owned()),
        // A handle; not what stands behind a word that was masked, `[PATIENT-1]@home`.
        (E::Username, r"(?:^|[\s(,;])@[A-Za-z]".to_owned()),
        (E::Id, r"(?-u:\b)[A-Z]{1,3}-?\d{6,}(?-u:\b)".to_owned()),
        // The signs by themselves, too: what is around them may be masked.
        (E::Url, r"(?i)://|www\.[a-z0-9]".to_owned()),
        (E::Phone, r"(?i)(?-u:\b)(?:ext\.?|extension|poste) ?\d{1,5}(?-u:\b)".to_owned()),
        (E::IpMac, r"(?i)(?-u:\b)[0-9a-f]{2}(?::[0-9a-f]{2}){3,}".to_owned()),
        (E::PostalCode, r"(?-u:\b)[ABCEGHJ-NPRSTVXY]\d[A-Z][ \-]?\d[A-Z]\d(?-u:\b)".to_owned()),
        (E::Date, r"(?-u:\b)(?:0?[1-9]|[12]\d|3[01])(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEPT?|OCT|NOV|DEC)(?-u:\b)".to_owned()),
        (E::Date, r"(?i)(?-u:\b)(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)-?(?:19|20)\d\d(?-u:\b)".to_owned()),
        // Day and month with a zero in front: no score is written so.
        (E::Date, r"(?:^|[^0-9A-Za-z/.])(?:0[1-9]/(?:1[3-9]|2\d|3[01])|(?:1[3-9]|2\d|3[01])/0[1-9])(?:[^0-9A-Za-z/.%]|\z)".to_owned()),
        (E::Age90, r"(?i)(?-u:\b)age[: ]{1,10}(?:9\d|1[01]\d)(?:[^0-9A-Za-z%/.]|\z)|(?:^|[^0-9A-Za-z.,/])(?:9\d|1[01]\d)[\- ]?(?:y/?o|years?|ans)(?-u:\b)".to_owned()),
        (E::Date, format!(r"(?i)(?-u:\b){MONTH} \d{{1,2}}, (?:19|20)\d\d(?-u:\b)|(?-u:\b)\d{{1,2}} {MONTH} (?:19|20)\d\d(?-u:\b)")),
        (E::Date, r"(?-u:\b)(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|[12]\d|3[01])/\d\d(?-u:\b)".to_owned()),
        (E::Date, r"(?i)(?-u:\b)(?:jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec|janv|févr?|avr|juil)[a-z]{0,7}\.? (?:\d{1,2},? )?(?:19|20)\d\d(?-u:\b)".to_owned()),
        (E::IpMac, r"(?-u:\b)\d{1,3}(?:\.\d{1,3}){3}(?-u:\b)".to_owned()),
        (E::Mrn, r"(?i)(?-u:\b)(?:chart|mrn|encounter|acct|account|file|dossier|case|claim|policy|ref|visit)(?: no\.?| number| #|#| :|:)+ ?[A-Z]{0,3}\d{4,}".to_owned()),
        (E::Room, r"(?i)(?-u:\b)(?:rm|room|chambre) #?\d{2,4}[A-Z]?(?-u:\b)".to_owned()),
        (E::Room, r"(?i)(?-u:\b)(?:bed|lit) #?(?:[A-Z]{1,3} ?)?\d{1,3}(?:-\d{1,2}|[A-Z])?(?:[,.;:)|\n]|[ \t]*\z)".to_owned()),
        (E::PersonOther, r"(?-u:\b)(?:Drs?|Dre|Mr|Mrs|Ms|Mme|Mlle|Prof|Nurse|Constable|Sgt)\.? \p{Lu}\p{Ll}{2,}".to_owned()),
        (E::Phone, r"\(?(?-u:\b)\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}(?-u:\b)".to_owned()),
        (E::HealthNumber, r"(?i)(?-u:\b)(?:OHIP|RAMQ|NAM|PHN|PHIN|HCN|MRN|SIN|NAS|WSIB|CNESST|CPSO)(?-u:\b)[ :#no.°]{1,8}\d{4,}".to_owned()),
    ];
    Wires::new(shapes)
});

/// Whole dates. A policy that keeps years leaves one of their parts, so that they are sought across
/// what is kept.
pub(super) static WHOLE_DATES: LazyLock<Wires> = LazyLock::new(|| {
    const MONTH: &str = "(?:January|February|March|April|May|June|July|August|September|October|November|December\
        |janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre\
        |(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|janv|févr?|fevr?|avr|juil|déc)\\.?)";
    let shapes = [
        r"(?-u:\b)(?:(?:19|20)\d\d[/\-.]\d{1,2}[/\-.]\d{1,2}(?:T\d|(?-u:\b))|\d{1,2}[/\-.]\d{1,2}[/\-.](?:19|20)\d\d(?-u:\b))".to_owned(),
        format!(r"(?i)(?-u:\b){MONTH} ?\d{{1,2}}(?:st|nd|rd|th)?(?: ?(?:and|to|et|au|&|-) ?\d{{1,2}})?,? (?:19|20)\d\d(?-u:\b)"),
        format!(r"(?i)(?-u:\b)\d{{1,2}}(?:st|nd|rd|th|er)?(?: of | de |[ \-/]){MONTH}[ ,\-/]{{1,2}}(?:19|20)\d\d(?-u:\b)"),
        format!(r"(?i)(?-u:\b)(?:{ORDINAL}) of {MONTH}(?-u:\b)|(?-u:\b){MONTH} the (?:{ORDINAL})(?-u:\b)"),
        format!(r"(?i)(?-u:\b)(?:early|mid|late|début|debut|fin|mi)[ \-]{MONTH}(?:[^0-9A-Za-z]|\z)"),
    ];
    Wires::new(shapes.map(|shape| (EntityType::Date, shape)))
});

/// What stands before the number of a drug or a code of a terminology: public, not personal.
static CODES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:(?-u:\b)(?:DIN|NPN|NDC|OMIM|SNOMED|LOINC|ICD|CIM|CPT|PMID|ISBN|ISSN|NCT|DOI|ATC|CCI|SCTID|GTIN|LOT)(?-u:\b)[^\d\n]{0,12})$")
        .expect(TESTED)
});

/// Makes the machines that every text needs.
pub(super) fn prepare() {
    LazyLock::force(&WIRES);
    LazyLock::force(&WHOLE_DATES);
}

/// Bytes before a number that are looked at for the name of its code.
const BEFORE: usize = 24;

/// True for three levels of the spine from above, `L4L5S1`: the shape of a postal code.
pub(super) fn is_spinal(code: &str) -> bool {
    let parts: Option<Vec<usize>> = code
        .bytes()
        .filter(u8::is_ascii_alphabetic)
        .map(|letter| b"CTLS".iter().position(|&part| part == letter))
        .collect();
    code.len() == 6 && parts.is_some_and(|parts| parts.is_sorted())
}

/// True when the number at `start` stands behind the name of a code: in the text, or where the text
/// begins with it, in the key that names the text.
pub(super) fn is_code(key: &str, text: &str, start: usize) -> bool {
    let before = &text[..start];
    let from = (start.saturating_sub(BEFORE)..start).find(|&i| text.is_char_boundary(i));
    CODES.is_match(&text[from.unwrap_or(start)..start])
        || before.trim().is_empty() && CODES.is_match(&key.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_is_a_machine_and_none_is_overlooked_by_the_one_of_all() {
        let text = "card 9876543217, a.b@c, @bo, X1234567, www.a, ext. 12, 0a:1b:2c:3d, P0L 1N0, 3JAN, \
                    jan2020, 05/28, 95 ans, March 3, 2020, 3/4/20, jan 2020, 1.2.3.4, file no 1234, \
                    room 12, bed 3, Dr. Okafor, 705 555 0101, OHIP 1234, 2020-03-04, 3 de mars 2020, the second of March, early May ";
        for wires in [&*WIRES, &*WHOLE_DATES] {
            for wire in &wires.each {
                let found = wire.regex().find(text).expect(&wire.shape);
                let alone = Input::new(text).span(found.range());
                assert_eq!(wires.at(&alone).len(), wires.each.len(), "{}", wire.shape);
            }
            assert!(wires.at(&Input::new("pain 7 of 10, Tinel")).is_empty());
        }
    }
}
