//! Terms of the keep lists, proposed for keeping.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, Score};
use crate::rules::RuleSet;
use crate::span::ViewSpan;
use crate::token::{Token, shape};

/// What a keep term weighs: more than a lexicon or the tagger, less than a title, a label or a cue.
const KEEP_SCORE: f32 = 0.9;

/// Proposes the keep terms of the view for keeping.
pub(super) fn propose(view: &str, rules: &RuleSet, scan: &Scan, out: &mut Vec<Candidate>) {
    let mut free_from = 0;
    for &i in &scan.keep_starts {
        let i = i as usize;
        if i < free_from {
            continue;
        }
        let Some((n, list)) = rules.keep_terms.longest_at(view, &scan.tokens[i..]) else {
            continue;
        };
        if n == 1 && bears_it(view, scan, i) {
            continue;
        }
        let span = ViewSpan::new(scan.tokens[i].start, scan.tokens[i + n - 1].end);
        let evidence = Evidence::of(list);
        out.push(Candidate {
            span,
            entity: EntityType::Id,
            score: Score::new(KEEP_SCORE),
            evidence,
            keep: true,
        });
        free_from = i + n;
    }
}

/// True when the words beside an eponym say that somebody bears it: `Phalen, NP`, `Nurse Braden called`,
/// `LYSHOLM, KNUT`. What is found of a sign stands behind its name, and no comma between.
fn bears_it(view: &str, scan: &Scan, i: usize) -> bool {
    let token = &scan.tokens[i];
    let gap = |at: usize| -> &[u8] {
        let (left, right) = (&scan.tokens[at - 1], &scan.tokens[at]);
        view.as_bytes().get(left.end as usize..right.start as usize).unwrap_or_default()
    };
    let lower = !token.has(shape::FIRST_UPPER);
    if let Some((next, known)) = scan.tokens.get(i + 1).zip(scan.known.get(i + 1)) {
        // Those that are also shorthand of treatment or places stay out: PT, OT, DO, PA, DC.
        let shorthand = matches!(
            next.text(view).to_ascii_uppercase().as_str(),
            "PT" | "OT" | "DO" | "PA" | "DC" | "ND" | "TS" | "RD"
        );
        // In lower case only behind a word that leads to who did it: `seen by phalen, np`.
        let written = next.is_all_caps() && !lower || lower && i > 0 && does(view, scan, i - 1);
        let credential = known.cue.has(CueClass::Credential) && written && !shorthand;
        if credential && matches!(gap(i + 1), b", " | b" ") {
            return true;
        }
        if lower {
            return false;
        }
        let word = known.word;
        let given = word.given() >= 4 && !word.is_dictionary() && !word.is_eponym();
        let alike = next.has(shape::FIRST_UPPER) && next.is_all_caps() == token.is_all_caps();
        if given && alike && gap(i + 1) == b", " {
            return true;
        }
    }
    let Some(before) = i.checked_sub(1).filter(|_| !lower) else { return false };
    let role = scan.known[before].cue.has(CueClass::Provider) && scan.tokens[before].len() > 4;
    role && gap(i) == b" " && !has_result(view, scan.tokens.get(i + 1), token.end)
}

/// True for a word that leads to who did something.
fn does(view: &str, scan: &Scan, i: usize) -> bool {
    let word = scan.tokens[i].text(view).to_ascii_lowercase();
    matches!(word.as_str(), "by" | "with" | "from" | "per" | "par" | "avec" | "via")
}

/// True when what stands behind a sign or scale says what it showed.
fn has_result(view: &str, next: Option<&Token>, end: u32) -> bool {
    let Some(next) = next else { return false };
    let gap = view.as_bytes().get(end as usize..next.start as usize).unwrap_or_default();
    let found = |word: &str| {
        const FOUND: &str = " pos positive positif positifs neg negative negatif test tests sign signe signs score scale \
            echelle disease maladie syndrome procedure classification grade grading criteria criteres type bilaterally ";
        FOUND.contains(&format!(" {word} "))
    };
    next.has(shape::DIGIT)
        || gap.iter().any(|b| b"+-='/:".contains(b))
        || found(&next.text(view).to_ascii_lowercase())
}
