//! Ages of ninety and over behind a name: `Bourne, Winnifred  101`, `abuela Ester (90)`.
//!
//! A number behind a name is a room, a weight, a reading or a dose as well. One is an age that stands
//! alone behind somebody who is no clinician: in brackets, between commas, or in a row of cells that
//! has no head which says otherwise.

use super::columns::Columns;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::span::ViewSpan;

/// What such an age weighs: over the tagger's floor, under a keep list.
const SCORE: f32 = 0.7;
/// How sure the tagger must be of a name.
const SURE: f32 = 0.6;

/// Proposes them, given the columns of the text and candidates whose types are told.
pub(super) fn propose(view: &str, scan: &Scan, columns: &Columns, out: &mut Vec<Candidate>) {
    let may_be_old = |c: &&Candidate| {
        let person = matches!(
            c.entity,
            EntityType::PersonPatient | EntityType::PersonFamily | EntityType::PersonOther
        );
        person && !c.keep && c.evidence.model.is_none_or(|sure| sure >= SURE)
    };
    let age_behind = |name: &Candidate| {
        let words = scan.within(name.span);
        let number = scan.tokens.get(words.end)?;
        let apart = &view[name.span.end() as usize..number.start as usize];
        let behind = &view[number.end as usize..];
        let is_age = is_ninety(number.text(view))
            && is_alone(apart, behind)
            && columns.of(words.end).is_none_or(|place| place.head == 0)
            && !words.clone().any(|i| scan.words[i].is_eponym());
        is_age.then(|| ViewSpan::new(number.start, number.end))
    };
    let mut ages: Vec<ViewSpan> = out.iter().filter(may_be_old).filter_map(age_behind).collect();
    ages.sort_unstable_by_key(|span| span.start());
    ages.dedup();
    out.extend(ages.into_iter().map(|span| Candidate {
        span,
        entity: EntityType::Age90,
        score: Score::new(SCORE),
        evidence: Evidence::of(&RuleId::new("cue.age_behind_name")),
        keep: false,
    }));
}

/// Whether a number stands alone, given what is between it and the name, and all behind it: in
/// brackets, with a sign of birth or without (the view has `*` for them), between commas, in a cell.
fn is_alone(apart: &str, behind: &str) -> bool {
    let closed = |signs: &[char]| {
        let mut behind = behind.chars();
        let first = behind.next();
        let ends = first.is_none_or(|c| c == '\n' || c == '\r' || signs.contains(&c));
        ends && !behind.next().is_some_and(|c| c.is_ascii_digit())
    };
    match apart.trim_matches([' ', '\t']) {
        "" if apart.len() >= 2 || apart == "\t" => closed(&['\t']) || behind.starts_with("  "),
        "|" => behind.trim_start_matches(' ').starts_with('|'),
        "(" | ", (" | "(*" => closed(&[')', ',', ';']),
        "," => closed(&[',', ';', '.']),
        _ => false,
    }
}

/// 90 to 109: nobody here is older, and rooms, angles and rates are.
fn is_ninety(number: &str) -> bool {
    matches!(number.as_bytes(), [b'9', b'0'..=b'9'] | [b'1', b'0', b'0'..=b'9'])
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    /// The ages behind `Okonkwo, Ada`, who is such a person and known so surely.
    fn found(text: &str, entity: EntityType, sure: f32) -> Vec<String> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let mut columns = Columns::default();
        columns.read(text, &scratch.scan);
        let start = text.find("Okonkwo, Ada").unwrap() as u32;
        let name = Candidate {
            span: ViewSpan::new(start, start + 12),
            entity,
            score: Score::new(0.8),
            evidence: Evidence { model: Some(sure), ..Evidence::of(&RuleId::new("test")) },
            keep: false,
        };
        let mut out = vec![name.clone(), name];
        propose(text, &scratch.scan, &columns, &mut out);
        out[2..].iter().map(|c| text[c.span.range()].to_owned()).collect()
    }

    #[test]
    fn a_high_age_stands_alone_behind_a_name() {
        for (text, age) in [
            ("301-2  Okonkwo, Ada  101   PAINAD 3", "101"),
            ("F23 | Okonkwo, Ada | 91 | hanche G", "91"),
            ("sa mère, Okonkwo, Ada (97), vit seule", "97"),
            ("MGM Okonkwo, Ada (* 97, alive", "97"),
            ("Okonkwo, Ada, 94, fell", "94"),
            ("Okonkwo, Ada\t90", "90"),
        ] {
            assert_eq!(found(text, EntityType::PersonPatient, 0.9), [age], "{text}");
            assert_eq!(found(text, EntityType::PersonProvider, 0.9), [""; 0], "{text}");
            assert_eq!(found(text, EntityType::PersonPatient, 0.3), [""; 0], "{text}");
        }
    }

    #[test]
    fn other_numbers_behind_a_name_are_no_ages() {
        for text in [
            "Okonkwo, Ada 91 in room",
            "Okonkwo, Ada  95,00  95,00  shoulder",
            "Okonkwo, Ada (98 %)",
            "Okonkwo, Ada (95 sous 2 L)",
            "Okonkwo, Ada, 100 mg at night",
            "Okonkwo, Ada, 98 on room air",
            "Okonkwo, Ada  118/76",
            "Okonkwo, Ada  90 3 refills",
            "Okonkwo, Ada (89)",
            "Bed 3: Okonkwo, Ada, 110, tachy",
            "Okonkwo, Ada (97.5)",
            "Med | For | Qty | Refills\nGabapentin | Okonkwo, Ada | 90 | 3",
            "Who           SpO2   RR\nOkonkwo, Ada  97     16\nLee, Bo       95     18",
        ] {
            assert_eq!(found(text, EntityType::PersonPatient, 0.9), [""; 0], "{text}");
        }
    }
}
