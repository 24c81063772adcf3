//! Ages of ninety and over behind a name: `Bourne, Winnifred  101`, `abuela Ester (90)`.
//!
//! A number behind a name is a room, a weight or a dose as well; one alone in its cell or bracket, or
//! behind a comma, and of such a size, is an age.

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, Group, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::{Token, sorted_hashes};
use std::sync::LazyLock;

/// What such an age weighs: over the tagger's floor, under a keep list.
const SCORE: f32 = 0.7;
/// Score from which a candidate is taken for a name.
const NAME: f32 = 0.5;

/// What makes a dose, a reading or a time of a number.
static UNITS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    sorted_hashes(
        "mg mcg g kg lb lbs cm mm ml l min mins h hr hrs sec bpm deg tab tabs tablet tablets cap caps \
         co comprime comprimes units unites x days jours weeks semaines months mois feet ft pct percent",
    )
});

/// Proposes them.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let is_name =
        |c: &&Candidate| !c.keep && c.score.value() >= NAME && c.entity.group() == Group::Person;
    let age_behind = |name: &Candidate| {
        let at = scan.within(name.span).end;
        let number = scan.tokens.get(at)?;
        let apart = &view[name.span.end() as usize..number.start as usize];
        let is_age = is_apart(apart) && is_ninety(number.text(view)) && ends(view, scan, at);
        is_age.then(|| ViewSpan::new(number.start, number.end))
    };
    let mut ages: Vec<ViewSpan> = out.iter().filter(is_name).filter_map(age_behind).collect();
    ages.dedup();
    out.extend(ages.into_iter().map(|span| Candidate {
        span,
        entity: EntityType::Age90,
        score: Score::new(SCORE),
        evidence: Evidence::of(&RuleId::new("cue.age_behind_name")),
        keep: false,
    }));
}

/// Whether what stands between them sets the number apart: a column, a bar, a bracket, a comma.
fn is_apart(gap: &str) -> bool {
    let sign = gap.trim_matches([' ', '\t']);
    match sign {
        "" => gap.len() >= 2 || gap == "\t",
        "|" | "(" | "," | ";" | ", (" | "\u{25cb}" | "(\u{25cb}" | "(\u{25a1}" => true,
        _ => false,
    }
}

/// 90 to 119.
fn is_ninety(number: &str) -> bool {
    matches!(number.as_bytes(), [b'9', b'0'..=b'9'] | [b'1', b'0' | b'1', b'0'..=b'9'])
}

/// Whether the number ends where the token does, and nothing behind it makes a measure of it.
fn ends(view: &str, scan: &Scan, at: usize) -> bool {
    let end = scan.tokens[at].end as usize;
    let mut behind = view[end..].chars();
    let ends = match behind.next() {
        None | Some(' ' | '\t' | '\n' | '\r' | ')' | '|') => true,
        Some(',' | ';' | '.') => !behind.next().is_some_and(|c| c.is_ascii_digit()),
        Some(_) => false,
    };
    let unit = |next: &Token| {
        next.start as usize <= end + 1 && UNITS.binary_search(&next.hash).is_ok()
            || next.is_number() && next.start as usize == end + 1
    };
    ends && !scan.tokens.get(at + 1).is_some_and(unit)
        && !view[end..].trim_start_matches(' ').starts_with(['%', '/'])
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    fn found(text: &str, name: &str) -> Vec<String> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let start = text.find(name).unwrap() as u32;
        let mut out = vec![Candidate {
            span: ViewSpan::new(start, start + name.len() as u32),
            entity: EntityType::PersonPatient,
            score: Score::new(0.8),
            evidence: Evidence::of(&RuleId::new("test")),
            keep: false,
        }];
        propose(text, &scratch.scan, &mut out);
        out[1..].iter().map(|c| text[c.span.range()].to_owned()).collect()
    }

    #[test]
    fn a_high_age_stands_apart_behind_a_name() {
        for (text, age) in [
            ("301-2  Okonkwo, Ada  101   PAINAD 3", "101"),
            ("F23 | Okonkwo, Ada | 91 | hanche G", "91"),
            ("sa mère, Okonkwo, Ada (97), vit seule", "97"),
            ("Okonkwo, Ada, 94, fell", "94"),
            ("Okonkwo, Ada\t90", "90"),
        ] {
            assert_eq!(found(text, "Okonkwo, Ada"), [age], "{text}");
        }
    }

    #[test]
    fn other_numbers_behind_a_name_are_no_ages() {
        for text in [
            "Okonkwo, Ada 91 in room",
            "Okonkwo, Ada  95,00  95,00  shoulder",
            "Okonkwo, Ada (98 %)",
            "Okonkwo, Ada, 100 mg at night",
            "Okonkwo, Ada  118/76",
            "Okonkwo, Ada (89)",
            "Okonkwo, Ada, 120, seen",
            "Okonkwo, Ada (97.5)",
        ] {
            assert_eq!(found(text, "Okonkwo, Ada"), [""; 0], "{text}");
        }
    }
}
